import { type AttributeValue, QueryCommand } from '@aws-sdk/client-dynamodb';
import { asFailureKey, type FailureKey, failureName } from '../../contract/failure-key.ts';
import { DEAD_INDEX, type LedgerEntry, PENDING_INDEX } from '../../contract/ledger-entry.ts';
import { PENDING_SHARDS } from '../../domain/ledger/pending-shard.ts';
import type { Ledger } from '../../use-cases/ledger/ledger.ts';
import type { Table } from '../table.ts';

/** Keys of failures, and whether there are more than these. */
export interface FoundKeys {
  readonly keys: readonly FailureKey[];
  readonly isCut: boolean;
}

/** Keys of the failures without an outcome, or with an unpublished one. At most `most` of each shard. */
export function pendingKeys(table: Table, most: number): Promise<FoundKeys> {
  return keysOf(
    PENDING_SHARDS.map((value) => ({ index: PENDING_INDEX, attribute: 'pendingShard', value })),
    table,
    most,
  );
}

/** Keys of the dead letters of some dependencies, newest first. At most `most` of each. */
export function deadKeys(dependencies: readonly string[], table: Table, most: number): Promise<FoundKeys> {
  return keysOf(
    dependencies.map((value) => ({ index: DEAD_INDEX, attribute: 'deadOf', value })),
    table,
    most,
  );
}

interface Partition {
  readonly index: string;
  readonly attribute: string;
  readonly value: string;
}

async function keysOf(partitions: readonly Partition[], table: Table, most: number): Promise<FoundKeys> {
  const found = await Promise.all(partitions.map((each) => newestKeys(each, table, most)));
  // The index also lists records that are not failures.
  const keys = found.flatMap((each) => each.keys).filter((key) => !key.includes('#') && failureName(key) !== undefined);
  return { keys, isCut: found.some((each) => each.isCut) };
}

async function newestKeys(
  { index: IndexName, attribute, value }: Partition,
  { client, table: TableName }: Table,
  most: number,
): Promise<FoundKeys> {
  const keys: FailureKey[] = [];
  let ExclusiveStartKey: Record<string, AttributeValue> | undefined;
  do {
    const { Items = [], LastEvaluatedKey } = await client.send(
      new QueryCommand({
        TableName,
        IndexName,
        KeyConditionExpression: `${attribute} = :value`,
        ExpressionAttributeValues: { ':value': { S: value } },
        ScanIndexForward: false,
        Limit: most - keys.length,
        ExclusiveStartKey,
      }),
    );
    keys.push(...Items.flatMap(({ id }) => (id?.S === undefined ? [] : [asFailureKey(id.S)])));
    ExclusiveStartKey = LastEvaluatedKey;
  } while (ExclusiveStartKey && keys.length < most);
  return { keys, isCut: ExclusiveStartKey !== undefined };
}

/** Reads at once. */
const AT_ONCE = 25;

/** The failures with these keys, as far as the ledger still has them. */
export async function entriesOf(keys: readonly FailureKey[], ledger: Pick<Ledger, 'get'>): Promise<LedgerEntry[]> {
  const entries: LedgerEntry[] = [];
  for (let from = 0; from < keys.length; from += AT_ONCE) {
    const read = await Promise.all(keys.slice(from, from + AT_ONCE).map((key) => ledger.get(key)));
    // The ledger also stores items that are not failures.
    entries.push(...read.flatMap((entry) => (entry?.cycle === undefined ? [] : [entry])));
  }
  return entries;
}
