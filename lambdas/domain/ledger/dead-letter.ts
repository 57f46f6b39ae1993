import type { Compensation } from '../../contract/compensation.ts';
import type { LedgerEntry } from '../../contract/ledger-entry.ts';
import { type DeadLetterReason, deadLetterSection } from '../../contract/reasons.ts';
import { iso } from '../../contract/time.ts';
import type { Category, VerdictKind } from '../../contract/verdict.ts';
import { compensationOf, type StepReport, stepReports } from '../undo/compensation.ts';

/** A message in a lane's dead-letter queue. Holds facts only; a redrive takes the operation from the ledger. */
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
  /** Why the conflict was not settled. */
  readonly conflict?: string;
  readonly compensation: Compensation;
  /** Undo progress of each step. Present once the undo has begun. */
  readonly undo?: readonly StepReport[];
  readonly occurredAt: string;
  readonly deadLetteredAt: string;
  /** Link to the runbook section for the reason. */
  readonly runbook: string;
}

/** Half-done work needs immediate attention. */
const UNDO_INCOMPLETE_PRIORITY = 'P1';

/** Builds a failure's dead letter. An incomplete undo raises its priority to P1. */
export function createDeadLetter(
  entry: LedgerEntry,
  { reason, now, runbookUrl }: { readonly reason: DeadLetterReason; readonly now: number; readonly runbookUrl: string },
): DeadLetter {
  const compensation = compensationOf(entry);
  return {
    kind: 'backstop-dead-letter',
    version: 1,
    id: entry.id,
    cycle: entry.cycle,
    correlationId: entry.correlationId,
    dependency: entry.dependency,
    tenant: entry.tenant,
    priority: compensation === 'incomplete' ? UNDO_INCOMPLETE_PRIORITY : entry.priority,
    reason,
    verdict: entry.verdict.kind,
    category: entry.verdict.category,
    rule: entry.verdict.rule,
    attempts: entry.attempts,
    conflict: entry.verdict.kind === 'conflict' ? entry.conflict?.end : undefined,
    compensation,
    undo: entry.undo && stepReports(entry.undo),
    occurredAt: entry.occurredAt,
    deadLetteredAt: iso(now),
    runbook: `${runbookUrl}#${deadLetterSection(reason)}`,
  };
}
