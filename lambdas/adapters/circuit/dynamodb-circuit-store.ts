import { type AttributeValue, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { circuitEvent } from '../../domain/circuit/circuit-event.ts';
import {
  type CallCounts,
  type CircuitReplacement,
  type CircuitSnapshot,
  type CircuitStore,
  KEPT_SECONDS,
  nextGeneration,
} from '../../domain/circuit/circuit-store.ts';
import { secondOf } from '../../domain/circuit/tally.ts';
import { readItem, updateItem } from '../own-write.ts';
import type { Table } from '../table.ts';
import { BoundedMap } from './bounded-map.ts';
import { type CircuitItem, counterChanges, expiredCounters, snapshotOf } from './circuit-item.ts';

interface DynamoDBCircuitStoreOptions extends Table {
  /** Seconds for which counts are kept, including the current one. @default KEPT_SECONDS */
  readonly keptSeconds?: number;
}

const RETENTION_SECONDS = 30 * 86_400;
/** Most counters that one write removes. */
const MAX_REMOVED = 50;
/** Most circuits whose expired counters are remembered for the next write. */
const MAX_TRACKED_CIRCUITS = 10_000;

/** One UpdateItem: clauses in terms of `#name` and `:value`. */
interface Update {
  readonly set: Readonly<Record<string, unknown>>;
  /** Attributes to increment, by name. */
  readonly add?: readonly (readonly [name: string, by: number])[];
  readonly condition?: string;
  /** Values that only the condition uses. */
  readonly values?: Readonly<Record<string, unknown>>;
}

/**
 * Stores each circuit in one item; all reads are consistent. Counting is one atomic write without a condition: if its
 * answer is lost and the client retries, those calls count twice. Every other change is one conditional write, which
 * takes effect once.
 */
export class DynamoDBCircuitStore implements CircuitStore {
  readonly #options: DynamoDBCircuitStoreOptions & { readonly keptSeconds: number };
  /** Counters that the last answer showed to be expired. */
  readonly #expired = new BoundedMap<string, readonly string[]>(MAX_TRACKED_CIRCUITS);

  constructor(options: DynamoDBCircuitStoreOptions) {
    this.#options = { keptSeconds: KEPT_SECONDS, ...options };
  }

  async read(key: string, now: number): Promise<CircuitSnapshot> {
    return this.#snapshot(key, (await readItem(this.#options, key)) ?? {}, now);
  }

  async add(key: string, outcomes: CallCounts, now: number): Promise<CircuitSnapshot> {
    const { traffic, asks = 0, waits = 0 } = outcomes;
    const totals = [['traffic', traffic] as const, ['asks', asks] as const, ['waits', waits] as const];
    const add = [...counterChanges(outcomes, now), ...totals.filter(([, by]) => by !== 0)];
    const { client, table: TableName } = this.#options;
    const change = this.#expressions(key, { set: {}, add }, now);
    const request = { TableName, Key: { id: { S: key } }, ReturnValues: 'ALL_NEW' as const, ...change };
    const { Attributes = {} } = await client.send(new UpdateItemCommand(request));
    return this.#snapshot(key, Attributes, now);
  }

  async replace(
    key: string,
    before: CircuitSnapshot,
    { circuit, budget, change }: CircuitReplacement,
    now: number,
  ): Promise<CircuitSnapshot | undefined> {
    const version = before.version + 1;
    const seen =
      before.version === 0 ? IS_NEW : { condition: '#version = :before', values: { before: before.version } };
    const update: Update = {
      set: {
        circuit,
        version,
        generation: nextGeneration(before, circuit),
        budget,
        outbox: change && circuitEvent(change, version),
      },
      ...seen,
    };
    const item = await updateItem(this.#options, key, this.#expressions(key, update, now));
    return item && this.#snapshot(key, item, now);
  }

  #expressions(key: string, update: Update, now: number) {
    const expiresAt = secondOf(now) + RETENTION_SECONDS;
    return expressions({ ...update, set: { ...update.set, expiresAt } }, this.#expired.get(key) ?? []);
  }

  #snapshot(key: string, item: CircuitItem, now: number): CircuitSnapshot {
    const { keptSeconds } = this.#options;
    const spent = expiredCounters(item, now, keptSeconds).slice(0, MAX_REMOVED);
    if (spent.length > 0) this.#expired.set(key, spent);
    else this.#expired.delete(key);
    return snapshotOf(item, now, keptSeconds);
  }
}

/** No version is known, or its value is not a number, such as one edited by hand. */
const IS_NEW = {
  condition: '(attribute_not_exists(#version) OR NOT attribute_type(#version, :number))',
  values: { number: 'N' },
};

/**
 * Omits undefined attributes. Numbers the counters, because the dot in their names would read as a path in an
 * expression.
 */
function expressions({ set, add = [], condition, values = {} }: Update, spent: readonly string[]) {
  const present = Object.entries(set).filter(([, value]) => value !== undefined);
  const added = new Set(add.map(([name]) => name));
  const removed = spent.filter((name) => !added.has(name));
  const clauses = [
    clause(
      'SET',
      present.map(([name]) => `#${name} = :${name}`),
    ),
    clause(
      'ADD',
      add.map((_, n) => `#add${n} :add${n}`),
    ),
    clause(
      'REMOVE',
      removed.map((_, n) => `#spent${n}`),
    ),
  ];
  const named = present.map(([name]) => name).concat(condition === undefined ? [] : 'version');
  return {
    UpdateExpression: clauses.filter((text) => text !== '').join(' '),
    ConditionExpression: condition,
    ExpressionAttributeNames: Object.fromEntries([
      ...named.map((name) => [`#${name}`, name]),
      ...add.map(([name], n) => [`#add${n}`, name]),
      ...removed.map((name, n) => [`#spent${n}`, name]),
    ]) as Record<string, string>,
    ExpressionAttributeValues: marshallValues([
      ...present,
      ...Object.entries(values),
      ...add.map(([, by], n) => [`add${n}`, by] as const),
    ]),
  };
}

function clause(keyword: string, parts: readonly string[]): string {
  return parts.length === 0 ? '' : `${keyword} ${parts.join(', ')}`;
}

function marshallValues(values: readonly (readonly [name: string, value: unknown])[]): Record<string, AttributeValue> {
  return marshall(Object.fromEntries(values.map(([name, value]) => [`:${name}`, value])), {
    removeUndefinedValues: true,
  });
}
