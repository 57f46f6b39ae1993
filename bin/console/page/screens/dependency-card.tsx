import { addressOf } from '../address.ts';
import type { CircuitRow, Incident } from '../documents.ts';
import { conditionText, isRecovering, unclaimedOf, waitsOf } from '../headline.ts';
import { Age, Badge, Meter } from '../parts/basics.tsx';
import { FailureLink } from '../parts/failure-link.tsx';
import { ActButton } from '../rights.tsx';
import { type Condition, isUrgent, needsHuman, type Trouble } from '../situation.ts';
import { capital, count } from '../text.ts';

/** Cause of the incidents that end with a decision. */
const DECISION_NEEDED = 'decision-needed';
/** Name of Backstop itself among the dependencies. */
const ITSELF = 'backstop';
/** Incidents that a card shows before the others are asked for. */
const SHOWN = 2;

type Tone = 'bad' | 'warn' | 'good' | 'info';

const TONES: Readonly<Record<Condition, Tone>> = {
  down: 'bad',
  held: 'bad',
  recovering: 'warn',
  recovered: 'good',
  up: 'info',
};

interface DependencyCardProps {
  readonly trouble: Trouble;
  /** Whether its counts are a sample. */
  readonly isAbout: boolean;
  /** In epoch milliseconds. */
  readonly now: number;
  readonly onAcknowledge: (dependency: string) => void;
  readonly onRedrive: (dependency: string) => void;
}

/** Everything about one dependency in trouble: how it is, what waits, what Backstop does, and what to do. */
export function DependencyCard({ trouble, isAbout, now, onAcknowledge, onRedrive }: DependencyCardProps) {
  const { dependency, condition, incidents, circuits } = trouble;
  const isOpen = incidents.some(({ state }) => state === 'open');
  const isFirst = condition === 'down' || incidents.some(isUrgent);
  return (
    <li class={`card trouble ${toneOf(trouble)}`}>
      <div class="row">
        <h2>{dependency}</h2>
        {condition !== 'up' && <Badge tone={TONES[condition]}>{conditionText(trouble, now)}</Badge>}
      </div>
      <p>{told(trouble, isAbout)}</p>
      {circuits.map((circuit) => (
        <CircuitLine key={circuit.circuit} circuit={circuit} />
      ))}
      <Incidents incidents={incidents} />
      <div class="buttons">
        {isOpen && (
          <ActButton class={isFirst ? 'primary' : undefined} onClick={() => onAcknowledge(dependency)}>
            Acknowledge<span class="hidden"> {dependency}</span>
          </ActButton>
        )}
        {trouble.deadLetters > 0 && (
          <ActButton onClick={() => onRedrive(dependency)}>
            Redrive all dead letters<span class="hidden"> of {dependency}</span>
          </ActButton>
        )}
        <Links trouble={trouble} />
      </div>
    </li>
  );
}

function toneOf({ condition, incidents }: Trouble): Tone {
  if (incidents.some(isUrgent)) return 'bad';
  return condition !== 'down' && incidents.some(needsHuman) ? 'warn' : TONES[condition];
}

function Links({ trouble: { dependency, incidents, waiting, deadLetters } }: { readonly trouble: Trouble }) {
  if (dependency === ITSELF) return null;
  return (
    <>
      {incidents.some(({ cause }) => cause === DECISION_NEEDED) && (
        <a href={addressOf('decisions')}>Look at both sides</a>
      )}
      {deadLetters > 0 && <a href={addressOf('letters', { dependency })}>Dead letters of {dependency}</a>}
      {waiting > 0 && <a href={addressOf('failures', { dependency })}>Failures of {dependency}</a>}
    </>
  );
}

/** What waits at a dependency. The state of its circuit says what Backstop does about it. */
function told(trouble: Trouble, isAbout: boolean): string {
  const { waiting, deadLetters, lane } = trouble;
  const isIdle = waiting + unclaimedOf(trouble) === 0;
  const texts = [
    isIdle ? '' : `${capital(waitsOf(trouble, isAbout))}, nothing is lost.`,
    isIdle && isRecovering(trouble) ? 'All that waited are done.' : '',
    lane?.paused ? 'The lane is paused until somebody resumes it.' : '',
    deadLetters > 0 ? `${count(deadLetters, 'dead letter')}.` : '',
  ];
  return texts.filter((text) => text !== '').join(' ');
}

function CircuitLine({ circuit: { circuit, state, meaning, share } }: { readonly circuit: CircuitRow }) {
  return (
    <p class="quiet">
      Circuit {circuit} is {state}: {meaning}.
      {share !== undefined && <Meter share={share} label={`Share of calls to ${circuit} that may pass`} />}
    </p>
  );
}

function Incidents({ incidents }: { readonly incidents: readonly Incident[] }) {
  const alike = [...Map.groupBy(incidents, adviceOf).values()];
  const [first, rest] = [alike.slice(0, SHOWN), alike.slice(SHOWN)];
  if (first.length === 0) return null;
  return (
    <>
      <ul class="incidents">
        {first.map((each) => (
          <Alike key={each[0]?.cause} incidents={each} />
        ))}
      </ul>
      {rest.length > 0 && (
        <details>
          <summary>{count(rest.flat().length, 'more incident')}</summary>
          <ul class="incidents">
            {rest.map((each) => (
              <Alike key={each[0]?.cause} incidents={each} />
            ))}
          </ul>
        </details>
      )}
    </>
  );
}

/** What an incident has in common with others that one advice answers. */
function adviceOf({ priority, state, action, byItself, acknowledgedBy }: Incident): string {
  return JSON.stringify([priority, state, action, byItself, acknowledgedBy]);
}

/** Incidents with the same advice, which stands once. */
function Alike({ incidents }: { readonly incidents: readonly Incident[] }) {
  const [first] = incidents;
  if (!first) return null;
  const { priority, state, action, byItself, acknowledgedBy } = first;
  return (
    <li class={needsHuman(first) ? undefined : 'quiet'}>
      {incidents.map(({ of, cause, summary, firstAt, lastAt, count: signals, samples = [] }) => (
        <p key={cause}>
          <Badge tone={priority === 'P1' ? 'bad' : 'warn'}>{priority}</Badge> {summary}.{' '}
          <span class="quiet">
            Open for <Age at={firstAt} />
            {signals > 1 && (
              <>
                , {signals} signals, the last <Age at={lastAt} /> ago
              </>
            )}
          </span>
          {of !== ITSELF && <Samples of={of} samples={samples} isAll={signals <= samples.length} />}
        </p>
      ))}
      <p>
        <strong>{action}.</strong>
        {byItself !== undefined && ` By itself: ${byItself}.`}
        {state === 'acknowledged' && ` Acknowledged by ${acknowledgedBy}.`}
      </p>
    </li>
  );
}

interface SamplesProps {
  readonly of: string;
  readonly samples: NonNullable<Incident['samples']>;
  readonly isAll: boolean;
}

/** Links to failures that an incident is about. */
function Samples({ of: dependency, samples, isAll }: SamplesProps) {
  if (samples.length === 0) return null;
  return (
    <span class="ids">
      {isAll ? ' ' : ' For example '}
      {samples.map(({ failureId: id, tenant }) => (
        <FailureLink key={id + tenant} of={tenant === undefined ? { id, dependency } : { id, dependency, tenant }} />
      ))}
    </span>
  );
}
