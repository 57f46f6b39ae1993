import { ownMember } from '../../contract/own-member.ts';
import type { DeadLetterReason } from '../../contract/reasons.ts';
import { DAY_MS } from '../../contract/time.ts';
import { acknowledgedBy } from './acknowledged-by.ts';
import {
  type Cause,
  causeOfAlarm,
  causeOfCircuit,
  causeOfDeadLetter,
  causeOfNotice,
  DECISION_NEEDED,
  UNREACHABLE,
} from './cause.ts';
import { recordDeadLetter } from './died-again.ts';
import type { Incident, Incidents, SignalOptions } from './incident.ts';
import { acknowledge, beginIncident, isOngoing, recordOccurrence, resolveIncidents } from './incident-changes.ts';
import type { FailureSample, Signal } from './signal.ts';

/** Reason of a failure whose question nobody answered in time. */
const NO_DECISION: DeadLetterReason = 'no-decision';
/** Limit of remembered circuits, alarms and questions per dependency. A table item holds at most 400 KB. */
const MAX_REMEMBERED = 200;

type Of<Kind extends Signal['kind']> = Extract<Signal, { kind: Kind }>;

/**
 * Applies a signal to the incidents of a dependency.
 *
 * @returns the same object if nothing changes
 */
export function applySignal(before: Incidents, signal: Signal, options: SignalOptions): Incidents {
  switch (signal.kind) {
    case 'dead-letter':
      return deadLettered(before, signal, options);
    case 'ended':
      return questionEnded(before, signal, options);
    case 'circuit':
      return ifNewer(before, `circuit ${signal.circuit}`, ageOfChange(signal), (next) =>
        circuitChanged(next, signal, options),
      );
    case 'alarm':
      return ifNewer(before, `alarm ${signal.alarm}`, ageOfAlarm(signal), (next) =>
        signal.rings ? alarmRaised(next, signal, options) : alarmCleared(next, signal, options),
      );
    case 'notice':
      return noticeReceived(before, signal, options);
    case 'operator':
      return operatorActed(before, signal, options);
    default:
      return signal satisfies never;
  }
}

/** The moment of a signal as the incidents remember it, and how it compares to a remembered one. */
interface Age {
  readonly moment: string;
  readonly comparedTo: (known: string) => 'older' | 'same' | 'newer';
}

/** Ignores signals older than the last one about the same circuit or alarm. */
function ifNewer(
  before: Incidents,
  name: string,
  { moment, comparedTo }: Age,
  change: (next: Incidents) => Incidents,
): Incidents {
  const known = ownMember(before.changedAt, name);
  const { [name]: _, ...others } = before.changedAt;
  const age = known === undefined ? 'newer' : comparedTo(known);
  if (age === 'older') return before;
  if (age === 'same') return change(before);
  const changedAt = Object.fromEntries([...Object.entries(others), [name, moment] as const].slice(-MAX_REMEMBERED));
  return change({ ...before, changedAt });
}

/**
 * The sequence decides. It starts again when a new item replaces one that nobody used for 30 days. Only a fresh signal
 * that arrives long after the last one can come from such an item: EventBridge delivers within a day.
 */
function ageOfChange({ sequence, at, arrivedAt }: Of<'circuit'>): Age {
  return {
    moment: `${arrivedAt}#${sequence}`,
    comparedTo(known) {
      const [knownArrival = '', knownSequence = '0'] = known.split('#');
      const arrival = Date.parse(arrivedAt);
      const mayBeNewItem = arrival - Date.parse(knownArrival) > DAY_MS && arrival - Date.parse(at) <= DAY_MS;
      if (sequence === Number(knownSequence)) return 'same';
      return sequence > Number(knownSequence) || mayBeNewItem ? 'newer' : 'older';
    },
  };
}

/** CloudWatch's clock orders the changes of an alarm. */
function ageOfAlarm({ at }: Of<'alarm'>): Age {
  return { moment: at, comparedTo: (known) => (at === known ? 'same' : at < known ? 'older' : 'newer') };
}

function deadLettered(before: Incidents, signal: Of<'dead-letter'>, options: SignalOptions): Incidents {
  const { at, sample, hasConflict = false } = signal;
  const raised = recordDeadLetter(before, signal, causeOfDeadLetter(signal), options);
  // The failure has ended, so its question needs no answer any more.
  const mayHaveAsked = hasConflict || sample.reason === NO_DECISION;
  return removeQuestion(
    mayHaveAsked ? withAnswer(raised, sample.failureId, at) : raised,
    at,
    sample.failureId,
    options,
  );
}

function noticeReceived(before: Incidents, signal: Of<'notice'>, options: SignalOptions): Incidents {
  const { at, about, failureId } = signal;
  // A late notice: its question has been answered in the meantime.
  if (about === 'question' && failureId !== undefined && at <= (ownMember(before.answered, failureId) ?? ''))
    return before;
  const raised = recordOccurrence(before, at, causeOfNotice(signal), options, sampleOf(signal));
  if (about !== 'question' || failureId === undefined || raised.questions.includes(failureId)) return raised;
  return { ...raised, questions: [...raised.questions, failureId].slice(-MAX_REMEMBERED) };
}

function sampleOf({ about, failureId, correlationId = '', reason = 'asked' }: Of<'notice'>): FailureSample | undefined {
  if (failureId === undefined) return undefined;
  return { failureId, correlationId, reason, rule: about === 'undo' ? 'undo' : 'conflict', attempts: 0 };
}

