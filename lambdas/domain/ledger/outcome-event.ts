import type { FallbackAnswer } from '../../contract/fallback-answer.ts';
import type { LedgerEntry, OutboxEntry, Outcome } from '../../contract/ledger-entry.ts';
import { retryAfterSeconds } from '../fallback/fallback-answer.ts';
import { compensationOf, undoneCount } from '../undo/compensation.ts';

/** Source of every event that Backstop publishes. */
export const EVENT_SOURCE = 'backstop';

const DETAIL_TYPES: Readonly<Record<Outcome, string | undefined>> = {
  recovered: 'Operation Recovered',
  resolved: 'Operation Resolved',
  degraded: 'Operation Degraded',
  compensated: 'Operation Compensated',
  'dead-lettered': 'Operation Dead-Lettered',
  discarded: 'Operation Discarded',
  // Nothing went wrong, so there is nothing to report.
  ignored: undefined,
};

/** Builds the event that reports an outcome. Holds facts only; the body of a fallback's answer stays in the ledger. */
export function outcomeEvent(
  entry: LedgerEntry,
  outcome: Outcome,
  reason: string | undefined,
  answer?: FallbackAnswer,
): OutboxEntry | undefined {
  const detailType = DETAIL_TYPES[outcome];
  if (detailType === undefined) return undefined;
  const eventId = `${entry.id}.${entry.cycle}.${outcome}`;
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
    ...(entry.conflict && {
      conflict: entry.conflict.end,
      winner: entry.conflict.winner,
      rounds: entry.conflict.rounds,
    }),
    ...(outcome === 'dead-lettered' && { compensation: compensationOf(entry) }),
    ...(outcome === 'compensated' && { undone: undoneCount(entry) }),
    ...(answer && {
      fallback: answer.fallback,
      statusCode: answer.statusCode,
      retryAfter: retryAfterSeconds(answer),
      ageMs: answer.ageMs,
    }),
  };
  return { eventId, detailType, detail: JSON.stringify(detail) };
}
