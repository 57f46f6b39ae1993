import { type AllHeard, earlier, hear, isAnyInTrouble, later } from './heard.ts';
import type { Sample, Signal } from './signal.ts';

/** What a channel is to be told of an incident. */
export type Telling = 'trigger' | 'acknowledge' | 'resolve';

/** One cause, told once, however many failures it has. Times are RFC 3339. */
export interface Incident {
  /** `unreachable`, or what keeps failures from being recovered: unique within its dependency. */
  readonly cause: string;
  /** Counts the times that this cause came up: each is an incident of its own to whoever is told. */
  readonly number: number;
  readonly priority: 'P1' | 'P2';
  readonly state: 'open' | 'acknowledged' | 'resolved';
  /** In a sentence, for humans. */
  readonly summary: string;
  /** Of the runbook. */
  readonly section: string;
  /** Signals of it; one that is delivered twice counts twice. */
  readonly count: number;
  readonly firstAt: string;
  readonly lastAt: string;
  readonly resolvedAt?: string;
  readonly acknowledgedBy?: string;
  readonly samples: readonly Sample[];
  /** What else is known, a line each. */
  readonly notes?: readonly string[];
}

/** Something that a channel has not been told yet, in the order in which it is to be told. */
export interface Untold {
  readonly channel: string;
  readonly telling: Telling;
  readonly cause: string;
  readonly number: number;
}

/** All incidents of one dependency, or of Backstop itself. */
export interface Incidents {
  readonly incidents: Readonly<Record<string, Incident>>;
  readonly untold: readonly Untold[];
  /** Circuits of the dependency: what is unreachable stays so as long as any is open. */
  readonly circuits: AllHeard;
  readonly alarms: AllHeard;
}

export const NO_INCIDENTS: Incidents = { incidents: {}, untold: [], circuits: {}, alarms: {} };

export interface ObserveOptions {
  /** Channels that are told of each incident; those of `acknowledgedIn` also of acknowledgements. */
  readonly channels: readonly string[];
  readonly acknowledgedIn: readonly string[];
}

const MOST_SAMPLES = 5;
/** Causes that are kept of one dependency, the latest ones; an item has 400 KB. */
const MOST_CAUSES = 50;
const UNREACHABLE = 'unreachable';
const UNDO_INCOMPLETE = 'undo-incomplete';
const DECISION_NEEDED = 'decision-needed';

/** What becomes of the incidents of a dependency by a signal. Pure; answers the same object where nothing changes. */
export function observe(before: Incidents, signal: Signal, options: ObserveOptions): Incidents {
  switch (signal.kind) {
    case 'dead-letter':
      return raise(before, signal.at, causeOfLetter(signal), options, signal.sample);
    case 'circuit':
      return circuitChanged(before, signal, options);
    case 'alarm':
      return signal.rings ? alarmRings(before, signal, options) : alarmIsOver(before, signal, options);
    case 'notice':
      return raise(before, signal.at, causeOfNotice(signal), options, sampleOf(signal));
    case 'operator':
      return acknowledged(before, signal, options);
    default:
      return signal satisfies never;
  }
}

type Cause = Pick<Incident, 'cause' | 'priority' | 'summary' | 'section' | 'notes'>;

function causeOfLetter({
  dependency,
  priority,
  compensation,
  sample,
}: Extract<Signal, { kind: 'dead-letter' }>): Cause {
  const { reason, rule } = sample;
  const urgent = priority === 'P1' ? 'P1' : 'P2';
  if (compensation === 'incomplete' || compensation === 'not-run') {
    return {
      ...{ cause: UNDO_INCOMPLETE, priority: 'P1', section: 'undo-incomplete' },
      summary: `Operations of ${dependency} were given up, and not all completed steps before them are undone`,
    };
  }
  if (reason === 'exhausted' || reason === 'deadline') {
    return {
      ...{ cause: UNREACHABLE, priority: urgent, section: `dead-letter-${reason}` },
      summary: `${dependency} can not be reached, and failures of it have become dead letters`,
    };
  }
  return {
    ...{ cause: `${reason}:${rule}`, priority: urgent, section: `dead-letter-${reason}` },
    summary: `Failures of ${dependency} have become dead letters: ${reason}, by the rule ${rule}`,
  };
}

