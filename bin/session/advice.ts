import { hasStepsLeft } from '../../lambdas/contract/compensation.ts';
import { deadLetterSection, isDeadLetterReason } from '../../lambdas/contract/reasons.ts';
import { DEAD_LETTER_ADVICE } from '../../lambdas/domain/escalation/dead-letter-advice.ts';

/** What to do, in a few sentences, and the runbook section with the details. */
export interface Advice {
  readonly text: string;
  readonly section: string;
  /** Whether a redrive helps once the cause is fixed. */
  readonly redrive: boolean;
}

const HALF_DONE: Advice = {
  text: 'Some completed steps are NOT undone (see above). Fix the cause and redrive it, or undo those steps by hand. Only then discard it.',
  section: 'undo-incomplete',
  redrive: true,
};
const NEVER_STORED: Advice = {
  text: 'Backstop never stored it. Find the error in the log of the lane worker, fix it, then redrive.',
  section: 'lane-dead-letters',
  redrive: true,
};
const PARKED: Advice = {
  text: 'It used up its redrive cycles. Find out why it keeps failing and fix or edit it. Then allow one more cycle, or discard it.',
  section: 'parked-letters',
  redrive: true,
};

/** What to do about a dead letter. */
export function adviceOn({
  reason,
  compensation,
  isParked,
  mayBeDone = false,
}: {
  readonly reason: string | undefined;
  readonly compensation: string | undefined;
  readonly isParked: boolean;
  /** Whether a call may have taken effect that Backstop must not repeat. @default false */
  readonly mayBeDone?: boolean;
}): Advice {
  if (hasStepsLeft({ compensation })) return HALF_DONE;
  if (isParked) return PARKED;
  if (!isDeadLetterReason(reason)) return NEVER_STORED;
  const known = mayBeDone ? 'unknown-result' : reason;
  const { text, redrive } = DEAD_LETTER_ADVICE[known];
  return { text, redrive, section: deadLetterSection(known) };
}
