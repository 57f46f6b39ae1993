import type { LedgerEntry } from '../../contract/ledger-entry.ts';

/** Where a failure is, in one word. `undoing` and the later words come from its outcome or its undo. */
export const STATUSES = ['running', 'held', 'decision', 'undoing', 'dead', 'parked', 'ended'] as const;
export type FailureStatus = (typeof STATUSES)[number];

/** Where a failure is now, in one word. Every count of failures goes by it, so each failure counts once. */
export function statusOf(entry: LedgerEntry, now: number): FailureStatus {
  const { state, outcome, question, notBefore, held, inFlight, undo } = entry;
  if (isParked(entry)) return 'parked';
  if (state === 'settled') return outcome === 'dead-lettered' ? 'dead' : 'ended';
  if (question && !question.answer) return 'decision';
  if (inFlight) return 'running';
  // It stays held until its next call, although its time to ask again has come: the line may be long.
  if (held !== undefined || (notBefore !== undefined && Date.parse(notBefore) > now)) return 'held';
  return undo ? 'undoing' : 'running';
}

export function isParked({ state, outcome, cycle, parkedAfter }: LedgerEntry): boolean {
  return state === 'settled' && outcome === 'dead-lettered' && parkedAfter === cycle;
}
