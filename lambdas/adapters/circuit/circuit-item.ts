import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import * as v from 'valibot';
import type { Circuit } from '../../domain/circuit/circuit.ts';
import { type CircuitSnapshot, INITIAL_SNAPSHOT } from '../../domain/circuit/circuit-store.ts';
import type { RetryBudget } from '../../domain/circuit/retry-budget.ts';
import { type Bucket, secondOf } from '../../domain/circuit/tally.ts';

/** An item of the circuits table, as DynamoDB returns it. */
export type CircuitItem = Readonly<Record<string, AttributeValue>>;

/** Name of the attribute that counts a generation's successes (`s`) or failures (`f`) in one second. */
export function counterName(of: 's' | 'f', generation: number, second: number): string {
  return `${of}${generation}.${second}`;
}

/** Reads the circuit and its current counters from an item. */
export function snapshotOf(item: CircuitItem, now: number, keptSeconds: number): CircuitSnapshot {
  const generation = count(item.generation);
  return {
    circuit: parseOrUndefined(CIRCUIT, item.circuit) ?? INITIAL_SNAPSHOT.circuit,
    generation,
    version: count(item.version),
    buckets: bucketsOf(item, generation, secondOf(now) - keptSeconds),
    traffic: count(item.traffic),
    budget: parseOrUndefined(BUDGET, item.budget),
  };
}

/** Names of the counters that no window reads any more: too old, or of an earlier generation. */
export function expiredCounters(item: CircuitItem, now: number, keptSeconds: number): string[] {
  const generation = count(item.generation);
  const oldest = secondOf(now) - keptSeconds;
  return countersOf(item)
    .filter((counter) => counter.generation < generation || counter.second <= oldest)
    .map(({ name }) => name);
}

function bucketsOf(item: CircuitItem, generation: number, after: number): Bucket[] {
  const buckets = new Map<number, Bucket>();
  for (const counter of countersOf(item)) {
    const { second } = counter;
    if (counter.generation !== generation || second <= after) continue;
    const { successes, failures } = buckets.get(second) ?? { successes: 0, failures: 0 };
    const isSuccess = counter.name.startsWith('s');
    buckets.set(second, {
      second,
      successes: isSuccess ? counter.value : successes,
      failures: isSuccess ? failures : counter.value,
    });
  }
  return [...buckets.values()];
}

function countersOf(item: CircuitItem) {
  return Object.entries(item).flatMap(([name, value]) => {
    const [, generation, second] = /^[sf](\d+)\.(\d+)$/.exec(name) ?? [];
    return second === undefined
      ? []
      : [{ name, generation: Number(generation), second: Number(second), value: count(value) }];
  });
}

/** Reads a count; 0 if the attribute is absent or no valid count, such as one edited by hand. */
function count(value: AttributeValue | undefined): number {
  const number = Number(value?.N ?? 0);
  return Number.isSafeInteger(number) && number >= 0 ? number : 0;
}

const number = v.pipe(v.number(), v.finite());
const probe = v.object({ token: v.string(), until: number, late: v.exactOptional(v.literal(true)) });
const common = { since: number, baseline: number, probes: v.array(probe) };
const tripped = { ...common, trippedAt: number };
const forced = { ...tripped, until: number, reason: v.string(), by: v.string() };

const CIRCUIT: v.GenericSchema<unknown, Circuit> = v.variant('kind', [
  v.object({ kind: v.literal('closed'), ...common, learnedAt: number }),
  v.object({ kind: v.literal('open'), ...tripped, until: number }),
  v.object({ kind: v.literal('half-open'), ...tripped, succeeded: number }),
  v.object({
    kind: v.literal('recovering'),
    ...tripped,
    ramp: v.object({ share: number, since: number, shrunk: v.boolean() }),
  }),
  v.object({ kind: v.literal('forced-open'), ...forced }),
  v.object({ kind: v.literal('forced-closed'), ...forced }),
]);

const BUDGET: v.GenericSchema<unknown, RetryBudget> = v.object({ tokens: number, at: number, traffic: number });

/** Undefined for a value that another version or an operator wrote in another form; the next write replaces it. */
function parseOrUndefined<T>(schema: v.GenericSchema<unknown, T>, value: AttributeValue | undefined): T | undefined {
  if (value === undefined) return undefined;
  const { success, output } = v.safeParse(schema, unmarshall({ value }, { wrapNumbers: Number }).value);
  return success ? output : undefined;
}
