import { useMemo, useState } from 'preact/hooks';
import { addressOf } from '../address.ts';
import { call } from '../call.ts';
import type { Question } from '../documents.ts';
import { jsonMistakes } from '../edit-check.ts';
import { useDocument } from '../hooks.ts';
import { Acknowledged } from '../parts/acknowledged.tsx';
import { Age, Facts, Loading, Problem, Time } from '../parts/basics.tsx';
import { Confirm } from '../parts/confirm.tsx';
import { JsonEditor } from '../parts/json-editor.tsx';
import { Table } from '../parts/table.tsx';
import { ActButton } from '../rights.tsx';
import { shown } from '../text.ts';

const EVERY_MS = 5_000;

type Choice = Question['choices'][number];

const EFFECTS: Readonly<Record<Choice, string>> = {
  ours: 'Sends the write again, on top of the current version.',
  theirs: 'Keeps the current version and drops the write.',
  merged: 'Writes your text instead of both versions.',
  abandon: 'Discards the operation and undoes its completed steps.',
};

/** Conflicts that wait for a human. */
export function Decisions() {
  const { document: questions, problem, refresh } = useDocument<readonly Question[]>('decisions', {}, EVERY_MS);
  const [asked, setAsked] = useState<{ readonly question: Question; readonly choice: Choice }>();
  return (
    <>
      <h1>Decisions</h1>
      <Problem text={problem} />
      {!questions && !problem && <Loading />}
      {questions?.length === 0 && <p>No open decisions.</p>}
      {questions?.map((question) => (
        <QuestionCard key={question.id} question={question} onChoose={(choice) => setAsked({ question, choice })} />
      ))}
      {asked && (
        <Decide
          {...asked}
          onClose={() => {
            setAsked(undefined);
            refresh();
          }}
        />
      )}
    </>
  );
}

interface QuestionCardProps {
  readonly question: Question;
  readonly onChoose: (choice: Choice) => void;
}

function QuestionCard({ question, onChoose }: QuestionCardProps) {
  const { id, dependency, because, askedAt, until, version, operation, choices, shown: view } = question;
  return (
    <section class="card" aria-label={`Decision about ${id}`}>
      <h2>
        <a href={addressOf('failure', { id, dependency })}>{id}</a>
      </h2>
      <Facts
        of={[
          ['Dependency', dependency],
          ['Because', because],
          ['Operation', operation && `${operation.method ?? ''} ${operation.path}`],
          ['Their version', version],
          [
            'Asked',
            <span key="asked">
              <Age at={askedAt} /> ago
            </span>,
          ],
          ['Deadline', <Time key="until" at={until} />],
        ]}
      />
      <Sides id={id} view={view} />
      <div class="buttons">
        {choices.map((choice) => (
          <ActButton
            key={choice}
            class={choice === 'abandon' ? 'danger' : ''}
            title={EFFECTS[choice]}
            onClick={() => onChoose(choice)}
          >
            {choice}
          </ActButton>
        ))}
      </div>
    </section>
  );
}

function Sides({ id, view }: { readonly id: string; readonly view: Question['shown'] }) {
  if (view.difference.length === 0)
    return (
      <div class="sides">
        <Side name="Ours" state={view.ours} />
        <Side name="Theirs" state={view.theirs} />
      </div>
    );
  return (
    <>
      <Table class="sides-table" caption={`Base, ours and theirs of ${id}`} head={['Field', 'Base', 'Ours', 'Theirs']}>
        {view.difference.map(({ path, base, ours, theirs }) => (
          <tr key={path}>
            <th scope="row">{path === '' ? '(all)' : path}</th>
            <td>{shown(base)}</td>
            <td>{marked(ours, base)}</td>
            <td>{marked(theirs, base)}</td>
          </tr>
        ))}
      </Table>
      {(view.more ?? 0) > 0 && <p>Not shown: {view.more} more differences.</p>}
    </>
  );
}

/** Marks a side that differs from the base. */
function marked(value: unknown, base: unknown) {
  const text = shown(value);
  return text === shown(base) ? text : <mark>{text}</mark>;
}

function Side({ name, state }: { readonly name: string; readonly state: unknown }) {
  return (
    <div>
      <h3>{name}</h3>
      <pre>{state === undefined ? '(unknown or deleted)' : JSON.stringify(state, undefined, 2)}</pre>
    </div>
  );
}

interface DecideProps {
  readonly question: Question;
  readonly choice: Choice;
  readonly onClose: () => void;
}

function Decide({ question: { id, dependency, question, shown: view }, choice, onClose }: DecideProps) {
  const [body, setBody] = useState(() => JSON.stringify(view.ours ?? {}, undefined, 2));
  const mistakes = useMemo(() => (choice === 'merged' ? jsonMistakes(body) : []), [choice, body]);
  return (
    <Confirm
      title={`Decide ${id}: ${choice}`}
      action={`Decide: ${choice}`}
      isFinal={choice === 'abandon'}
      offBecause={mistakes.length > 0 ? 'Mend the mistakes first.' : undefined}
      onConfirm={(why) =>
        call('decide', { id, dependency, choice, question, why, body: choice === 'merged' ? body : undefined })
      }
      onClose={onClose}
    >
      <p>{EFFECTS[choice]} If their version has changed since, Backstop asks again.</p>
      {choice === 'merged' && (
        <JsonEditor
          label="The whole resource, as JSON. Masked values are not filled in: write them out."
          rows={10}
          value={body}
          mistakes={mistakes}
          onChange={setBody}
        />
      )}
      <Acknowledged by={{ action: 'decide', dependency }} />
    </Confirm>
  );
}