function causeOfNotice({
  about,
  dependency,
  summary,
  notes,
  of = summary,
}: Extract<Signal, { kind: 'notice' }>): Cause {
  // Each execution is a matter of its own, which ends when somebody says so.
  if (about === 'saga') return { cause: `saga:${of.slice(-100)}`, priority: 'P1', section: 'sagas', summary, notes };
  return {
    ...{ cause: DECISION_NEEDED, priority: 'P2', section: 'decision-needed' },
    summary: `Writes to ${dependency} conflict with what is there, and wait for a human`,
  };
}

function sampleOf({ failureId, correlationId = '' }: Extract<Signal, { kind: 'notice' }>): Sample | undefined {
  return failureId === undefined
    ? undefined
    : { failureId, correlationId, reason: 'asked', rule: 'conflict', attempts: 0 };
}

function circuitChanged(
  before: Incidents,
  signal: Extract<Signal, { kind: 'circuit' }>,
  options: ObserveOptions,
): Incidents {
  const { at, circuit, dependency, to } = signal;
  const isClosed = to === 'closed' || to === 'forced-closed';
  // An operator who forces a circuit open knows of it.
  if (!isClosed && to !== 'open') return before;
  const wasOpen = before.circuits[circuit]?.isTrouble;
  const circuits = hear(before.circuits, circuit, { isTrouble: !isClosed, at });
  if (!circuits) return before;
  const heard = { ...before, circuits };
  if (isClosed) {
    return isAnyInTrouble(circuits) ? heard : resolve(heard, at, ({ cause }) => cause === UNREACHABLE, options);
  }
  if (wasOpen && isOngoing(before.incidents[UNREACHABLE])) return heard;
  const cause: Cause = {
    ...{ cause: UNREACHABLE, priority: 'P2', section: 'circuit-open' },
    summary: `${dependency} fails so often that no more calls are made: its circuit is open`,
  };
  return raise(heard, at, cause, options);
}

function alarmRings(before: Incidents, signal: Extract<Signal, { kind: 'alarm' }>, options: ObserveOptions): Incidents {
  const { at, alarm, summary, section, priority, dependency } = signal;
  const alarms = hear(before.alarms, alarm, { isTrouble: true, at });
  if (!alarms) return before;
  const rings = { ...before, alarms };
  if (before.alarms[alarm]?.isTrouble) return rings;
  // What a dependency's alarm says, an incident of its own says better, and was told already.
  if (dependency !== undefined && Object.values(before.incidents).some(isOngoing)) return rings;
  return raise(
    rings,
    at,
    { cause: causeOfAlarm(alarm), priority: priority === 'P1' ? 'P1' : 'P2', section, summary },
    options,
  );
}

/**
 * With the last alarm of a dependency all is over that its failures have brought about: its dead-letter queue is empty, its lane keeps
 * up. An alarm of Backstop itself stands for itself.
 */
function alarmIsOver(
  before: Incidents,
  { at, alarm, dependency }: Extract<Signal, { kind: 'alarm' }>,
  options: ObserveOptions,
): Incidents {
  const alarms = hear(before.alarms, alarm, { isTrouble: false, at });
  if (!alarms) return before;
  const quiet = { ...before, alarms };
  if (!before.alarms[alarm]?.isTrouble) return quiet;
  const ofAlarm = resolve(quiet, at, ({ cause }) => cause === causeOfAlarm(alarm), options);
  if (dependency === undefined || isAnyInTrouble(alarms)) return ofAlarm;
  return resolve(ofAlarm, at, ({ cause }) => !outlives(cause, quiet), options);
}

