import { randomBytes } from 'node:crypto';
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  GetItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
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
import type { Table } from '../table.ts';
import { BoundedMap } from './bounded-map.ts';
import { type CircuitItem, counterName, expiredCounters, snapshotOf } from './circuit-item.ts';

interface DynamoDBCircuitStoreOptions extends Table {
  /** Seconds for which counts are kept, including the current one. @default KEPT_SECONDS */
  readonly keptSeconds?: number;
  /** Creates the token that identifies a write whose answer is lost. @default - 9 random bytes */
  readonly newToken?: () => string;
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
 * answer is lost and the client retries, those calls count twice. Every other change is one conditional write. After a
 * failed condition the store reads the item back, to recognise its own write whose answer was lost.
 */
export class DynamoDBCircuitStore implements CircuitStore {
  readonly #options: Required<DynamoDBCircuitStoreOptions>;
  /** Counters that the last answer showed to be expired. */
  readonly #expired = new BoundedMap<string, readonly string[]>(MAX_TRACKED_CIRCUITS);

  constructor(options: DynamoDBCircuitStoreOptions) {
    const newToken = () => randomBytes(9).toString('base64url');
    this.#options = { keptSeconds: KEPT_SECONDS, newToken, ...options };
  }

  async read(key: string, now: number): Promise<CircuitSnapshot> {
    return this.#snapshot(key, await this.#get(key), now);
  }

  async add(key: string, outcomes: CallCounts, now: number): Promise<CircuitSnapshot> {
    const { generation, at, successes, failures, traffic, earlier = 0, newest = [], asks = 0, waits = 0 } = outcomes;
    const second = secondOf(at);
    const counters = [
      [counterName('s', generation, second), successes - earlier],
      [counterName('s', generation, second - 1), earlier],
      [counterName('f', generation, second), failures],
      ...newest.map(([of, by]) => [counterName('n', generation, of), by] as const),
      ['traffic', traffic],
      ['asks', asks],
      ['waits', waits],
    ] as const;
    return this.#update(key, { set: {}, add: counters.filter(([, by]) => by !== 0) }, now);
  }

  async replace(
    key: string,
    before: CircuitSnapshot,
    { circuit, budget, change }: CircuitReplacement,
    now: number,
  ): Promise<CircuitSnapshot | undefined> {
    const version = before.version + 1;
    const token = this.#options.newToken();
    const seen =
      before.version === 0 ? IS_NEW : { condition: '#version = :before', values: { before: before.version } };
    const update: Update = {
      set: {
        circuit,
        version,
        generation: nextGeneration(before, circuit),
        writtenBy: token,
        budget,
        outbox: change && circuitEvent(change, version),
      },
      ...seen,
    };
    try {
      return await this.#update(key, update, now);
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      const item = await this.#get(key);
      return item.writtenBy?.S === token ? this.#snapshot(key, item, now) : undefined;
    }
  }

  async #get(key: string): Promise<CircuitItem> {
    const { client, table: TableName } = this.#options;
    const { Item = {} } = await client.send(
      new GetItemCommand({ TableName, Key: { id: { S: key } }, ConsistentRead: true }),
    );
    return Item;
  }

  async #update(key: string, update: Update, now: number): Promise<CircuitSnapshot> {
    const { client, table: TableName } = this.#options;
    const expiresAt = secondOf(now) + RETENTION_SECONDS;
    const { Attributes = {} } = await client.send(
      new UpdateItemCommand({
        TableName,
        Key: { id: { S: key } },
        ReturnValues: 'ALL_NEW',
        ...expressions({ ...update, set: { ...update.set, expiresAt } }, this.#expired.get(key) ?? []),
      }),
    );
    return this.#snapshot(key, Attributes, now);
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
  condition: 'attribute_not_exists(#version) OR NOT attribute_type(#version, :number)',
  values: { number: 'N' },
};

/** Omits undefined attributes. Numbers the counters, because the dot in their names would read as a path in an expression. */
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
