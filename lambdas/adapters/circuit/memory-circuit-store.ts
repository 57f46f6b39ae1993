import {
  type CallCounts,
  type CircuitReplacement,
  type CircuitSnapshot,
  type CircuitStore,
  INITIAL_SNAPSHOT,
  KEPT_SECONDS,
  nextGeneration,
} from '../../domain/circuit/circuit-store.ts';
import { type Bucket, secondOf } from '../../domain/circuit/tally.ts';

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
    const buckets =
      outcomes.generation === before.generation ? addCounts(before.buckets, outcomes, now) : before.buckets;
    return this.#put(key, { ...before, traffic, asks, waits, buckets });
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

function addCounts(buckets: readonly Bucket[], counts: CallCounts, now: number): readonly Bucket[] {
  const kept = buckets.filter((bucket) => bucket.second > secondOf(now) - KEPT_SECONDS);
  const grown = new Map(kept.map((bucket) => [bucket.second, bucket]));
  for (const change of countsBySecond(counts)) {
    const { second, successes, failures, newest = 0 } = grown.get(change.second) ?? { ...change, ...NOTHING };
    const unsettled = newest + (change.newest ?? 0);
    grown.set(second, {
      second,
      successes: successes + change.successes,
      failures: failures + change.failures,
      ...(unsettled !== 0 && { newest: unsettled }),
    });
  }
  return [...grown.values()];
}

const NOTHING = { successes: 0, failures: 0, newest: 0 };

function countsBySecond({ at, successes, failures, earlier = 0, newest = [] }: CallCounts): readonly Bucket[] {
  const second = secondOf(at);
  return [
    ...(successes + failures > earlier ? [{ second, successes: successes - earlier, failures }] : []),
    ...(earlier > 0 ? [{ second: second - 1, successes: earlier, failures: 0 }] : []),
    ...newest.map(([of, by]) => ({ second: of, successes: 0, failures: 0, newest: by })),
  ];
}
