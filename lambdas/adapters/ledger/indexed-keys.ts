import { type AttributeValue, QueryCommand } from '@aws-sdk/client-dynamodb';
import { asFailureKey, type FailureKey } from '../../contract/failure-key.ts';
import type { Table } from '../table.ts';

/** A partition of an index of the ledger. */
export interface Partition {
  readonly index: string;
  /** Partition key of the index. */
  readonly attribute: string;
  readonly value: string;
  /** Least value of the sort key. @default - all */
  readonly from?: { readonly attribute: string; readonly value: string } | undefined;
}

/** The key of the last item that was read. */
export type Place = Record<string, AttributeValue>;

interface Reading {
  /** Most keys. @default - all */
  readonly most?: number;
  /** Where an earlier call stopped. @default - the beginning */
  readonly after?: Place | undefined;
  /** @default false */
  readonly isReversed?: boolean;
}

/** Keys of all items of the ledger with this value, in the order of the index. */
export async function indexedKeys(partition: Partition, table: Table): Promise<readonly FailureKey[]> {
  const { keys } = await keysFrom(partition, table);
  return keys;
}

/** Keys of a partition, page by page, and the place to continue at. No place: there are no more. */
export async function keysFrom(
  { index: IndexName, attribute, value, from }: Partition,
  { client, table: TableName }: Table,
  { most = Number.POSITIVE_INFINITY, after, isReversed = false }: Reading = {},
): Promise<{ readonly keys: readonly FailureKey[]; readonly place: Place | undefined }> {
  const keys: FailureKey[] = [];
  let place = after;
  do {
    const { Items = [], LastEvaluatedKey } = await client.send(
      new QueryCommand({
        TableName,
        IndexName,
        KeyConditionExpression: `${attribute} = :value${from ? ` AND ${from.attribute} >= :from` : ''}`,
        ExpressionAttributeValues: { ':value': { S: value }, ...(from ? { ':from': { S: from.value } } : {}) },
        ScanIndexForward: !isReversed,
        Limit: Number.isFinite(most) ? most - keys.length : undefined,
        ExclusiveStartKey: place,
      }),
    );
    keys.push(...Items.flatMap(({ id }) => (id?.S === undefined ? [] : [asFailureKey(id.S)])));
    place = LastEvaluatedKey;
  } while (place && keys.length < most);
  return { keys, place };
}
