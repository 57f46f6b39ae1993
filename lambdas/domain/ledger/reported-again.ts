import type { Failure } from '../../contract/failure.ts';
import type { LedgerEntry } from '../../contract/ledger-entry.ts';
import { OUTCOME_FACTS } from '../../contract/outcomes.ts';

/**
 * How long callers repeat a request that Backstop has done meanwhile, in milliseconds: the longest visibility timeout
 * of SQS. Lambda repeats an event for 6 hours at most.
 */
const CALLERS_REPEAT_MS = 12 * 3_600_000;

/**
 * Whether an event with the id of a settled failure tells of a failure after that outcome. A copy of the event does
 * not, however late it arrives, nor does a report from before the outcome. Once the operation is done, callers may
 * still repeat it for a while, and need nothing more.
 */
export function isReportedAgain(
  { occurredAt }: Pick<Failure, 'occurredAt'>,
  { outcome, settledAt, occurredAt: firstOccurredAt }: Pick<LedgerEntry, 'outcome' | 'settledAt' | 'occurredAt'>,
): boolean {
  if (outcome === undefined || settledAt === undefined || occurredAt === firstOccurredAt) return false;
  const sinceMs = Date.parse(occurredAt) - Date.parse(settledAt);
  return sinceMs > (OUTCOME_FACTS[outcome].isDone ? CALLERS_REPEAT_MS : 0);
}
