import { DEAD_LETTER_REASONS, type DeadLetterReason, deadLetterSection } from '../../contract/reasons.ts';
import { DECISION_NEEDED, UNDO_INCOMPLETE, UNREACHABLE } from './cause.ts';
import { DEAD_LETTER_ADVICE } from './dead-letter-advice.ts';
import type { Incident } from './incident.ts';

export interface IncidentAdvice {
  /** Whether to act, and when. */
  readonly action: string;
  /** What heals without a human. Absent if only the runbook knows. */
  readonly byItself?: string;
}

/** Whether a human must act, and what Backstop does without one. */
export function adviceOn({ cause, section, goesOn, priority }: Incident, isResolved: boolean): IncidentAdvice {
  if (isResolved) return { action: afterEnd(goesOn) };
  const when = priority === 'P1' ? 'Act now' : 'Act in working hours';
  switch (cause) {
    case UNREACHABLE:
      if (section !== 'circuit-open') return ofDeadLetters('exhausted', when);
      return {
        action: `${when}: check the dependency, and leave the circuit alone`,
        byItself:
          'Backstop holds the failures, probes the dependency, and continues when it answers. No failure loses an attempt',
      };
    case UNDO_INCOMPLETE:
      return {
        action: `${when}: see which steps are left. Fix the cause and redrive, or undo them by hand`,
        byItself: 'Nothing. Completed steps stay in effect until somebody undoes them',
      };
    case DECISION_NEEDED:
      return {
        action: `${when}: decide each question before its deadline`,
        byItself: 'Nothing. Without a decision, the failure becomes a dead letter',
      };
    default: {
      const reason = DEAD_LETTER_REASONS.find((known) => section === deadLetterSection(known));
      return reason === undefined ? { action: when } : ofDeadLetters(reason, when);
    }
  }
}

function afterEnd(goesOn: Incident['goesOn']): string {
  if (goesOn === undefined) return 'None';
  return goesOn === 'died-again'
    ? 'See the next incident with the same cause'
    : 'See the P1 incident with the same cause';
}

function ofDeadLetters(reason: DeadLetterReason, when: string): IncidentAdvice {
  const { action, byItself } = DEAD_LETTER_ADVICE[reason];
  return { action: `${when}: ${action}`, byItself };
}
