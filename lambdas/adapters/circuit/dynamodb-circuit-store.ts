import { randomBytes } from 'node:crypto';
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type DynamoDBClient,
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
import { BoundedMap } from './bounded-map.ts';
import { type CircuitItem, counterName, snapshotOf, spentCounters } from './circuit-item.ts';

export interface DynamoDBCircuitStoreOptions {
  readonly client: DynamoDBClient;
  readonly table: string;
  /** Seconds of which counts are kept, the current one included. @default KEPT_SECONDS */
  readonly keptSeconds?: number;
  /** Marks a write, so that it is recognised when its answer is lost. */
  readonly newToken?: () => string;
}

const RETENTION_SECONDS = 30 * 86_400;
/** Counters that one write takes away at most. */
const MAX_REMOVED = 50;
/** Circuits of which it is known what the next write may take away. */
const MAX_REMEMBERED = 10_000;

/** One UpdateItem: clauses in terms of `#name` and `:value`. */
interface Update {
  readonly set: Readonly<Record<string, unknown>>;
  /** Attributes that grow, by the name that they have. */
  readonly add?: readonly (readonly [name: string, by: number])[];
  readonly condition?: string;
  /** Values that only the condition names. */
  readonly values?: Readonly<Record<string, unknown>>;
}

/**
 * Circuits in a table, one item each, all reads consistent. Counting is one atomic write without a condition: where its answer
 * is lost and the client tries again, those calls are counted twice. Every other change is one conditional write, and one whose
 * answer was lost is recognised by reading back.
 */
export class DynamoDBCircuitStore implements CircuitStore {
  readonly #options: Required<DynamoDBCircuitStoreOptions>;
  /** Counters that the last answer showed to be spent. */
  readonly #spent = new BoundedMap<string, readonly string[]>(MAX_REMEMBERED);

  constructor(options: DynamoDBCircuitStoreOptions) {
    const newToken = () => randomBytes(9).toString('base64url');
    this.#options = { keptSeconds: KEPT_SECONDS, newToken, ...options };
  }

  async read(key: string, now: number): Promise<CircuitSnapshot> {
    return this.#learn(key, await this.#get(key), now);
  }

  async add(key: string, outcomes: CallCounts, now: number): Promise<CircuitSnapshot> {
    const { generation, at, successes, failures, traffic } = outcomes;
    const second = secondOf(at);
    const counters = [
      [counterName('s', generation, second), successes],
      [counterName('f', generation, second), failures],
      ['traffic', traffic],
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
    const update: Update = {
      set: {
        circuit,
        version,
        generation: nextGeneration(before, circuit),
        writtenBy: token,
        ...(budget && { budget }),
        ...(change && { outbox: circuitEvent(change, version) }),
      },
      ...(before.version === 0
        ? {
            condition: 'attribute_not_exists(#version) OR NOT attribute_type(#version, :number)',
            values: { number: 'N' },
          }
        : { condition: '#version = :before', values: { before: before.version } }),
    };
    try {
      return await this.#update(key, update, now);
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      const item = await this.#get(key);
      return item.writtenBy?.S === token ? this.#learn(key, item, now) : undefined;
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
        ...expressions({ ...update, set: { ...update.set, expiresAt } }, this.#spent.get(key) ?? []),
      }),
    );
    return this.#learn(key, Attributes, now);
  }

  #learn(key: string, item: CircuitItem, now: number): CircuitSnapshot {
    const { keptSeconds } = this.#options;
    const spent = spentCounters(item, now, keptSeconds).slice(0, MAX_REMOVED);
    if (spent.length > 0) this.#spent.set(key, spent);
    else this.#spent.delete(key);
    return snapshotOf(item, now, keptSeconds);
  }
}

/** Counters have a dot in their name, which an expression would take for a path, so they go by number. */
function expressions({ set, add = [], condition, values = {} }: Update, spent: readonly string[]) {
  const added = new Set(add.map(([name]) => name));
  const removed = spent.filter((name) => !added.has(name));
  const clauses = [
    `SET ${Object.keys(set)
      .map((name) => `#${name} = :${name}`)
      .join(', ')}`,
    ...(add.length > 0 ? [`ADD ${add.map((_, n) => `#add${n} :add${n}`).join(', ')}`] : []),
    ...(removed.length > 0 ? [`REMOVE ${removed.map((_, n) => `#spent${n}`).join(', ')}`] : []),
  ];
  const named = [...Object.keys(set), ...(condition === undefined ? [] : ['version'])];
  return {
    UpdateExpression: clauses.join(' '),
    ...(condition !== undefined && { ConditionExpression: condition }),
    ExpressionAttributeNames: Object.fromEntries([
      ...named.map((name) => [`#${name}`, name]),
      ...add.map(([name], n) => [`#add${n}`, name]),
      ...removed.map((name, n) => [`#spent${n}`, name]),
    ]) as Record<string, string>,
    ExpressionAttributeValues: marshalled([
      ...Object.entries(set),
      ...Object.entries(values),
      ...add.map(([, by], n) => [`add${n}`, by] as const),
    ]),
  };
}

function marshalled(values: readonly (readonly [name: string, value: unknown])[]): Record<string, AttributeValue> {
  return marshall(Object.fromEntries(values.map(([name, value]) => [`:${name}`, value])), {
    removeUndefinedValues: true,
  });
}
