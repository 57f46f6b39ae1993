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
    const buckets =
      outcomes.generation === before.generation ? addCounts(before.buckets, outcomes, now) : before.buckets;
    return this.#put(key, { ...before, traffic, buckets });
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
  buckets: readonly Bucket[],
  { at, successes, failures }: CallCounts,
  now: number,
): readonly Bucket[] {
  const second = secondOf(at);
  const kept = buckets.filter((bucket) => bucket.second > secondOf(now) - KEPT_SECONDS);
  const known = kept.find((bucket) => bucket.second === second) ?? { second, successes: 0, failures: 0 };
  const grown = { second, successes: known.successes + successes, failures: known.failures + failures };
  return [...kept.filter((bucket) => bucket.second !== second), grown];
}
