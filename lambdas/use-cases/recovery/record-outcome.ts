import type { FallbackAnswer } from '../../contract/fallback-answer.ts';
import type { LedgerEntry } from '../../contract/ledger-entry.ts';
import type { Outcome } from '../../contract/outcomes.ts';
import { outcomeEvent } from '../../domain/ledger/outcome-event.ts';
import type { Ledger } from '../ledger/ledger.ts';

/**
 * Records an outcome and its event in one write.
 *
 * @param answer the fallback's answer, if the outcome is `degraded`
 * @returns the entry with the outcome that stands, which an earlier writer may have recorded
 */
export function recordOutcome(
  entry: LedgerEntry,
  outcome: Outcome,
  ledger: Ledger,
  reason?: string,
  answer?: FallbackAnswer,
): Promise<LedgerEntry> {
  const outbox = outcomeEvent(entry, outcome, reason, answer);
  return ledger.settle(entry, { outcome, reason, answer, outbox });
}
