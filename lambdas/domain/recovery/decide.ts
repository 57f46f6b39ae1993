import type { LedgerEntry } from '../../contract/ledger-entry.ts';
import type { DeadLetterReason } from '../../contract/reasons.ts';
import { isUnresolvable } from '../conflict/conflict-mode.ts';
import { isOperationMissing } from '../undo/compensation.ts';
import { hasOpenCall } from './open-call.ts';

/** The next action for an open failure. */
export type Decision =
  | { readonly action: 'attempt' }
  /** Run another round (fetch, compare, resubmit). */
  | { readonly action: 'resolve' }
  /** Wait for a human's decision. */
  | { readonly action: 'ask' }
  | { readonly action: 'wait'; readonly until: number }
  | { readonly action: 'give-up'; readonly reason: DeadLetterReason }
  /** Drop the operation, because a human abandoned it. */
  | { readonly action: 'discard' }
  | { readonly action: 'ignore' };

type Facts = Pick<
  LedgerEntry,
  | 'failure'
  | 'operationItem'
  | 'verdict'
  | 'uncertain'
  | 'attempts'
  | 'attemptLimit'
  | 'conflict'
  | 'question'
  | 'notBefore'
  | 'held'
  | 'deadline'
  | 'fallbackAt'
  | 'inFlight'
  | 'undo'
>;

/** Selects the next action for an open failure. The only place that makes this decision. */
export function decide(entry: Facts, now: number): Decision {
  // Never repeat the operation once its undo has begun: the steps before it are gone.
  if (entry.undo) return { action: 'give-up', reason: entry.undo.reason };
  switch (entry.verdict.kind) {
    case 'expected':
      return { action: 'ignore' };
    case 'permanent':
      return { action: 'give-up', reason: 'permanent' };
    case 'conflict':
      return decideConflict(entry, now);
    case 'transient':
    case 'throttled':
      return decideRetry(entry, now);
    default:
      return entry.verdict.kind satisfies never;
  }
}

function decideConflict(entry: Facts, now: number): Decision {
  const { conflict, question } = entry;
  if (!conflict && entry.uncertain) return { action: 'give-up', reason: 'unknown-result' };
  if (!conflict || isUnresolvable(conflict)) return { action: 'give-up', reason: 'conflict' };
  if (question && !hasOpenCall(entry)) {
    if (question.answer?.choice === 'abandon') {
      // Undo the completed steps first, as for any abandoned operation. Without the operation, there may be some.
      const mayHaveSteps = entry.failure?.undo?.length || isOperationMissing(entry);
      return mayHaveSteps ? { action: 'give-up', reason: 'abandoned' } : { action: 'discard' };
    }
    const isTooLate = now >= Date.parse(question.until);
    if (!question.answer) return isTooLate ? { action: 'give-up', reason: 'no-decision' } : { action: 'ask' };
  }
  return decideRetry({ ...entry, attempts: 0 }, now);
}

interface Ending {
  readonly now: number;
  /** Whether the config still has the dependency. Without it, nobody could do what else is decided. */
  readonly isRegistered: boolean;
  /** Whether there is proof that the open call had no effect. */
  readonly hadNoEffect?: boolean | undefined;
}

/** The reason of a dead letter for a failure that ends now. */
export function deadLetterReason(entry: Facts, { now, isRegistered, hadNoEffect = false }: Ending): DeadLetterReason {
  const decision = decide(entry, now);
  if (decision.action === 'give-up') return decision.reason;
  // A redrive looks for the open call's result, and then repeats only what may be repeated.
  if (hasOpenCall(entry) && !entry.inFlight?.repeatable && !hadNoEffect) return 'unknown-result';
  return isRegistered ? 'handler-failed' : 'unregistered';
}

function decideRetry(entry: Facts, now: number): Decision {
  const again = { action: entry.conflict ? 'resolve' : 'attempt' } as const;
  const notBefore = entry.notBefore === undefined ? now : Date.parse(entry.notBefore);
  if (hasOpenCall(entry)) {
    // A call without a result after its lease was interrupted, and may still have succeeded. The next attempt checks
    // the effects table, even if no attempts are left, and gives up if the result is unknown.
    const leaseEnd = entry.inFlight ? Date.parse(entry.inFlight.until) : now;
    const until = Math.max(leaseEnd, entry.held ? notBefore : 0);
    return until > now ? { action: 'wait', until } : again;
  }
  if (entry.uncertain) return { action: 'give-up', reason: 'unknown-result' };
  if (entry.attempts >= entry.attemptLimit) return { action: 'give-up', reason: 'exhausted' };
  const deadline = Date.parse(entry.deadline);
  if (now >= deadline || notBefore >= deadline) return { action: 'give-up', reason: 'deadline' };
  if (notBefore <= now) return again;
  const fallbackAt = Date.parse(entry.fallbackAt ?? entry.deadline);
  return { action: 'wait', until: fallbackAt > now ? Math.min(notBefore, fallbackAt) : notBefore };
}
