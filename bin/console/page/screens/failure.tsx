import { useEffect, useRef, useState } from 'preact/hooks';
import { stepSpan } from '../../../session/short-span.ts';
import { addressOf } from '../address.ts';
import type { Letter, Story, TrailStep } from '../documents.ts';
import { useDocument } from '../hooks.ts';
import { nextStep } from '../next-step.ts';
import { Acknowledged } from '../parts/acknowledged.tsx';
import { Badge, Facts, Loading, Problem, Time } from '../parts/basics.tsx';
import { CircuitNow } from '../parts/circuit-now.tsx';
import { CompletedSteps } from '../parts/completed-steps.tsx';
import { Confirm } from '../parts/confirm.tsx';
import { EditOperation } from '../parts/edit-operation.tsx';
import { Operation } from '../parts/operation.tsx';
import { Table } from '../parts/table.tsx';
import { Timeline } from '../parts/timeline.tsx';
import { ActButton } from '../rights.tsx';
import { discardWarning, hasStepsLeft } from '../steps-left.ts';
import { beginRun } from './begin-run.ts';
import { toneOf } from './failures.tsx';

interface FailureProps {
  readonly id: string;
  readonly dependency?: string;
  readonly tenant?: string;
}

const EVERY_MS = 3_000;
/** Dead letters a second, after the ramp-up. One failure needs no choice. */
const RATE = 5;

/** Why it failed, what to do about it, and its history. */
export function FailureScreen(named: FailureProps) {
  const { document, problem, refresh } = useDocument<{ readonly failures: readonly Story[] }>(
    'trace',
    { id: named.id },
    EVERY_MS,
  );
  if (!document) return problem ? <Problem text={problem} /> : <Loading />;
  const stories = document.failures;
  const isNamed = (story: Story) =>
    story.id === named.id && (named.dependency === undefined || story.dependency === named.dependency);
  const story = stories.find(isNamed);
  if (!story) return <Several stories={stories} id={named.id} />;
  return (
    <>
      <Problem text={problem} />
      <h1>
        {story.id} <Badge tone={toneOf(story.outcome)}>{story.outcome ?? story.state}</Badge>
      </h1>
      <p class="lead">{story.where}</p>
      <Why story={story} />
      <Details story={story} onChange={refresh} />
    </>
  );
}

/** What the tool knows besides the story: what to do, the completed steps, the operation. */
function Details({ story, onChange }: { readonly story: Story; readonly onChange: () => void }) {
  const { id, dependency, tenant, outcome, trail } = story;
  const named = { id, dependency, tenant };
  const { document: letter, problem, refresh } = useDocument<Letter>('letter', named);
  const isDead = outcome === 'dead-lettered';
  const change = () => {
    refresh();
    onChange();
  };
  // Each step of the trail may have changed it.
  const known = useRef(trail.length);
  useEffect(() => {
    if (known.current !== trail.length) refresh();
    known.current = trail.length;
  }, [trail.length, refresh]);
  return (
    <>
      <Problem text={problem} />
      {letter && <CompletedSteps letter={letter} isDead={isDead} />}
      {isDead && (
        <DeadLetter
          named={named}
          reason={story.reason}
          letter={letter}
          isKnown={Boolean(letter ?? problem)}
          onChange={change}
        />
      )}
      <h2>Timeline</h2>
      <Timeline steps={trail} />
      <Steps steps={trail} />
      <Related story={story} />
      {!letter && !problem && <Loading />}
      {letter?.operation && (
        <section class="card" aria-label="Operation">
          <Operation named={named} operation={letter.operation} answer={letter.answer} />
        </section>
      )}
    </>
  );
}

function Several({ stories, id }: { readonly stories: readonly Story[]; readonly id: string }) {
  return (
    <>
      <h1>Failures of {id}</h1>
      <ul>
        {stories.map(({ id: each, dependency, tenant, where }) => (
          <li key={dependency + each}>
            <a href={addressOf('failure', { id: each, dependency, tenant })}>{each}</a> {dependency}: {where}
          </li>
        ))}
      </ul>
    </>
  );
}

function Why({ story }: { readonly story: Story }) {
  const { excerpt, verdict, category, rule, ruleLink, attempts, cycle, dependency, tenant, priority, deadline } = story;
  const isOver = story.outcome === 'recovered' || story.outcome === 'resolved';
  const title = isOver ? 'Why it failed first' : 'Why it failed';
  return (
    <section class="card" aria-label={title}>
      <h2>{title}</h2>
      {excerpt !== undefined && <pre>{excerpt}</pre>}
      <Facts
        of={[
          ['Last verdict', `${verdict} (${category}), rule ${rule}`],
          ['About the rule', ruleLink && <RuleLink key="rule" link={ruleLink} />],
          ['Attempts', `${attempts} in cycle ${cycle}`],
          ['Dependency', tenant === undefined ? dependency : `${dependency}, tenant ${tenant}`],
          ['Priority', priority],
          ['Reason', story.reason],
          ['Occurred', <Time key="at" at={story.occurredAt} />],
          ['Deadline', <Time key="until" at={deadline} />],
        ]}
      />
    </section>
  );
}

