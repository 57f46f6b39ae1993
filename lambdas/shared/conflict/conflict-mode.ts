import type { HttpOperation } from '../boundary/failure.ts';
import type { DependencySettings } from '../boundary/settings.ts';
import type { Verdict } from '../classification/verdict.ts';
import type { ConflictRecord, Undecided, Unresolvable } from './conflict-record.ts';

/** Rounds of fetch, compare, resubmit that one cycle has. */
export const MAX_ROUNDS = 3;
/** Questions that one cycle has: whoever decides may always be too late. */
export const MAX_QUESTIONS = 5;

const WRITES: ReadonlySet<HttpOperation['method']> = new Set(['PUT', 'PATCH', 'DELETE']);
const UNRESOLVABLE: ReadonlySet<string> = new Set<Unresolvable>([
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
 * @param sent the ETag that was refused, where it was not the caller's
 */
export function conflictAfter(
  { kind }: Pick<Verdict, 'kind'>,
  { failure, conflict }: Subject,
  { conflict: { strategy } }: Pick<DependencySettings, 'conflict'>,
  sent?: string,
): ConflictRecord | undefined {
  if (kind !== 'conflict' || !failure) return undefined;
  const { method, ifMatch } = failure.operation;
  if (strategy === 'reject') return { rounds: 0, refused: [], end: 'rejected' };
  if (!WRITES.has(method)) return { rounds: 0, refused: [], end: 'not-a-write' };
  // Any state at all is what the caller asked for: no version has been refused.
  const stale = sent ?? (ifMatch === '*' ? undefined : ifMatch);
  if (!conflict) return { rounds: 0, refused: stale === undefined ? [] : [stale] };
  const rounds = conflict.rounds + 1;
  const { end: _, ...known } = conflict;
  return {
    ...known,
    rounds,
    refused: sent === undefined ? known.refused : [...known.refused, sent],
    ...(rounds >= MAX_ROUNDS && { end: 'contended' as const }),
  };
}

/** Whether nothing is left to be tried at a conflict. */
export function isUnresolvable({ end }: ConflictRecord): boolean {
  return end !== undefined && UNRESOLVABLE.has(end);
}

/** The number that a question of this cycle would have, from 1. */
export function questionNumber(last: { readonly id: string } | undefined): number {
  return last === undefined ? 1 : Number(last.id.split('.')[1]) + 1;
}

export type ConflictEnd = Undecided | Unresolvable;
