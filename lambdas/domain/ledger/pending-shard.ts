import type { LedgerEntry } from '../../contract/ledger-entry.ts';

/** The index of unfinished entries is spread over this many partitions, because one takes at most 1,000 writes a second. */
const SHARDS = 8;

/** Where failures are listed that wait for a human, who looks at all of them at once. */
export const QUESTION_SHARD = 'question';

export const PENDING_SHARDS: readonly string[] = [
  ...Array.from({ length: SHARDS }, (_, shard) => `pending-${shard}`),
  QUESTION_SHARD,
];

/** Where an unfinished entry is listed. */
export function pendingShardOf({ id, question }: Pick<LedgerEntry, 'id' | 'question'>): string {
  return question && !question.answer ? QUESTION_SHARD : pendingShard(id);
}

export function pendingShard(id: string): string {
  const sum = [...id].reduce((total, character) => total + character.charCodeAt(0), 0);
  return `pending-${sum % SHARDS}`;
}

/** What is not finished. */
export interface Backlog {
  /** Failures that have no outcome yet, or one of which nobody was told so far. */
  readonly open: number;
  /** Questions that wait for a human, or whose answer was just given. */
  readonly questions: number;
}