/** The console serves the document as text, so the browser is asked to find the rule in it. */
function RuleLink({ link }: { readonly link: string }) {
  const [path, rule = ''] = link.split('#');
  return (
    <a href={`/${path}#:~:text=${encodeURIComponent(rule).replaceAll('-', '%2D')}`} target="_blank" rel="noreferrer">
      {rule} in {path}
    </a>
  );
}

function Steps({ steps }: { readonly steps: readonly TrailStep[] }) {
  return (
    <Table caption="Steps" head={['When', 'After', 'Step', 'Facts']}>
      {steps.map(({ at, step, ...facts }, index) => {
        const before = steps[index - 1];
        return (
          <tr key={index}>
            <td>
              <Time at={at} />
            </td>
            <td>{before && `+${stepSpan(Date.parse(at) - Date.parse(before.at))}`}</td>
            <th scope="row">{step}</th>
            <td>
              {Object.entries(facts)
                .filter(([, value]) => value !== undefined && value !== '')
                .map(([name, value]) => `${name} ${value}`)
                .join(', ')}
            </td>
          </tr>
        );
      })}
    </Table>
  );
}

function Related({ story: { correlationId, links = {} } }: { readonly story: Story }) {
  return (
    <p class="buttons">
      <a href={addressOf('failure', { id: correlationId })}>Related, by correlation id {correlationId}</a>
      {Object.entries(links).map(
        ([name, link]) =>
          link !== undefined && (
            <a key={name} href={link} target="_blank" rel="noreferrer">
              {name === 'logs' ? 'Logs' : 'Execution'} in AWS
            </a>
          ),
      )}
    </p>
  );
}

interface DeadLetterProps {
  readonly named: Pick<Story, 'id' | 'dependency' | 'tenant'>;
  readonly reason: string | undefined;
  readonly letter: Letter | undefined;
  /** Whether the tool has answered. */
  readonly isKnown: boolean;
  readonly onChange: () => void;
}

function DeadLetter({ named, reason, letter, isKnown, onChange }: DeadLetterProps) {
  const [asked, setAsked] = useState<'redrive' | 'discard' | 'edit'>();
  const step = nextStep(reason, letter && hasStepsLeft(letter));
  const close = () => {
    setAsked(undefined);
    onChange();
  };
  return (
    <section class="card" aria-label="Dead letter">
      <h2>What to do</h2>
      {letter ? letter.advice && <p>{letter.advice.text}</p> : <Loading />}
      <div class="buttons">
        <ActButton class={step === 'redrive' ? 'primary' : undefined} onClick={() => setAsked('redrive')}>
          Redrive
        </ActButton>
        <ActButton
          class={step === 'edit' ? 'primary' : undefined}
          onClick={() => setAsked('edit')}
          disabled={!letter?.operation}
        >
          Edit
        </ActButton>
        <ActButton class="danger" onClick={() => setAsked('discard')}>
          Discard
        </ActButton>
      </div>
      {asked === 'redrive' && <RedriveOne {...named} onClose={close} />}
      {asked === 'discard' && <DiscardOne {...named} {...{ letter, isKnown }} onClose={close} />}
      {asked === 'edit' && letter?.operation && (
        <EditOperation named={named} operation={letter.operation} onClose={close} />
      )}
    </section>
  );
}

type OneProps = DeadLetterProps['named'] & { readonly onClose: () => void };

function RedriveOne({ id, dependency, tenant = '', onClose }: OneProps) {
  const filter = { ids: [id], dependency, tenant };
  return (
    <Confirm
      title={`Redrive ${id}`}
      action="Redrive"
      onConfirm={(why) => beginRun('redrive', { lane: dependency, filter, rate: RATE, why })}
      onClose={onClose}
    >
      <ul>
        <li>Its next cycle starts in the lane of {dependency}.</li>
        <CircuitNow dependency={dependency} />
      </ul>
      <Acknowledged by={{ action: 'redrive', dependency, filter }} />
    </Confirm>
  );
}

type DiscardOneProps = OneProps & Pick<DeadLetterProps, 'letter' | 'isKnown'>;

function DiscardOne({ id, dependency, tenant = '', letter, isKnown, onClose }: DiscardOneProps) {
  const filter = { ids: [id], dependency, tenant };
  return (
    <Confirm
      title={`Discard ${id}`}
      action="Discard"
      isFinal
      offBecause={isKnown ? undefined : 'Looking at its completed steps first…'}
      onConfirm={(why) => beginRun('discard', { filter, of: id, why })}
      onClose={onClose}
    >
      <p>Records the outcome, publishes it, and deletes the dead letter. This can't be taken back.</p>
      {letter && <Problem text={discardWarning(hasStepsLeft(letter) ? [id] : [], false)} />}
      <Acknowledged by={{ action: 'discard', dependency, filter }} />
    </Confirm>
  );
}
