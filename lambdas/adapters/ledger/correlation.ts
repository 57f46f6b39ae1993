import { type AttributeValue, QueryCommand } from '@aws-sdk/client-dynamodb';
import { asFailureKey, type FailureKey } from '../../contract/failure-key.ts';
import { CORRELATION_INDEX, FAILURE_ID, FAILURE_INDEX } from '../../contract/ledger-entry.ts';
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
  const keys: FailureKey[] = [];
  let ExclusiveStartKey: Record<string, AttributeValue> | undefined;
  do {
    const { Items = [], LastEvaluatedKey } = await client.send(
      new QueryCommand({
        TableName,
        IndexName,
        KeyConditionExpression: `${attribute} = :sought`,
        ExpressionAttributeValues: { ':sought': { S: sought } },
        ExclusiveStartKey,
      }),
    );
    keys.push(...Items.flatMap(({ id }) => (id?.S === undefined ? [] : [asFailureKey(id.S)])));
    ExclusiveStartKey = LastEvaluatedKey;
  } while (ExclusiveStartKey);
  return keys;
}
