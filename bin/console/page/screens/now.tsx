import { useState } from 'preact/hooks';
import { addressOf } from '../address.ts';
import type { CircuitRow, Incident, Status } from '../documents.ts';
import { headlineOf } from '../headline.ts';
import { type Loaded, useDocument, useNow } from '../hooks.ts';
import { Loading, Problem } from '../parts/basics.tsx';
import { deadLettersOf, troublesOf, waitingIn } from '../situation.ts';
import { count, listed } from '../text.ts';
import { Acknowledge } from './acknowledge.tsx';
import { Circuits } from './circuits.tsx';
import { DependencyCard } from './dependency-card.tsx';
import { Lanes } from './lanes.tsx';
import { allOf, RedriveDialog } from './letter-actions.tsx';

const EVERY_MS = 3_000;

type Asked = { readonly action: 'acknowledge' | 'redrive'; readonly dependency: string };

/** What is down, what Backstop does about it, and whether a human is needed. */
export function Now({ status }: { readonly status: Loaded<Status> }) {
  const incidents = useDocument<readonly Incident[]>('incidents', {}, EVERY_MS);
  const circuits = useDocument<readonly CircuitRow[]>('circuits', {}, EVERY_MS);
  const sources = [status, incidents, circuits];
  const problem = sources.find((each) => each.problem !== undefined)?.problem;
  if (!status.document || sources.some((each) => !each.document && each.problem === undefined))
    return problem === undefined ? <Loading /> : <Problem text={problem} />;
  const refresh = () => {
    for (const each of sources) each.refresh();
  };
  return (
    <>
      <Problem text={problem} />
      <Situation
        status={status.document}
        incidents={incidents.document ?? []}
        circuits={circuits.document ?? []}
        isKnown={sources.every((each) => each.document !== undefined)}
        onChange={refresh}
      />
      <h2>Circuits</h2>
      <Circuits circuits={circuits.document ?? []} onChange={refresh} />
      <h2>Lanes</h2>
      <Lanes lanes={status.document.lanes} onChange={refresh} />
      <Queues queues={status.document.queues} />
    </>
  );
}

interface SituationProps {
  readonly status: Status;
  readonly incidents: readonly Incident[];
  readonly circuits: readonly CircuitRow[];
  /** Whether both could be read. */
  readonly isKnown: boolean;
  readonly onChange: () => void;
}

/** The headline, and a card for each dependency in trouble. */
function Situation({ status, incidents, circuits, isKnown, onChange }: SituationProps) {
  const [asked, setAsked] = useState<Asked>();
  const now = useNow();
  const troubles = troublesOf({ incidents, circuits, lanes: status.lanes, now });
  const headline = isKnown ? headlineFor(status, troubles, now) : UNKNOWN;
  const close = () => {
    setAsked(undefined);
    onChange();
  };
  return (
    <>
      <Lead status={status} incidents={incidents} headline={headline} />
      <ul class="troubles" aria-label="Incidents">
        {troubles.map((trouble) => (
          <DependencyCard
            key={trouble.dependency}
            trouble={trouble}
            isAbout={status.counts?.isExact === false}
            now={now}
            onAcknowledge={(dependency) => setAsked({ action: 'acknowledge', dependency })}
            onRedrive={(dependency) => setAsked({ action: 'redrive', dependency })}
          />
        ))}
      </ul>
      {asked?.action === 'acknowledge' && <Acknowledge of={asked.dependency} incidents={incidents} onClose={close} />}
      {asked?.action === 'redrive' && <RedriveDialog {...allOf(asked.dependency)} onClose={close} />}
    </>
  );
}

/** Silence about what can't be read would look as if all were well. */
const UNKNOWN = {
  tone: 'warn',
  title: 'Nobody knows whether to act',
  text: "The incidents or the circuits can't be read.",
} as const;

function headlineFor({ questions, alarms, counts }: Status, troubles: ReturnType<typeof troublesOf>, now: number) {
  return headlineOf({ troubles, questions, hasAlarms: alarms.length > 0, isAbout: counts?.isExact === false, now });
}

interface LeadProps {
  readonly status: Status;
  readonly incidents: readonly Incident[];
  readonly headline: ReturnType<typeof headlineOf>;
}

function Lead({
  status: { lanes, questions, alarms, counts },
  incidents,
  headline: { tone, title, text, act },
}: LeadProps) {
  const open = incidents.filter(({ state }) => state === 'open').length;
  const waiting = lanes.reduce((sum, lane) => sum + waitingIn(lane), 0);
  const letters = counts?.dead ?? lanes.reduce((sum, lane) => sum + deadLettersOf(lane), 0);
  const about = counts?.isExact === false ? 'about ' : '';
  return (
    <section class={`headline ${tone}`}>
      <h1 aria-live="polite">{title}</h1>
      {text !== '' && <p class="lead">{text}</p>}
      {act !== undefined && (
        <p class="lead bad">
          <strong>{act}</strong>
        </p>
      )}
      <p class="quiet">
        {count(open, 'open incident')} · {about}
        {count(waiting, 'failure')} under way or held · {about}
        {letters > 0 ? <a href={addressOf('letters')}>{count(letters, 'dead letter')}</a> : 'no dead letters'} ·{' '}
        {questions > 0 ? <a href={addressOf('decisions')}>{count(questions, 'open decision')}</a> : 'no open decisions'}
      </p>
      {alarms.length > 0 && <p title={alarms.join(', ')}>In alarm: {listed(alarms)}</p>}
    </section>
  );
}

function Queues({ queues }: Pick<Status, 'queues'>) {
  return (
    <p class="quiet">
      {[
        ['rejected events', queues.Rejects],
        ['last resort', queues.LastResort],
        ['parked', queues.Parked],
        ['undelivered alerts', queues.AlertDeadLetters],
      ]
        .map(([name, waiting]) => `${name}: ${waiting ?? '?'}`)
        .join(' · ')}
    </p>
  );
}
