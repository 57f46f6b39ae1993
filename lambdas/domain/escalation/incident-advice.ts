import { DECISION_NEEDED, UNDO_INCOMPLETE, UNREACHABLE } from './cause.ts';
import type { Incident } from './incident.ts';

export interface IncidentAdvice {
  /** Whether to act, and when. */
  readonly action: string;
  /** What heals without a human. Absent if only the runbook knows. */
  readonly byItself?: string;
}

/** Whether a human must act, and what Backstop does without one. */
export function adviceOn({ cause, section, goesOn, priority }: Incident, isResolved: boolean): IncidentAdvice {
  if (isResolved) return { action: goesOn ? 'See the P1 incident of the same cause' : 'None' };
  const when = priority === 'P1' ? 'Act now' : 'Act in working hours';
  switch (cause) {
    case UNREACHABLE:
      if (section !== 'circuit-open')
        return {
          action: `${when}: repair the dependency, then redrive the dead letters`,
          byItself: 'Dead letters wait 14 days. Backstop redrives them only where automatic redrive is on',
        };
      return {
        action: `${when}: check the dependency, and leave the circuit alone`,
        byItself:
          'Backstop holds the failures, probes the dependency, and goes on once it answers. None loses an attempt',
      };
    case UNDO_INCOMPLETE:
      return {
        action: `${when}: undo what is left by hand`,
        byItself: 'Nothing. Completed steps stay in effect until somebody undoes them',
      };
    case DECISION_NEEDED:
      return {
        action: `${when}: decide each question before its deadline`,
        byItself: 'Nothing. Without a decision, the failure becomes a dead letter',
      };
    default:
      return section.startsWith('dead-letter')
        ? {
            action: `${when}: repair the cause, then redrive or discard the dead letters`,
            byItself: 'Nothing. Another attempt would fail the same way. Dead letters wait 14 days',
          }
        : { action: when };
  }
}
