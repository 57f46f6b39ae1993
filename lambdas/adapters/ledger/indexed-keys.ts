import { type AttributeValue, QueryCommand } from '@aws-sdk/client-dynamodb';
import { asFailureKey, type FailureKey } from '../../contract/failure-key.ts';
import type { Table } from '../table.ts';

interface Lookup {
  readonly index: string;
  /** Partition key of the index. */
  readonly attribute: string;
  readonly value: string;
}

/** Keys of all items of the ledger with this value, in the order of the index, page by page. */
export async function indexedKeys(
  { index: IndexName, attribute, value }: Lookup,
  { client, table: TableName }: Table,
): Promise<readonly FailureKey[]> {
  const keys: FailureKey[] = [];
  let ExclusiveStartKey: Record<string, AttributeValue> | undefined;
  do {
    const { Items = [], LastEvaluatedKey } = await client.send(
      new QueryCommand({
        TableName,
        IndexName,
        KeyConditionExpression: `${attribute} = :value`,
        ExpressionAttributeValues: { ':value': { S: value } },
        ExclusiveStartKey,
      }),
    );
    keys.push(...Items.flatMap(({ id }) => (id?.S === undefined ? [] : [asFailureKey(id.S)])));
    ExclusiveStartKey = LastEvaluatedKey;
  } while (ExclusiveStartKey);
  return keys;
}
