import type { FallbackAnswer } from '../../contract/fallback-answer.ts';
import type { Ledger } from '../../use-cases/ledger/ledger.ts';
import type { LedgerEntry, Outcome } from '../ledger/ledger-entry.ts';
import { outcomeEvent } from '../ledger/outcome-event.ts';

/**
 * Records an outcome together with the event that tells of it. Answers the entry with the outcome that stands.
 *
 * @param answer what the fallback answered, where the outcome is `degraded`
 */
export function conclude(
  entry: LedgerEntry,
  outcome: Outcome,
  ledger: Ledger,
  reason?: string,
  answer?: FallbackAnswer,
): Promise<LedgerEntry> {
  const outbox = outcomeEvent(entry, outcome, reason, answer);
  return ledger.settle(entry, {
    outcome,
    ...(reason !== undefined && { reason }),
    ...(answer && { answer }),
    ...(outbox && { outbox }),
  });
}
