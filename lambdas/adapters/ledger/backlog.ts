import { PENDING_INDEX } from '../../contract/ledger-entry.ts';
import { type Backlog, PENDING_SHARDS, QUESTION_SHARD } from '../../domain/ledger/pending-shard.ts';
import type { Table } from '../table.ts';
import { indexCount } from './index-count.ts';

/** Counts open failures and open questions by the ledger's index. */
export async function backlog(table: Table): Promise<Backlog> {
  const counts = await Promise.all(
    PENDING_SHARDS.map(async (value) => {
      const { count } = await indexCount({ index: PENDING_INDEX, attribute: 'pendingShard', value }, table);
      return [value, count] as const;
    }),
  );
  const byShard = Object.fromEntries(counts);
  const questions = byShard[QUESTION_SHARD] ?? 0;
  return { questions, open: counts.reduce((sum, [, count]) => sum + count, 0) - questions };
}
