import { type AttributeValue, QueryCommand } from '@aws-sdk/client-dynamodb';
import { asFailureKey, type FailureKey, failureName } from '../../contract/failure-key.ts';
import { DEAD_INDEX, type LedgerEntry, PENDING_INDEX } from '../../contract/ledger-entry.ts';
import { ownMember } from '../../contract/own-member.ts';
import { PENDING_SHARDS } from '../../domain/ledger/pending-shard.ts';
import type { Ledger } from '../../use-cases/ledger/ledger.ts';
import type { Table } from '../table.ts';

/** Keys of failures, and whether there are more than these. */
export interface FoundKeys {
  readonly keys: readonly FailureKey[];
  readonly isCut: boolean;
  /** Where to continue in each partition, by its name. Absent: it has no more. */
  readonly places: Places;
}

/** The last keys that were read, by the names of partitions. */
export type Places = Readonly<Record<string, Record<string, AttributeValue>>>;

/**
 * Keys of the failures without an outcome, or with an unpublished one. At most `most` of each shard.
 *
 * @param after where an earlier call stopped; reads only what has more. @default - reads from the beginning
 */
export function pendingKeys(table: Table, most: number, after?: Places): Promise<FoundKeys> {
  const all = PENDING_SHARDS.map((value) => ({ index: PENDING_INDEX, attribute: 'pendingShard', value }));
  return keysOf(all, table, most, after);
}

/**
 * Keys of the dead letters of some dependencies, newest first. At most `most` of each.
 *
 * @param after as for {@link pendingKeys}
 */
export function deadKeys(
  dependencies: readonly string[],
  table: Table,
  most: number,
  after?: Places,
): Promise<FoundKeys> {
  const all = dependencies.map((value) => ({ index: DEAD_INDEX, attribute: 'deadOf', value }));
  return keysOf(all, table, most, after);
}

interface Partition {
  readonly index: string;
  readonly attribute: string;
  readonly value: string;
}

async function keysOf(
  partitions: readonly Partition[],
  table: Table,
  most: number,
  after?: Places,
): Promise<FoundKeys> {
  const open = partitions.filter(({ value }) => after === undefined || ownMember(after, value) !== undefined);
  const found = await Promise.all(
    open.map(async (each) => ({
      each,
      ...(await newestKeys(each, table, most, after && ownMember(after, each.value))),
    })),
  );
  // The index also lists records that are not failures.
  const keys = found.flatMap((part) => part.keys).filter((key) => !key.includes('#') && failureName(key) !== undefined);
  const places = Object.fromEntries(found.flatMap(({ each, place }) => (place ? [[each.value, place]] : [])));
  return { keys, isCut: Object.keys(places).length > 0, places };
}

async function newestKeys(
  { index: IndexName, attribute, value }: Partition,
  { client, table: TableName }: Table,
  most: number,
  after?: Record<string, AttributeValue>,
) {
  const keys: FailureKey[] = [];
  let place = after;
  do {
    const { Items = [], LastEvaluatedKey } = await client.send(
      new QueryCommand({
        TableName,
        IndexName,
        KeyConditionExpression: `${attribute} = :value`,
        ExpressionAttributeValues: { ':value': { S: value } },
        ScanIndexForward: false,
        Limit: most - keys.length,
        ExclusiveStartKey: place,
      }),
    );
    keys.push(...Items.flatMap(({ id }) => (id?.S === undefined ? [] : [asFailureKey(id.S)])));
    place = LastEvaluatedKey;
  } while (place && keys.length < most);
  return { keys, place };
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
