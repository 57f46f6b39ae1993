import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import * as v from 'valibot';
import type { OutboxEntry } from '../../contract/ledger-entry.ts';
import type { Circuit } from '../../domain/circuit/circuit-state.ts';
import {
  type CallCounts,
  type CircuitSnapshot,
  INITIAL_SNAPSHOT,
  KEPT_RECOVERING_SECONDS,
  KEPT_SECONDS,
} from '../../domain/circuit/circuit-store.ts';
import { ENOUGH_CALLS } from '../../domain/circuit/opening.ts';
import type { RetryBudget } from '../../domain/circuit/retry-budget.ts';
import { spread } from '../../domain/circuit/spread.ts';
import { type Bucket, oldestPart, PARTS_PER_SECOND, type Part, secondOf } from '../../domain/circuit/tally.ts';

/** An item of the circuits table, as DynamoDB returns it. */
export type CircuitItem = Readonly<Record<string, AttributeValue>>;

/**
 * Name of the attribute that counts a generation's successes (`s`), failures (`f`) or newest failures (`n`) in one
 * second.
 */
function secondsCounter(of: CounterKind, generation: number, second: number): string {
  return `${of}${generation}.${second}`;
}

/** The same for a part of a second, such as `s1.1767225600.3`. */
function partsCounter(of: CounterKind, generation: number, part: number): string {
  return `${of}${generation}.${Math.floor(part / PARTS_PER_SECOND)}.${part % PARTS_PER_SECOND}`;
}

/** Changes of the counters that tell an instance's calls, by name. */
export function counterChanges(counts: CallCounts, now: number): readonly (readonly [name: string, by: number])[] {
  const { buckets, parts } = spread(counts, now);
  const { generation } = counts;
  const named = (name: (of: CounterKind) => string, { successes, failures, newest = 0 }: Omit<Bucket, 'second'>) => [
    [name('s'), successes] as const,
    [name('f'), failures] as const,
    [name('n'), newest] as const,
  ];
  return [
    ...buckets.flatMap((bucket) => named((of) => secondsCounter(of, generation, bucket.second), bucket)),
    ...parts.flatMap((part) => named((of) => partsCounter(of, generation, part.part), part)),
  ].filter(([, by]) => by !== 0);
}

type CounterKind = 's' | 'f' | 'n';

/** Reads the circuit and its current counters from an item. */
export function snapshotOf(item: CircuitItem, now: number, keptSeconds: number): CircuitSnapshot {
  const generation = count(item.generation);
  return {
    circuit: parseOrUndefined(CIRCUIT, item.circuit) ?? INITIAL_SNAPSHOT.circuit,
    generation,
    version: count(item.version),
    buckets: bucketsOf(item, generation, secondOf(now), keptFor(item, keptSeconds)),
    parts: partsOf(item, generation, now),
    traffic: count(item.traffic),
    asks: count(item.asks),
    waits: count(item.waits),
    budget: parseOrUndefined(BUDGET, item.budget),
  };
}

/** Reads the event of the last change, if it is not published. */
export function outboxOf({ outbox }: CircuitItem): OutboxEntry | undefined {
  return parseOrUndefined(OUTBOX, outbox);
}

/** Time after which a newest failure is no longer withdrawn, in seconds. */
const SETTLED_SECONDS = 5;

/** Names of the counters that nobody reads any more: too old, of an earlier generation, or back at 0. */
export function expiredCounters(item: CircuitItem, now: number, keptSeconds: number): string[] {
  const generation = count(item.generation);
  const counters = countersOf(item);
  const oldest = oldestKept(counters, generation, secondOf(now), keptFor(item, keptSeconds));
  const settled = secondOf(now) - SETTLED_SECONDS;
  return counters
    .filter(({ of, second, part, value, ...counter }) => {
      if (part !== undefined && part < oldestPart(now)) return true;
      const isSettled = of === 'n' && value === 0 && second < settled;
      return counter.generation < generation || second < oldest || isSettled;
    })
    .map(({ name }) => name);
}

/**
 * A recovering circuit compares more seconds than the window has. A closed one keeps fewer, so that a write costs a
 * unit.
 */
function keptFor({ circuit }: CircuitItem, keptSeconds: number): number {
  return circuit?.M?.kind?.S === 'recovering' ? Math.max(keptSeconds, KEPT_RECOVERING_SECONDS) : keptSeconds;
}

/** In quiet traffic, a few seconds prove nothing, so older ones are kept as well. */
function oldestKept(counters: readonly Counter[], generation: number, now: number, keptSeconds: number): number {
  let known = 0;
  let oldest = now - keptSeconds + 1;
  const seconds = counters.filter(({ part }) => part === undefined);
  for (const { of, second, value, ...counter } of seconds.toSorted((one, other) => other.second - one.second)) {
    if (counter.generation !== generation || second <= now - KEPT_SECONDS) continue;
    if (second < oldest && known >= ENOUGH_CALLS) break;
    if (of !== 'n') known += value;
    oldest = Math.min(oldest, second);
  }
  return oldest;
}

