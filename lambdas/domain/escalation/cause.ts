import type { Incident, Urgency } from './incident.ts';
import type { Signal } from './signal.ts';

export const UNREACHABLE = 'unreachable';
export const UNDO_INCOMPLETE = 'undo-incomplete';
export const DECISION_NEEDED = 'decision-needed';

/** Cause of an incident, with its urgency and texts. */
export type Cause = Pick<Incident, 'cause' | 'priority' | 'summary' | 'section' | 'notes'>;

/** Cause of a failure that became a dead letter. */
export function causeOfDeadLetter({
  dependency,
  priority,
  compensation,
  sample,
}: Extract<Signal, { kind: 'dead-letter' }>): Cause {
  const { reason, rule } = sample;
  const urgent = priority === 'P1' ? 'P1' : 'P2';
  if (compensation === 'incomplete' || compensation === 'not-run') {
    return undoIncomplete(dependency);
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
    ...{ cause: DECISION_NEEDED, priority: 'P2', section: 'decision-needed' },
    summary: `Writes to ${dependency} conflict with what is there, and wait for a human`,
  };
}

function undoIncomplete(dependency = 'a dependency'): Cause {
  return {
    ...{ cause: UNDO_INCOMPLETE, priority: 'P1', section: 'undo-incomplete' },
    summary: `Operations of ${dependency} were given up, and not all completed steps before them are undone`,
  };
}

/** Cause of an opened circuit. */
export function causeOfCircuit({ dependency }: Extract<Signal, { kind: 'circuit' }>, priority: Urgency): Cause {
  return {
    ...{ cause: UNREACHABLE, priority, section: 'circuit-open' },
    summary: `${dependency} fails so often that no more calls are made: its circuit is open`,
  };
}

/** Truncates the alarm's name, because CloudWatch allows long ones. */
export function causeOfAlarm(alarm: string): string {
  return `alarm:${alarm.slice(-100)}`;
}
