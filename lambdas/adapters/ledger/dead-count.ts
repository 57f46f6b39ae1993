import { QueryCommand, type QueryCommandOutput } from '@aws-sdk/client-dynamodb';
import { DEAD_INDEX } from '../../contract/ledger-entry.ts';
import type { Table } from '../table.ts';

/** A number of dead letters, and whether there are more. */
interface DeadCount {
  readonly count: number;
  readonly isCut: boolean;
}

/**
 * Counts the dead letters of a dependency.
 *
 * @param mostPages pages of the index to read: 1 MB each, some thousand keys
 */
export async function deadCount(
  dependency: string,
  { client, table: TableName }: Table,
  mostPages: number,
): Promise<DeadCount> {
  const request = {
    TableName,
    IndexName: DEAD_INDEX,
    KeyConditionExpression: 'deadOf = :dependency',
    ExpressionAttributeValues: { ':dependency': { S: dependency } },
    Select: 'COUNT' as const,
  };
  let count = 0;
  let next: QueryCommandOutput['LastEvaluatedKey'];
  for (let page = 0; page < mostPages; page++) {
    const found = await client.send(new QueryCommand({ ...request, ExclusiveStartKey: next }));
    count += found.Count ?? 0;
    next = found.LastEvaluatedKey;
    if (!next) return { count, isCut: false };
  }
  return { count, isCut: true };
}
