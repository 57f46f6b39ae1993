import type { DeadLetterReason } from '../../contract/errors.ts';
import type { LedgerEntry } from '../../contract/ledger-entry.ts';
import { isUnresolvable } from '../conflict/conflict-mode.ts';

export type Decision =
  | { readonly action: 'attempt' }
  /** Another round of fetch, compare, resubmit. */
  | { readonly action: 'resolve' }
  /** A question waits for a human. */
  | { readonly action: 'ask' }
  | { readonly action: 'wait'; readonly until: number }
  | { readonly action: 'give-up'; readonly reason: DeadLetterReason }
  /** A human has abandoned the operation. */
  | { readonly action: 'discard' }
  | { readonly action: 'ignore' };

type Facts = Pick<
  LedgerEntry,
  | 'failure'
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

/** What happens next with an open failure. Pure, and the only place where this is decided. */
export function decide(entry: Facts, now: number): Decision {
  // What has been undone so far would be missing from an operation that is made after all.
  if (entry.undo) return { action: 'give-up', reason: entry.undo.reason };
  switch (entry.verdict.kind) {
    case 'expected':
      return { action: 'ignore' };
    case 'permanent':
      return { action: 'give-up', reason: 'permanent' };
    case 'conflict':
      return overConflict(entry, now);
    case 'transient':
    case 'throttled':
      return mayTryAgain(entry, now);
    default:
      return entry.verdict.kind satisfies never;
  }
}

function overConflict(entry: Facts, now: number): Decision {
  const { conflict, question, inFlight } = entry;
  if (!conflict || isUnresolvable(conflict)) return { action: 'give-up', reason: 'conflict' };
  if (question && !inFlight) {
    if (question.answer?.choice === 'abandon') {
      // What was completed before it is undone, as for any operation that is given up.
      return entry.failure?.undo?.length ? { action: 'give-up', reason: 'abandoned' } : { action: 'discard' };
    }
    const isTooLate = now >= Date.parse(question.until);
    if (!question.answer) return isTooLate ? { action: 'give-up', reason: 'no-decision' } : { action: 'ask' };
  }
  return mayTryAgain({ ...entry, attempts: 0 }, now);
}

/** Why a failure that ends now is a dead letter. */
export function reasonOf(decision: Decision): DeadLetterReason {
  return decision.action === 'give-up' ? decision.reason : 'handler-failed';
}

function mayTryAgain(entry: Facts, now: number): Decision {
  const again = { action: entry.conflict ? 'resolve' : 'attempt' } as const;
  const notBefore = entry.notBefore === undefined ? now : Date.parse(entry.notBefore);
  if (entry.inFlight) {
    // Once its time is over, a call that left no trace was cut off. It may have ended well for all that: the next attempt
    // looks in the effects table, even where no further call is left, and gives up where it can't tell.
    const until = Math.max(Date.parse(entry.inFlight.until), entry.held ? notBefore : 0);
    return until > now ? { action: 'wait', until } : again;
  }
  if (entry.uncertain === 'reported' || entry.uncertain === 'attempt') {
    return { action: 'give-up', reason: 'unknown-result' };
  }
  if (entry.attempts >= entry.attemptLimit) return { action: 'give-up', reason: 'exhausted' };
  const deadline = Date.parse(entry.deadline);
  if (now >= deadline || notBefore >= deadline) return { action: 'give-up', reason: 'deadline' };
  if (notBefore <= now) return again;
  const fallbackAt = Date.parse(entry.fallbackAt ?? entry.deadline);
  return { action: 'wait', until: fallbackAt > now ? Math.min(notBefore, fallbackAt) : notBefore };
}