function operatorActed(before: Incidents, signal: Of<'operator'>, options: SignalOptions): Incidents {
  const { at, action, failureId } = signal;
  const acknowledged = acknowledge(before, signal, options, causesOf(signal, before));
  return action === 'decide' && failureId !== undefined
    ? questionEnded(acknowledged, { at, failureId }, options)
    : acknowledged;
}

/** An action speaks for the incidents that it addresses. Only an acknowledgement that names none is for all of them. */
function causesOf(
  { action, failureId, acknowledges }: Of<'operator'>,
  before: Incidents,
): readonly string[] | undefined {
  if (action === 'incident-acknowledged') return acknowledges;
  // Others may have answered their questions since the action began.
  return action === 'decide' ? acknowledgedBy({ action, failureId }, before) : (acknowledges ?? []);
}

/** Ends the question of a failure: it is answered, or the failure has ended without an answer. */
function questionEnded(
  before: Incidents,
  { at, failureId }: Pick<Of<'ended'>, 'at' | 'failureId'>,
  options: SignalOptions,
): Incidents {
  return removeQuestion(withAnswer(before, failureId, at), at, failureId, options);
}

/** Remembers that the failure's question has ended, because its notice may arrive later, or again. */
function withAnswer(before: Incidents, failureId: string, at: string): Incidents {
  const { [failureId]: _, ...others } = before.answered;
  if (at <= (ownMember(before.answered, failureId) ?? '')) return before;
  const answered = Object.fromEntries([...Object.entries(others), [failureId, at] as const].slice(-MAX_REMEMBERED));
  return { ...before, answered };
}

/** Resolves the incident `decision-needed` with the last answered question. */
function removeQuestion(before: Incidents, at: string, failureId: string, options: SignalOptions): Incidents {
  if (!before.questions.includes(failureId)) return before;
  const next = { ...before, questions: before.questions.filter((each) => each !== failureId) };
  return next.questions.length > 0
    ? next
    : resolveIncidents(next, at, ({ cause }) => cause === DECISION_NEEDED, options);
}

function circuitChanged(before: Incidents, signal: Of<'circuit'>, options: SignalOptions): Incidents {
  const { at, circuit, dependency, to, reason } = signal;
  const others = before.openCircuits.filter((each) => each !== circuit);
  if (to === 'closed' || to === 'forced-closed') {
    const closed = others.length === before.openCircuits.length ? before : { ...before, openCircuits: others };
    return others.length > 0 ? closed : resolveIncidents(closed, at, ({ cause }) => cause === UNREACHABLE, options);
  }
  // The operator who forced the circuit open, or ended that, already knows. Failed probes would still report an outage.
  if (to !== 'open' || reason === 'released') return before;
  const isOpen = others.length < before.openCircuits.length;
  // A failed probe adds no information.
  if (isOpen && isOngoing(before.incidents[UNREACHABLE])) return before;
  const opened = isOpen ? before : { ...before, openCircuits: [...others, circuit].slice(-MAX_REMEMBERED) };
  const cause = causeOfCircuit(signal, options.urgencyOf?.(dependency) ?? 'P2');
  // By its sequence, this change comes after the end of the last incident, even if the clock of its writer is slow.
  const record = isOngoing(before.incidents[UNREACHABLE]) ? recordOccurrence : beginIncident;
  return record(opened, at, cause, options);
}

function alarmRaised(before: Incidents, signal: Of<'alarm'>, options: SignalOptions): Incidents {
  const { at, alarm, summary, section, dependency } = signal;
  if (before.ringing.includes(alarm)) return before;
  const rings = { ...before, ringing: [...before.ringing, alarm].slice(-MAX_REMEMBERED) };
  const priority = signal.priority === 'P1' ? 'P1' : 'P2';
  // Don't notify if an incident of the same or higher urgency is open: it explains the alarm better, and humans already
  // know of it.
  const isKnown = (incident: Incident | undefined) =>
    isOngoing(incident) && incident.cause !== DECISION_NEEDED && (incident.priority === 'P1' || priority === 'P2');
  if (dependency !== undefined && Object.values(before.incidents).some(isKnown)) return rings;
  const cause: Cause = { cause: causeOfAlarm(alarm), priority, section, summary };
  return recordOccurrence(rings, at, cause, options);
}

/**
 * Resolves the incidents of a dependency with its last alarm: its dead-letter queue is empty, and its lane keeps up. An
 * alarm of Backstop itself resolves only its own incident.
 */
function alarmCleared(before: Incidents, signal: Of<'alarm'>, options: SignalOptions): Incidents {
  const { at, alarm, dependency } = signal;
  if (!before.ringing.includes(alarm)) return before;
  const cleared = { ...before, ringing: before.ringing.filter((each) => each !== alarm) };
  const ofAlarm = resolveIncidents(cleared, at, ({ cause }) => cause === causeOfAlarm(alarm), options);
  if (dependency === undefined || cleared.ringing.length > 0) return ofAlarm;
  return resolveIncidents(ofAlarm, at, ({ cause }) => !outlivesBacklog(cause, cleared), options);
}

/** Whether a cause may persist without dead letters and without a backlog. */
function outlivesBacklog(cause: string, { openCircuits }: Incidents): boolean {
  return cause === DECISION_NEEDED || (cause === UNREACHABLE && openCircuits.length > 0);
}
