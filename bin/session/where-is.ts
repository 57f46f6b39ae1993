import type { LedgerEntry } from '../../lambdas/contract/ledger-entry.ts';
import { shortTime } from './printer.ts';

/** Where a failure is, in one word. `undoing` and the later words come from its outcome or its undo. */
export const STATUSES = ['running', 'held', 'decision', 'undoing', 'dead', 'parked', 'ended'] as const;
export type Status = (typeof STATUSES)[number];

/** Where a failure is now, in one word. */
export function statusOf(entry: LedgerEntry, now: number): Status {
  const { state, outcome, question, notBefore, inFlight, undo } = entry;
  if (isParked(entry)) return 'parked';
  if (state === 'settled') return outcome === 'dead-lettered' ? 'dead' : 'ended';
  if (question && !question.answer) return 'decision';
  if (inFlight) return 'running';
  if (notBefore !== undefined && Date.parse(notBefore) > now) return 'held';
  return undo ? 'undoing' : 'running';
}

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
  if (undo) return 'undoing its completed steps';
  return tier === 'hot' ? 'with the lane worker' : 'in the Recovery machine';
}

const HELD_BY = {
  circuit: 'the circuit is open',
  'retry-budget': 'the retry budget is used up',
  execution: 'the execution is still running',
} as const satisfies Record<NonNullable<LedgerEntry['held']>, string>;

function isParked({ state, outcome, cycle, parkedAfter }: LedgerEntry): boolean {
  return state === 'settled' && outcome === 'dead-lettered' && parkedAfter === cycle;
}