/** Whether a cause does not end with the dead letters and the backlog of its dependency. */
function outlives(cause: string, { circuits }: Incidents): boolean {
  return cause === DECISION_NEEDED || (cause === UNREACHABLE && isAnyInTrouble(circuits));
}

/** CloudWatch's names are unique, and long. */
function causeOfAlarm(alarm: string): string {
  return `alarm:${alarm.slice(-100)}`;
}

function acknowledged(
  before: Incidents,
  { at, by }: Extract<Signal, { kind: 'operator' }>,
  options: ObserveOptions,
): Incidents {
  const open = Object.values(before.incidents).filter(({ state }) => state === 'open');
  return open.reduce(
    (state, incident) =>
      tell(
        withIncident(state, {
          ...incident,
          state: 'acknowledged',
          acknowledgedBy: by,
          lastAt: later(incident.lastAt, at),
        }),
        incident,
        'acknowledge',
        options.acknowledgedIn,
      ),
    before,
  );
}

/** One more of a cause: it is told where it is new, or was over by then. What comes late of one that is over is only counted. */
function raise(before: Incidents, at: string, cause: Cause, options: ObserveOptions, sample?: Sample): Incidents {
  const known = before.incidents[cause.cause];
  if (known && (isOngoing(known) || at < (known.resolvedAt ?? ''))) {
    return withIncident(before, {
      ...known,
      count: known.count + 1,
      firstAt: earlier(known.firstAt, at),
      lastAt: later(known.lastAt, at),
      samples: withSample(known.samples, sample),
    });
  }
  const incident: Incident = {
    ...cause,
    number: (known?.number ?? 0) + 1,
    state: 'open',
    count: 1,
    firstAt: at,
    lastAt: at,
    samples: withSample([], sample),
  };
  return tell(withIncident(before, incident), incident, 'trigger', options.channels);
}

function resolve(
  before: Incidents,
  at: string,
  isOver: (incident: Incident) => boolean,
  options: ObserveOptions,
): Incidents {
  return Object.values(before.incidents)
    .filter((incident) => isOngoing(incident) && isOver(incident))
    .reduce(
      (state, incident) =>
        tell(
          withIncident(state, { ...incident, state: 'resolved', resolvedAt: at }),
          incident,
          'resolve',
          options.channels,
        ),
      before,
    );
}

type Ongoing = Incident & { readonly state: 'open' | 'acknowledged' };

function isOngoing(incident: Incident | undefined): incident is Ongoing {
  return incident !== undefined && incident.state !== 'resolved';
}

function withIncident(before: Incidents, incident: Incident): Incidents {
  const all = Object.entries({ ...before.incidents, [incident.cause]: incident });
  if (all.length <= MOST_CAUSES) return { ...before, incidents: Object.fromEntries(all) };
  // What is over longest goes first; what is still to be told is kept.
  const waiting = new Set(before.untold.map(({ cause }) => cause));
  const expendable = all
    .filter(([cause, { state }]) => state === 'resolved' && !waiting.has(cause))
    .sort(([, a], [, b]) => (a.lastAt < b.lastAt ? -1 : 1))
    .slice(0, all.length - MOST_CAUSES)
    .map(([cause]) => cause);
  return { ...before, incidents: Object.fromEntries(all.filter(([cause]) => !expendable.includes(cause))) };
}

function tell(
  before: Incidents,
  { cause, number }: Incident,
  telling: Telling,
  channels: readonly string[],
): Incidents {
  return { ...before, untold: [...before.untold, ...channels.map((channel) => ({ channel, telling, cause, number }))] };
}

function withSample(samples: readonly Sample[], sample: Sample | undefined): readonly Sample[] {
  if (sample === undefined || samples.some(({ failureId }) => failureId === sample.failureId)) return samples;
  return samples.length < MOST_SAMPLES ? [...samples, sample] : samples;
}
