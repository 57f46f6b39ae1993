import type { Category, VerdictKind } from '../classification/verdict.ts';
import type { GiveUpReason } from '../errors.ts';
import type { LedgerEntry } from './ledger-entry.ts';

/** `handler-failed`: Backstop itself could not bring the failure to an end. */
export type DeadLetterReason = GiveUpReason | 'handler-failed';

/** What lies in a lane's dead-letter queue: facts only. The operation stays in the ledger, from where a redrive takes it. */
export interface DeadLetter {
  readonly kind: 'backstop-dead-letter';
  readonly version: 1;
  readonly id: string;
  readonly cycle: number;
  readonly correlationId: string;
  readonly dependency: string;
  readonly tenant?: string;
  readonly priority: string;
  readonly reason: DeadLetterReason;
  readonly verdict: VerdictKind;
  readonly category: Category;
  readonly rule: string;
  readonly attempts: number;
  /** Why a conflict was not settled. */
  readonly conflict?: string;
  /** Whether reported steps have been undone. `not-run`: there are some, and none has been. */
  readonly compensation: 'none' | 'not-run';
  readonly occurredAt: string;
  readonly deadLetteredAt: string;
  /** Section that says what to do. */
  readonly runbook: string;
}

export function deadLetter(
  entry: LedgerEntry,
  { reason, now, runbookUrl }: { readonly reason: DeadLetterReason; readonly now: number; readonly runbookUrl: string },
): DeadLetter {
  return {
    kind: 'backstop-dead-letter',
    version: 1,
    id: entry.id,
    cycle: entry.cycle,
    correlationId: entry.correlationId,
    dependency: entry.dependency,
    ...(entry.tenant === undefined ? {} : { tenant: entry.tenant }),
    priority: entry.priority,
    reason,
    verdict: entry.verdict.kind,
    category: entry.verdict.category,
    rule: entry.verdict.rule,
    attempts: entry.attempts,
    ...(entry.verdict.kind === 'conflict' && entry.conflict?.end && { conflict: entry.conflict.end }),
    compensation: entry.failure?.undo?.length ? 'not-run' : 'none',
    occurredAt: entry.occurredAt,
    deadLetteredAt: new Date(now).toISOString(),
    runbook: `${runbookUrl}#dead-letter-${reason}`,
  };
}
