import type { Incident, Urgency } from './incident.ts';
import type { Signal } from './signal.ts';

export const UNREACHABLE = 'unreachable';
export const UNDO_INCOMPLETE = 'undo-incomplete';
export const DECISION_NEEDED = 'decision-needed';

/** What an incident is about. */
export type Cause = Pick<Incident, 'cause' | 'priority' | 'summary' | 'section' | 'notes'>;

/** Of a failure that became a dead letter. */
export function causeOfLetter({
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
      summary: `${dependency} is unreachable: its failures become dead letters`,
    };
  }
  return {
    ...{ cause: `${reason}:${rule}`, priority: urgent, section: `dead-letter-${reason}` },
    summary: `Failures of ${dependency} became dead letters: ${reason} (rule ${rule})`,
  };
}

/** Of what a machine of Backstop's tells humans. */
export function causeOfNotice({
  about,
  dependency,
  summary,
  notes,
  of = summary,
}: Extract<Signal, { kind: 'notice' }>): Cause {
  // Each execution is a matter of its own, which ends when somebody says so.
  if (about === 'saga') return { cause: `saga:${of.slice(-100)}`, priority: 'P1', section: 'sagas', summary, notes };
  if (about === 'undo') return { ...undoIncomplete(dependency), notes };
  return {
    ...{ cause: DECISION_NEEDED, priority: 'P2', section: 'decision-needed' },
    summary: `Conflicting writes to ${dependency} wait for a human decision`,
  };
}

function undoIncomplete(dependency = 'a dependency'): Cause {
  return {
    ...{ cause: UNDO_INCOMPLETE, priority: 'P1', section: 'undo-incomplete' },
    summary: `Undo incomplete after failures of ${dependency}: some completed steps are still in effect`,
  };
}

/** Of a circuit that has opened. */
export function causeOfCircuit({ dependency }: Extract<Signal, { kind: 'circuit' }>, priority: Urgency): Cause {
  return {
    ...{ cause: UNREACHABLE, priority, section: 'circuit-open' },
    summary: `${dependency} keeps failing: its circuit is open and blocks calls`,
  };
}

/** CloudWatch's names are unique, and long. */
export function causeOfAlarm(alarm: string): string {
  return `alarm:${alarm.slice(-100)}`;
}
