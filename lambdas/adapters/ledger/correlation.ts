import { paginateQuery } from '@aws-sdk/client-dynamodb';
import { CORRELATION_INDEX, FAILURE_ID, FAILURE_INDEX } from '../../contract/ledger-entry.ts';
import { asFailureKey, type FailureKey } from '../../domain/ledger/failure-key.ts';
import type { Table } from '../table.ts';

/** Keys of the failures of one correlation id, oldest first. */
export function failuresOf(correlationId: string, table: Table): Promise<readonly FailureKey[]> {
  return keysIn(CORRELATION_INDEX, 'correlationId', correlationId, table);
}

/** Keys of the failures with one id, of any dependency and tenant, oldest first. */
export function failuresWithId(id: string, table: Table): Promise<readonly FailureKey[]> {
  return keysIn(FAILURE_INDEX, FAILURE_ID, id, table);
}

async function keysIn(
  IndexName: string,
  attribute: string,
  sought: string,
  { client, table: TableName }: Table,
): Promise<readonly FailureKey[]> {
  const request = {
    TableName,
    IndexName,
    KeyConditionExpression: `${attribute} = :sought`,
    ExpressionAttributeValues: { ':sought': { S: sought } },
  };
  const keys: FailureKey[] = [];
  for await (const { Items = [] } of paginateQuery({ client }, request)) {
    keys.push(...Items.flatMap(({ id }) => (id?.S === undefined ? [] : [asFailureKey(id.S)])));
  }
  return keys;
}
