import {
  type CallCounts,
  type CircuitReplacement,
  type CircuitSnapshot,
  type CircuitStore,
  INITIAL_SNAPSHOT,
  KEPT_SECONDS,
  nextGeneration,
} from '../../domain/circuit/circuit-store.ts';
import { spread } from '../../domain/circuit/spread.ts';
import { type Bucket, oldestPart, type Part, secondOf } from '../../domain/circuit/tally.ts';

/** Circuits of one process, for tests, simulations, and functions that share no circuit. */
export class MemoryCircuitStore implements CircuitStore {
  readonly #snapshots = new Map<string, CircuitSnapshot>();

  async read(key: string): Promise<CircuitSnapshot> {
    return this.#get(key);
  }

  async add(key: string, outcomes: CallCounts, now: number): Promise<CircuitSnapshot> {
    const before = this.#get(key);
    const traffic = before.traffic + outcomes.traffic;
    const asks = before.asks + (outcomes.asks ?? 0);
    const waits = before.waits + (outcomes.waits ?? 0);
    const counted = outcomes.generation === before.generation ? addCounts(before, outcomes, now) : {};
    return this.#put(key, { ...before, ...counted, traffic, asks, waits });
  }

  async replace(
    key: string,
    { version }: CircuitSnapshot,
    next: CircuitReplacement,
  ): Promise<CircuitSnapshot | undefined> {
    const before = this.#get(key);
    if (before.version !== version) return undefined;
    const generation = nextGeneration(before, next.circuit);
    return this.#put(key, {
      circuit: next.circuit,
      generation,
      version: version + 1,
      buckets: generation === before.generation ? before.buckets : [],
      parts: generation === before.generation ? before.parts : [],
      traffic: before.traffic,
      asks: before.asks,
      waits: before.waits,
      budget: next.budget ?? before.budget,
    });
  }

  /** Synchronous, so that no other write comes between read and write. */
  #get(key: string): CircuitSnapshot {
    return this.#snapshots.get(key) ?? INITIAL_SNAPSHOT;
  }

  #put(key: string, snapshot: CircuitSnapshot): CircuitSnapshot {
    this.#snapshots.set(key, snapshot);
    return snapshot;
  }
}

function addCounts(
  { buckets, parts }: CircuitSnapshot,
  counts: CallCounts,
  now: number,
): Pick<CircuitSnapshot, 'buckets' | 'parts'> {
  const changes = spread(counts, now);
  return {
    buckets: added(
      buckets.filter(({ second }) => second > secondOf(now) - KEPT_SECONDS),
      changes.buckets,
      ({ second }) => second,
    ),
    parts: added(
      parts.filter(({ part }) => part >= oldestPart(now)),
      changes.parts,
      ({ part }) => part,
    ),
  };
}

/** Adds changes to the counts of the same time. */
function added<Counted extends Bucket | Part>(
  counts: readonly Counted[],
  changes: readonly Counted[],
  timeOf: (counted: Counted) => number,
): readonly Counted[] {
  const grown = new Map(counts.map((counted) => [timeOf(counted), counted]));
  for (const change of changes) {
    const before = grown.get(timeOf(change));
    grown.set(timeOf(change), before ? sum(before, change) : change);
  }
  return [...grown.values()];
}

function sum<Counted extends Bucket | Part>({ newest: unsettled = 0, ...before }: Counted, change: Counted): Counted {
  const newest = unsettled + (change.newest ?? 0);
  return {
    ...before,
    successes: before.successes + change.successes,
    failures: before.failures + change.failures,
    ...(newest !== 0 && { newest }),
  } as Counted;
}
