import { type DynamoDBClient, paginateQuery } from '@aws-sdk/client-dynamodb';
import { PENDING_INDEX } from '../../contract/ledger-entry.ts';
import { type Backlog, PENDING_SHARDS, QUESTION_SHARD } from '../../domain/ledger/pending-shard.ts';
import type { Table } from '../table.ts';

/** Counts open failures and open questions by the ledger's index, which reads keys only. */
export async function backlog({ client, table }: Table): Promise<Backlog> {
  const counts = await Promise.all(
    PENDING_SHARDS.map(async (shard) => [shard, await countOf(shard, client, table)] as const),
  );
  const byShard = Object.fromEntries(counts);
  const questions = byShard[QUESTION_SHARD] ?? 0;
  return { questions, open: counts.reduce((sum, [, count]) => sum + count, 0) - questions };
}

async function countOf(shard: string, client: DynamoDBClient, TableName: string): Promise<number> {
  const request = {
    TableName,
    IndexName: PENDING_INDEX,
    KeyConditionExpression: 'pendingShard = :shard',
    ExpressionAttributeValues: { ':shard': { S: shard } },
    Select: 'COUNT' as const,
  };
  let sum = 0;
  for await (const { Count = 0 } of paginateQuery({ client }, request)) sum += Count;
  return sum;
}
