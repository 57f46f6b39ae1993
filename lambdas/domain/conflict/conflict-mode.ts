import type { ConflictRecord, UnresolvableReason } from '../../contract/conflict-record.ts';
import type { HttpOperation } from '../../contract/failure.ts';
import type { LedgerEntry } from '../../contract/ledger-entry.ts';
import { MAX_ROUNDS } from '../../contract/limits.ts';
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
 * What is known of a conflict after a verdict; undefined where the verdict is another.
 *
 * @param sent the ETag that was refused in a round; empty where none went along
 */
export function conflictAfter(
  { kind }: Pick<Verdict, 'kind'>,
  { failure, conflict }: Subject,
  { conflict: { strategy } }: Pick<DependencySettings, 'conflict'>,
  sent?: string,
): ConflictRecord | undefined {
  if (kind !== 'conflict' || !failure) return undefined;
  const { operation } = failure;
  // Kept also where nothing is compared: the strategy may have been another, and become that again.
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
    ...(rounds >= MAX_ROUNDS && { end: 'contended' as const }),
  };
}

/** Whether nothing is left to be tried at a conflict. */
export function isUnresolvable({ end }: ConflictRecord): boolean {
  return end !== undefined && UNRESOLVABLE.has(end);
}

/** Whether a human has kept what is there, so that no call is made. */
export function keepsTheirs({ question }: Pick<LedgerEntry, 'question'>): boolean {
  return question?.answer?.choice === 'theirs';
}

/** The number that a question of this cycle would have, from 1. */
export function questionNumber(last: { readonly id: string } | undefined): number {
  return last === undefined ? 1 : Number(last.id.split('.')[1]) + 1;
}
