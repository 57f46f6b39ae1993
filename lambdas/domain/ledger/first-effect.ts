import type { LedgerEntry } from '../../contract/ledger-entry.ts';

type Facts = Pick<LedgerEntry, 'possibleEffect' | 'possibleEffectAt' | 'occurredAt' | 'receivedAt' | 'inFlight'>;

/** When the first call was made that may have had an effect, in epoch milliseconds. Undefined if none was. */
export function firstEffectAt({
  possibleEffect,
  possibleEffectAt,
  occurredAt,
  receivedAt,
  inFlight,
}: Facts): number | undefined {
  if (possibleEffectAt !== undefined) return Date.parse(possibleEffectAt);
  // Earlier versions did not note it. No call of the operation was made before it failed.
  if (possibleEffect === true) return Math.min(Date.parse(occurredAt), Date.parse(receivedAt));
  return inFlight && Date.parse(inFlight.until);
}
