import type { LedgerEntry } from '../../contract/ledger-entry.ts';

/** Partitions of the index of unfinished entries. One partition takes at most 1,000 writes per second. */
const SHARDS = 8;

/** Partition of failures that wait for a human. A separate one, because humans list all of them together. */
export const QUESTION_SHARD = 'question';

/** All partitions of the index of unfinished entries. */
export const PENDING_SHARDS: readonly string[] = [
  ...Array.from({ length: SHARDS }, (_, shard) => `pending-${shard}`),
  QUESTION_SHARD,
];

/** The index partition of an unfinished entry. */
export function pendingShardOf({ id, question }: Pick<LedgerEntry, 'id' | 'question'>): string {
  return question && !question.answer ? QUESTION_SHARD : pendingShard(id);
}

export function pendingShard(id: string): string {
  const sum = [...id].reduce((total, character) => total + character.charCodeAt(0), 0);
  return `pending-${sum % SHARDS}`;
}

/** Unfinished work in the ledger. */
export interface Backlog {
  /** Failures without an outcome, or with an unpublished one. */
  readonly open: number;
  /** Questions that wait for a human, or have just been answered. */
  readonly questions: number;
}
