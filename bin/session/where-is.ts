import type { LedgerEntry } from '../../lambdas/contract/ledger-entry.ts';
import { isParked } from '../../lambdas/domain/ledger/failure-status.ts';
import { shortTime } from './printer.ts';

/** Where a failure is now, as a phrase. */
export function whereIs(entry: LedgerEntry, now: number): string {
  const { state, outcome, reason, tier, question, notBefore, held, inFlight, undo } = entry;
  if (isParked(entry)) return `parked, all cycles used up: ${reason}`;
  if (state === 'settled')
    return outcome === 'dead-lettered' ? `in the dead-letter queue of its lane: ${reason}` : `settled: ${outcome}`;
  if (question && !question.answer)
    return `waits for a human decision until ${shortTime(question.until)} (question ${question.id})`;
  if (inFlight) return 'call in progress';
  if (notBefore !== undefined && Date.parse(notBefore) > now) {
    const because = held === undefined ? 'the dependency asked for the delay' : HELD_BY[held];
    return `waits until ${shortTime(notBefore)}: ${because}`;
  }
  if (held !== undefined) return `waits for its turn: ${HELD_BY[held]}`;
  if (undo) return 'undoing its completed steps';
  return tier === 'hot' ? 'with the lane worker' : 'in the Recovery machine';
}

const HELD_BY = {
  circuit: 'the circuit is open',
  'retry-budget': 'the retry budget is used up',
  execution: 'the execution is still running',
} as const satisfies Record<NonNullable<LedgerEntry['held']>, string>;
