import { useEffect, useRef } from 'preact/hooks';
import { stepSpan } from '../../../session/short-span.ts';
import { addressOf } from '../address.ts';
import type { CircuitRow, Letter, Story, TrailStep } from '../documents.ts';
import { useDocument } from '../hooks.ts';
import { Badge, Facts, Loading, Problem, Time } from '../parts/basics.tsx';
import { CompletedSteps } from '../parts/completed-steps.tsx';
import { Operation } from '../parts/operation.tsx';
import { Table } from '../parts/table.tsx';
import { Timeline } from '../parts/timeline.tsx';
import { timelineOf } from '../timeline.ts';
import { DeadLetter } from './failure-actions.tsx';
import { toneOf } from './failures.tsx';
import { Several } from './related.tsx';

interface FailureProps {
  readonly id: string;
  readonly dependency?: string;
  readonly tenant?: string;
}

const EVERY_MS = 3_000;
const CIRCUITS_EVERY_MS = 5_000;

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
  if (!story) return <Several title={`Failures of ${named.id}`} stories={stories} />;
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
      <History story={story} />
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

/** The timeline with the circuit of the failure: its tenant's, or that of the whole dependency. */
function History({ story }: { readonly story: Story }) {
  const { dependency, tenant } = story;
  const { document: circuits = [], at } = useDocument<readonly CircuitRow[]>('circuits', {}, CIRCUITS_EVERY_MS);
  const row = [`${dependency}/${tenant}`, dependency].flatMap(
    (name) => circuits.find(({ circuit }) => circuit === name) ?? [],
  )[0];
  return <Timeline of={timelineOf(story, row, at || Date.now())} />;
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
      <a href={addressOf('related', { id: correlationId })}>Related, by correlation id {correlationId}</a>
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
