import type { LedgerEntry } from '../../contract/ledger-entry.ts';
import type { RedriveSettings } from '../../contract/settings.ts';

/** Cycles that a failure gets in all. What a letter says counts for nothing: anybody may have written it. */
function cyclesOf({ cyclesAllowed = 0 }: Pick<LedgerEntry, 'cyclesAllowed'>, { maxCycles }: RedriveSettings): number {
  return Math.max(maxCycles, cyclesAllowed);
}

/** Whether a dead-lettered failure may not be opened again. */
export function isSpent(entry: LedgerEntry, settings: RedriveSettings): boolean {
  return entry.outcome === 'dead-lettered' && entry.cycle >= cyclesOf(entry, settings);
}
