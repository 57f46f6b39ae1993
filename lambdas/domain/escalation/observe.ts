import {
  type Cause,
  causeOfAlarm,
  causeOfCircuit,
  causeOfLetter,
  causeOfNotice,
  DECISION_NEEDED,
  UNREACHABLE,
} from './cause.ts';
import type { Incident, Incidents, ObserveOptions } from './incident.ts';
import { acknowledge, isOngoing, raise, resolve } from './incident-changes.ts';
import type { Sample, Signal } from './signal.ts';

/** Circuits and alarms whose last change is remembered, and questions that are, of one dependency; an item has 400 KB. */
const MOST_REMEMBERED = 200;

type Of<Kind extends Signal['kind']> = Extract<Signal, { kind: Kind }>;

/** What becomes of the incidents of a dependency by a signal. Pure; answers the same object where nothing changes. */
export function observe(before: Incidents, signal: Signal, options: ObserveOptions): Incidents {
  switch (signal.kind) {
    case 'dead-letter':
      return deadLettered(before, signal, options);
    case 'circuit':
      return ifNews(before, `circuit ${signal.circuit}`, signal.at, (next) => circuitChanged(next, signal, options));
    case 'alarm':
      return ifNews(before, `alarm ${signal.alarm}`, signal.at, (next) =>
        signal.rings ? alarmRings(next, signal, options) : alarmIsOver(next, signal, options),
      );
    case 'notice':
      return noticed(before, signal, options);
    case 'operator':
      return operatorActed(before, signal, options);
    default:
      return signal satisfies never;
  }
}

/** What is older than what is known already says nothing of how things stand. */
function ifNews(before: Incidents, name: string, at: string, change: (next: Incidents) => Incidents): Incidents {
  const { [name]: known, ...others } = before.changedAt;
  if (known !== undefined && at < known) return before;
  if (known === at) return change(before);
  const changedAt = Object.fromEntries([...Object.entries(others), [name, at] as const].slice(-MOST_REMEMBERED));
  return change({ ...before, changedAt });
}

function deadLettered(before: Incidents, signal: Of<'dead-letter'>, options: ObserveOptions): Incidents {
  const { at, sample } = signal;
  const raised = raise(before, at, causeOfLetter(signal), options, sample);
  // Nobody has answered in time, or nobody is asked any more.
  return answered(raised, at, sample.failureId, options);
}

function noticed(before: Incidents, signal: Of<'notice'>, options: ObserveOptions): Incidents {
  const { at, about, failureId } = signal;
  const raised = raise(before, at, causeOfNotice(signal), options, sampleOf(signal));
  if (about !== 'question' || failureId === undefined || raised.questions.includes(failureId)) return raised;
  return { ...raised, questions: [...raised.questions, failureId].slice(-MOST_REMEMBERED) };
}

function sampleOf({ about, failureId, correlationId = '', reason = 'asked' }: Of<'notice'>): Sample | undefined {
  if (failureId === undefined) return undefined;
  return { failureId, correlationId, reason, rule: about === 'undo' ? 'undo' : 'conflict', attempts: 0 };
}

function operatorActed(before: Incidents, signal: Of<'operator'>, options: ObserveOptions): Incidents {
  const { at, by, action, failureId } = signal;
  const taken = acknowledge(before, at, by, options);
  return action === 'decide' && failureId !== undefined ? answered(taken, at, failureId, options) : taken;
}

/** With the last question that is answered no decision is needed any more. */
function answered(before: Incidents, at: string, failureId: string, options: ObserveOptions): Incidents {
  if (!before.questions.includes(failureId)) return before;
  const next = { ...before, questions: before.questions.filter((each) => each !== failureId) };
  return next.questions.length > 0 ? next : resolve(next, at, ({ cause }) => cause === DECISION_NEEDED, options);
}

function circuitChanged(before: Incidents, signal: Of<'circuit'>, options: ObserveOptions): Incidents {
  const { at, circuit, dependency, to } = signal;
  const others = before.openCircuits.filter((each) => each !== circuit);
  if (to === 'closed' || to === 'forced-closed') {
    const closed = others.length === before.openCircuits.length ? before : { ...before, openCircuits: others };
    return others.length > 0 ? closed : resolve(closed, at, ({ cause }) => cause === UNREACHABLE, options);
  }
  // An operator who forces a circuit open knows of it.
  if (to !== 'open') return before;
  const isOpen = others.length < before.openCircuits.length;
  // A probe that fails is no news.
  if (isOpen && isOngoing(before.incidents[UNREACHABLE])) return before;
  const opened = isOpen ? before : { ...before, openCircuits: [...others, circuit].slice(-MOST_REMEMBERED) };
  return raise(opened, at, causeOfCircuit(signal, options.urgencyOf?.(dependency) ?? 'P2'), options);
}

function alarmRings(before: Incidents, signal: Of<'alarm'>, options: ObserveOptions): Incidents {
  const { at, alarm, summary, section, dependency } = signal;
  if (before.ringing.includes(alarm)) return before;
  const rings = { ...before, ringing: [...before.ringing, alarm].slice(-MOST_REMEMBERED) };
  const priority = signal.priority === 'P1' ? 'P1' : 'P2';
  // What a dependency's alarm says, an incident of its own that is as urgent says better, and was told already.
  const isKnown = (incident: Incident | undefined) =>
    isOngoing(incident) && incident.cause !== DECISION_NEEDED && (incident.priority === 'P1' || priority === 'P2');
  if (dependency !== undefined && Object.values(before.incidents).some(isKnown)) return rings;
  const cause: Cause = { cause: causeOfAlarm(alarm), priority, section, summary };
  return raise(rings, at, cause, options);
}

/**
 * With the last alarm of a dependency all is over that its failures have brought about: its dead-letter queue is empty, its lane keeps
 * up. An alarm of Backstop itself stands for itself.
 */
function alarmIsOver(before: Incidents, signal: Of<'alarm'>, options: ObserveOptions): Incidents {
  const { at, alarm, dependency } = signal;
  if (!before.ringing.includes(alarm)) return before;
  const quiet = { ...before, ringing: before.ringing.filter((each) => each !== alarm) };
  const ofAlarm = resolve(quiet, at, ({ cause }) => cause === causeOfAlarm(alarm), options);
  if (dependency === undefined || quiet.ringing.length > 0) return ofAlarm;
  return resolve(ofAlarm, at, ({ cause }) => !outlives(cause, quiet), options);
}

/** Whether a cause does not end with the dead letters and the backlog of its dependency. */
function outlives(cause: string, { openCircuits }: Incidents): boolean {
  return cause === DECISION_NEEDED || (cause === UNREACHABLE && openCircuits.length > 0);
}
