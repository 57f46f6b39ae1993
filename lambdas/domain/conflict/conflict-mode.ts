import type { ConflictRecord, UnresolvableReason } from '../../contract/conflict-record.ts';
import type { HttpOperation } from '../../contract/failure.ts';
import type { LedgerEntry } from '../../contract/ledger-entry.ts';
import { MAX_CONFLICT_ROUNDS } from '../../contract/limits.ts';
import type { DependencySettings } from '../../contract/settings.ts';
import type { Verdict } from '../../contract/verdict.ts';
import { knownEtags } from './etag.ts';

const WRITES: ReadonlySet<HttpOperation['method']> = new Set(['PUT', 'PATCH', 'DELETE']);
const UNRESOLVABLE: ReadonlySet<string> = new Set<UnresolvableReason>([
  'rejected',
  'not-a-write',
  'etag-missing',
  'contended',
]);

interface Subject {
  readonly failure?: { readonly operation: HttpOperation };
  readonly conflict?: ConflictRecord;
}

/**
 * The conflict's record after a verdict; undefined if the verdict is not `conflict`.
 *
 * @param sent the ETag refused in this round; empty if the round sent none
 */
export function nextConflictRecord(
  { kind }: Pick<Verdict, 'kind'>,
  { failure, conflict }: Subject,
  { conflict: { strategy } }: Pick<DependencySettings, 'conflict'>,
  sent?: string,
): ConflictRecord | undefined {
  if (kind !== 'conflict' || !failure) return undefined;
  const { operation } = failure;
  // Record the ETags even without a comparison: the strategy may change before a redrive.
  const refused = [...(conflict?.refused ?? []), ...(sent ? [sent] : [])];
  if (strategy === 'reject') return { rounds: 0, refused, end: 'rejected' };
  if (!WRITES.has(operation.method)) return { rounds: 0, refused, end: 'not-a-write' };
  if (!conflict) return { rounds: 0, refused: knownEtags(operation) };
  const rounds = conflict.rounds + 1;
  const { end: _, ...known } = conflict;
  return {
    ...known,
    rounds,
    refused,
    ...(rounds >= MAX_CONFLICT_ROUNDS && { end: 'contended' as const }),
  };
}

/** Whether the conflict has ended for good. */
export function isUnresolvable({ end }: ConflictRecord): boolean {
  return end !== undefined && UNRESOLVABLE.has(end);
}

/** Whether a human kept the current state, so that no call is needed. */
export function keepsTheirs({ question }: Pick<LedgerEntry, 'question'>): boolean {
  return question?.answer?.choice === 'theirs';
}

/** Number of the cycle's next question, from 1. */
export function questionNumber(last: { readonly id: string } | undefined): number {
  return last === undefined ? 1 : Number(last.id.split('.')[1]) + 1;
}
