import { type DeadLetterReason, isDeadLetterReason } from '../../../lambdas/contract/reasons.ts';
import { DEAD_LETTER_ADVICE } from '../../../lambdas/domain/escalation/dead-letter-advice.ts';

/** What an operator does first about a dead letter. */
export type NextStep = 'redrive' | 'edit' | 'discard' | 'look';

const NEXT_STEPS: Readonly<Record<DeadLetterReason, NextStep>> = {
  permanent: 'edit',
  conflict: 'look',
  'no-decision': 'redrive',
  abandoned: 'discard',
  exhausted: 'redrive',
  deadline: 'redrive',
  'unknown-result': 'look',
  unregistered: 'look',
  'handler-failed': 'look',
};

/** The first step by the reason of a dead letter. Steps that are still in effect come before all else. */
export function nextStep(reason: string | undefined, hasStepsLeft = false): NextStep {
  return hasStepsLeft || !isDeadLetterReason(reason) ? 'look' : NEXT_STEPS[reason];
}

/** What to do before a redrive of dead letters with a reason, without a full stop. */
export function adviceOn(reason: string | undefined): string {
  return isDeadLetterReason(reason) ? DEAD_LETTER_ADVICE[reason].action : 'see the runbook first';
}