function bucketsOf(item: CircuitItem, generation: number, now: number, keptSeconds: number): Bucket[] {
  const buckets = new Map<number, Bucket>();
  const counters = countersOf(item);
  const oldest = oldestKept(counters, generation, now, keptSeconds);
  for (const { of, second, part, value, ...counter } of counters) {
    if (part !== undefined || counter.generation !== generation || second < oldest) continue;
    const before = buckets.get(second) ?? { second, successes: 0, failures: 0 };
    buckets.set(second, withCounter(before, of, value));
  }
  return [...buckets.values()];
}

function partsOf(item: CircuitItem, generation: number, now: number): Part[] {
  const parts = new Map<number, Part>();
  for (const { of, part, value, ...counter } of countersOf(item)) {
    if (part === undefined || part < oldestPart(now) || counter.generation !== generation) continue;
    parts.set(part, withCounter(parts.get(part) ?? { part, successes: 0, failures: 0 }, of, value));
  }
  return [...parts.values()];
}

function withCounter<Counted extends Bucket | Part>(counted: Counted, of: CounterKind, value: number): Counted {
  switch (of) {
    case 's':
      return { ...counted, successes: value };
    case 'f':
      return { ...counted, failures: value };
    case 'n':
      return value === 0 ? counted : { ...counted, newest: value };
    default:
      return of satisfies never;
  }
}

interface Counter {
  readonly name: string;
  readonly of: CounterKind;
  readonly generation: number;
  readonly second: number;
  /** Undefined for a counter of the whole second. */
  readonly part: number | undefined;
  readonly value: number;
}

function countersOf(item: CircuitItem): Counter[] {
  return Object.entries(item).flatMap(([name, value]) => {
    const [, of, generation, second, partOfSecond] = /^([sfn])(\d+)\.(\d+)(?:\.(\d))?$/.exec(name) ?? [];
    if (second === undefined) return [];
    const part = partOfSecond === undefined ? undefined : Number(second) * PARTS_PER_SECOND + Number(partOfSecond);
    const counted = { generation: Number(generation), second: Number(second), part, value: count(value) };
    return [{ name, of: of as CounterKind, ...counted }];
  });
}

/** Reads a count; 0 if the attribute is absent or no valid count, such as one edited by hand. */
function count(value: AttributeValue | undefined): number {
  const number = Number(value?.N ?? 0);
  return Number.isSafeInteger(number) && number >= 0 ? number : 0;
}

const number = v.pipe(v.number(), v.finite());
const probe = v.object({
  token: v.string(),
  until: number,
  late: v.exactOptional(v.literal(true)),
  at: v.exactOptional(number),
});
const ramp = v.object({
  share: number,
  since: number,
  limit: v.exactOptional(number),
  asks: v.exactOptional(number),
  callMs: v.exactOptional(number),
  slot: v.exactOptional(number),
  careful: v.exactOptional(v.literal(true)),
});
const common = { since: number, baseline: number, probes: v.array(probe) };
const line = v.object({ pace: v.pipe(number, v.gtValue(0)), endsAt: number, waits: number });
const known = { line: v.exactOptional(line), carried: v.exactOptional(number), fellAt: v.exactOptional(number) };
const tripped = { ...common, trippedAt: number, ...known };
const forced = { ...tripped, until: number, reason: v.string(), by: v.string() };

const CIRCUIT: v.GenericSchema<unknown, Circuit> = v.variant('kind', [
  v.object({ kind: v.literal('closed'), ...common, learnedAt: number, trippedAt: v.exactOptional(number) }),
  v.object({ kind: v.literal('open'), ...tripped, until: number }),
  v.object({
    kind: v.literal('half-open'),
    ...tripped,
    succeeded: number,
    failed: v.optional(number, 0),
    callMs: v.exactOptional(number),
    again: v.exactOptional(v.literal(true)),
  }),
  v.object({ kind: v.literal('recovering'), ...tripped, ramp }),
  v.object({ kind: v.literal('forced-open'), ...forced }),
  v.object({ kind: v.literal('forced-closed'), ...forced }),
]);

const OUTBOX: v.GenericSchema<unknown, OutboxEntry> = v.object({
  eventId: v.string(),
  detailType: v.string(),
  detail: v.string(),
});

const BUDGET: v.GenericSchema<unknown, RetryBudget> = v.object({ tokens: number, at: number, traffic: number });

/** Undefined for a value that another version or an operator wrote in another form; the next write replaces it. */
function parseOrUndefined<T>(schema: v.GenericSchema<unknown, T>, value: AttributeValue | undefined): T | undefined {
  if (value === undefined) return undefined;
  const { success, output } = v.safeParse(schema, unmarshall({ value }, { wrapNumbers: Number }).value);
  return success ? output : undefined;
}
