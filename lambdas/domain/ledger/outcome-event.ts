import { failureKey } from '../../contract/failure-key.ts';
import type { FallbackAnswer } from '../../contract/fallback-answer.ts';
import type { LedgerEntry, OutboxEntry } from '../../contract/ledger-entry.ts';
import { OUTCOME_FACTS, type Outcome } from '../../contract/outcomes.ts';
import { retryAfterSeconds } from '../fallback/fallback-answer.ts';
import { compensationOf, undoneCount } from '../undo/compensation.ts';

/** Builds the event that reports an outcome. Holds facts only; the body of a fallback's answer stays in the ledger. */
export function outcomeEvent(
  entry: LedgerEntry,
  outcome: Outcome,
  reason: string | undefined,
  answer?: FallbackAnswer,
): OutboxEntry | undefined {
  const detailType = OUTCOME_FACTS[outcome].event;
  if (detailType === undefined) return undefined;
  const eventId = `${failureKey(entry)}.${entry.cycle}.${outcome}`;
  const detail = {
    version: 1,
    eventId,
    id: entry.id,
    correlationId: entry.correlationId,
    dependency: entry.dependency,
    tenant: entry.tenant,
    priority: entry.priority,
    outcome,
    reason,
    verdict: entry.verdict.kind,
    category: entry.verdict.category,
    rule: entry.verdict.rule,
    attempts: entry.attempts,
    tier: entry.tier,
    cycle: entry.cycle,
    occurredAt: entry.occurredAt,
    conflict: entry.conflict?.end,
    winner: entry.conflict?.winner,
    rounds: entry.conflict?.rounds,
    compensation: outcome === 'dead-lettered' ? compensationOf(entry) : undefined,
    undone: outcome === 'compensated' ? undoneCount(entry) : undefined,
    fallback: answer?.fallback,
    statusCode: answer?.statusCode,
    retryAfter: answer && retryAfterSeconds(answer),
    ageMs: answer?.ageMs,
  };
  return { eventId, detailType, detail: JSON.stringify(detail) };
}
