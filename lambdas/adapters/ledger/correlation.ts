import { paginateQuery } from '@aws-sdk/client-dynamodb';
import { CORRELATION_INDEX } from '../../contract/ledger-entry.ts';
import type { Table } from '../table.ts';

/** Ids of the failures of one correlation id, oldest first. */
export async function failuresOf(
  correlationId: string,
  { client, table: TableName }: Table,
): Promise<readonly string[]> {
  const request = {
    TableName,
    IndexName: CORRELATION_INDEX,
    KeyConditionExpression: 'correlationId = :sought',
    ExpressionAttributeValues: { ':sought': { S: correlationId } },
  };
  const ids: string[] = [];
  for await (const { Items = [] } of paginateQuery({ client }, request)) {
    ids.push(...Items.flatMap(({ id }) => (id?.S === undefined ? [] : [id.S])));
  }
  return ids;
}
