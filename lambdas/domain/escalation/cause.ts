import { hasStepsLeft } from '../../contract/compensation.ts';
import { deadLetterSection, isOutageReason } from '../../contract/reasons.ts';
import type { Incident, Urgency } from './incident.ts';
import type { Signal } from './signal.ts';

export const UNREACHABLE = 'unreachable';
export const UNDO_INCOMPLETE = 'undo-incomplete';
export const DECISION_NEEDED = 'decision-needed';

/** Cause of an incident, with its urgency and texts. */
export type Cause = Pick<Incident, 'cause' | 'priority' | 'summary' | 'section' | 'notes' | 'evidence'>;

/** Cause of a failure that became a dead letter. */
export function causeOfDeadLetter({
  dependency,
  priority,
  compensation,
  sample,
}: Extract<Signal, { kind: 'dead-letter' }>): Cause {
  const { reason, rule } = sample;
  const urgent = priority === 'P1' ? 'P1' : 'P2';
  if (hasStepsLeft({ compensation })) return undoIncomplete(dependency);
  if (isOutageReason(reason)) {
    return {
      cause: UNREACHABLE,
      priority: urgent,
      section: deadLetterSection(reason),
      summary: `${dependency} is unreachable: its failures become dead letters`,
    };
  }
  return {
    cause: `${reason}:${rule}`,
    priority: urgent,
    section: deadLetterSection(reason),
    summary: `Failures of ${dependency} became dead letters: ${reason} (rule ${rule})`,
  };
}

/** Cause of a notice from one of Backstop's state machines. */
export function causeOfNotice({
  about,
  dependency,
  summary,
  notes,
  of = summary,
}: Extract<Signal, { kind: 'notice' }>): Cause {
  // Each execution is a separate incident. It ends when a human resolves it.
  if (about === 'saga') return { cause: `saga:${of.slice(-100)}`, priority: 'P1', section: 'sagas', summary, notes };
  if (about === 'undo') return { ...undoIncomplete(dependency), notes };
  return {
    cause: DECISION_NEEDED,
    priority: 'P2',
    section: 'decision-needed',
    summary: `Conflicting writes to ${dependency} wait for a human decision`,
  };
}

function undoIncomplete(dependency = 'a dependency'): Cause {
  return {
    cause: UNDO_INCOMPLETE,
    priority: 'P1',
    section: 'undo-incomplete',
    summary: `Undo incomplete after failures of ${dependency}: some completed steps are still in effect`,
  };
}

/** Cause of an opened circuit. */
export function causeOfCircuit({ dependency, counts }: Extract<Signal, { kind: 'circuit' }>, priority: Urgency): Cause {
  return {
    cause: UNREACHABLE,
    priority,
    evidence: evidenceOf(counts),
    section: 'circuit-open',
    summary: `${dependency} keeps failing: its circuit is open and blocks calls`,
  };
}

/** Truncates the alarm's name, because CloudWatch allows long ones. */
export function causeOfAlarm(alarm: string): string {
  return `alarm:${alarm.slice(-100)}`;
}

function evidenceOf(counts: { readonly successes: number; readonly failures: number } | undefined): string | undefined {
  const calls = counts === undefined ? 0 : counts.successes + counts.failures;
  return counts === undefined || calls === 0 ? undefined : `${counts.failures} of ${calls} calls failed`;
}
