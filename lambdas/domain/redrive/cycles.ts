import type { LedgerEntry } from '../../contract/ledger-entry.ts';
import type { RedriveSettings } from '../../contract/settings.ts';

/** Total cycles of a failure, from config and ledger. Ignores the dead letter, which anybody may have written. */
function cyclesOf({ cyclesAllowed = 0 }: Pick<LedgerEntry, 'cyclesAllowed'>, { maxCycles }: RedriveSettings): number {
  return Math.max(maxCycles, cyclesAllowed);
}

/** Whether a dead-lettered failure has used up its cycles. */
export function hasNoCyclesLeft(entry: LedgerEntry, settings: RedriveSettings): boolean {
  return entry.outcome === 'dead-lettered' && entry.cycle >= cyclesOf(entry, settings);
}
