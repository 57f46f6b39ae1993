import { type FailureKey, failureName } from '../../contract/failure-key.ts';
import { CORRELATION_INDEX, DEAD_INDEX, type LedgerEntry, PENDING_INDEX } from '../../contract/ledger-entry.ts';
import { ownMember } from '../../contract/own-member.ts';
import { iso } from '../../contract/time.ts';
import { PENDING_SHARDS } from '../../domain/ledger/pending-shard.ts';
import type { Ledger } from '../../use-cases/ledger/ledger.ts';
import type { Table } from '../table.ts';
import { keysFrom, type Partition, type Place } from './indexed-keys.ts';

/** Keys of failures, and whether there are more than these. */
export interface FoundKeys {
  readonly keys: readonly FailureKey[];
  readonly isCut: boolean;
  /** Where to continue in each partition, by its name. Absent: it has no more. */
  readonly places: Places;
}

/** The last keys that were read, by the names of partitions. */
export type Places = Readonly<Record<string, Place>>;

/**
 * Keys of the failures without an outcome, or with an unpublished one. At most `most` of each shard.
 *
 * @param after where an earlier call stopped; reads only what has more. @default - reads from the beginning
 * @param shards which ones. @default - all
 */
export function pendingKeys(
  table: Table,
  most: number,
  after?: Places,
  shards: readonly string[] = PENDING_SHARDS,
): Promise<FoundKeys> {
  const all = shards.map((value) => ({ index: PENDING_INDEX, attribute: 'pendingShard', value }));
  return keysOf(all, table, most, after);
}

/**
 * Keys of the dead letters of some dependencies, newest first. At most `most` of each.
 *
 * @param after as for {@link pendingKeys}
 * @param since only those written then or later, in epoch milliseconds. @default - all
 */
export function deadKeys(
  dependencies: readonly string[],
  table: Table,
  most: number,
  after?: Places,
  since?: number,
): Promise<FoundKeys> {
  const from = since === undefined ? undefined : { attribute: 'settledAt', value: iso(since) };
  const all = dependencies.map((value) => ({ index: DEAD_INDEX, attribute: 'deadOf', value, from }));
  return keysOf(all, table, most, after);
}

/**
 * Keys of the failures with one correlation id, newest first, at most `most`. Also of those that have ended.
 *
 * @param after as for {@link pendingKeys}
 */
export function correlatedKeys(correlationId: string, table: Table, most: number, after?: Places): Promise<FoundKeys> {
  return keysOf([{ index: CORRELATION_INDEX, attribute: 'correlationId', value: correlationId }], table, most, after);
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
      ...(await keysFrom(each, table, { most, after: after && ownMember(after, each.value), isReversed: true })),
    })),
  );
  // The index also lists records that are not failures.
  const keys = found.flatMap((part) => part.keys).filter((key) => !key.includes('#') && failureName(key) !== undefined);
  const places = Object.fromEntries(found.flatMap(({ each, place }) => (place ? [[each.value, place]] : [])));
  return { keys, isCut: Object.keys(places).length > 0, places };
}

/** Reads at once: as many as an AWS client has connections. */
const AT_ONCE = 50;

/** The failures with these keys, as far as the ledger still has them. */
export async function entriesOf(keys: readonly FailureKey[], ledger: Pick<Ledger, 'get'>): Promise<LedgerEntry[]> {
  const read: (LedgerEntry | undefined)[] = [];
  const left = keys.entries();
  // Each reader takes the next key as soon as it is free, so that one slow read holds up no others.
  const reader = async () => {
    for (const [at, key] of left) read[at] = await ledger.get(key);
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, keys.length) }, reader));
  // The ledger also stores items that are not failures.
  return read.flatMap((entry) => (entry?.cycle === undefined ? [] : [entry]));
}
