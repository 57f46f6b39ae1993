import type { Ledger } from '../ledger/ledger.ts';
import type { LedgerEntry, Outcome } from '../ledger/ledger-entry.ts';
import { outcomeEvent } from '../ledger/outcome-event.ts';

/** Records an outcome together with the event that tells of it. Answers the entry with the outcome that stands. */
export function conclude(entry: LedgerEntry, outcome: Outcome, ledger: Ledger, reason?: string): Promise<LedgerEntry> {
  const outbox = outcomeEvent(entry, outcome, reason);
  return ledger.settle(entry, { outcome, ...(reason !== undefined && { reason }), ...(outbox && { outbox }) });
}
