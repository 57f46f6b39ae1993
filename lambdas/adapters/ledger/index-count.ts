import { QueryCommand, type QueryCommandOutput } from '@aws-sdk/client-dynamodb';
import { DEAD_INDEX } from '../../contract/ledger-entry.ts';
import type { Table } from '../table.ts';

/** A number of items of an index, and whether there are more. */
interface IndexCount {
  readonly count: number;
  readonly isCut: boolean;
}

/** One partition of an index. */
interface Partition {
  readonly index: string;
  readonly attribute: string;
  readonly value: string;
}

/**
 * Counts the items of one partition of an index, which reads keys only.
 *
 * @param mostPages pages of the index to read: 1 MB each, some thousand keys
 */
export async function indexCount(
  { index, attribute, value }: Partition,
  { client, table }: Table,
  mostPages = Number.POSITIVE_INFINITY,
): Promise<IndexCount> {
  const request = {
    TableName: table,
    IndexName: index,
    KeyConditionExpression: `${attribute} = :value`,
    ExpressionAttributeValues: { ':value': { S: value } },
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

/** Counts the dead letters of a dependency. */
export function deadCount(dependency: string, table: Table, mostPages: number): Promise<IndexCount> {
  return indexCount({ index: DEAD_INDEX, attribute: 'deadOf', value: dependency }, table, mostPages);
}
