import { MemoryCircuitStore } from '../../../lambdas/adapters/circuit/memory-circuit-store.ts';
import type { Circuit } from '../../../lambdas/domain/circuit/circuit-state.ts';
import type {
  CallCounts,
  CircuitReplacement,
  CircuitSnapshot,
  CircuitStore,
} from '../../../lambdas/domain/circuit/circuit-store.ts';

export const KEY = 'payments';

/** The table of all instances. It records violations of its rules. */
export class WatchedStore {
  readonly violations: string[] = [];
  readonly leases = new Map<string, number>();
  /** Time since which only probes may pass, in epoch milliseconds. */
  blockedSince = Number.POSITIVE_INFINITY;
  snapshot: CircuitSnapshot | undefined;
  /** All added outcomes, by generation. */
  readonly added = new Map<number, number>();
  /** Successful probes, by generation. */
  readonly goodProbes = new Map<number, number>();
  readonly #memory = new MemoryCircuitStore();
  readonly #probes: number;

  constructor(probes: number) {
    this.#probes = probes;
  }

  async read(): Promise<CircuitSnapshot> {
    return this.#memory.read(KEY);
  }

  async add(outcomes: CallCounts, now: number): Promise<CircuitSnapshot> {
    const { generation, successes, failures } = outcomes;
    count(this.added, generation, successes + failures);
    this.snapshot = await this.#memory.add(KEY, outcomes, now);
    return this.snapshot;
  }

  async replace(before: CircuitSnapshot, next: CircuitReplacement, now: number): Promise<CircuitSnapshot | undefined> {
    const after = await this.#memory.replace(KEY, before, next);
    if (after) this.#look(before, after, now);
    return after;
  }

  get kind(): Circuit['kind'] {
    return this.snapshot?.circuit.kind ?? 'closed';
  }

  #look(before: CircuitSnapshot, after: CircuitSnapshot, now: number): void {
    const { circuit } = after;
    if (this.snapshot && after.version !== this.snapshot.version + 1) this.violations.push('a write was overwritten');
    this.snapshot = after;
    const isBlocked = circuit.kind === 'open' || circuit.kind === 'half-open' || circuit.kind === 'forced-open';
    this.blockedSince = isBlocked ? Math.min(this.blockedSince, now) : Number.POSITIVE_INFINITY;
    if (circuit.kind === 'half-open') for (const { token, until } of circuit.probes) this.leases.set(token, until);
    if (circuit.kind === 'recovering' && before.circuit.kind === 'half-open') {
      const good = this.goodProbes.get(before.generation) ?? 0;
      if (good < this.#probes) this.violations.push(`recovers after ${good} good probes`);
    }
  }
}

export function count(counts: Map<number, number>, key: number, by = 1): void {
  counts.set(key, (counts.get(key) ?? 0) + by);
}

/** One instance's access to the table: over a network, and only while the instance is alive. */
export class RemoteStore implements CircuitStore {
  isAlive = true;
  /** Outcomes that reached the table, by generation. */
  readonly added = new Map<number, number>();
  readonly #table: WatchedStore;
  readonly #now: () => number;
  readonly #travel: () => Promise<void>;
  readonly #breaks: () => boolean;

  constructor(table: WatchedStore, network: { now: () => number; travel: () => Promise<void>; breaks: () => boolean }) {
    this.#table = table;
    this.#now = network.now;
    this.#travel = network.travel;
    this.#breaks = network.breaks;
  }

  read(): Promise<CircuitSnapshot> {
    return this.#reach(() => this.#table.read());
  }

  add(_key: string, outcomes: CallCounts): Promise<CircuitSnapshot> {
    return this.#reach(() => {
      count(this.added, outcomes.generation, outcomes.successes + outcomes.failures);
      return this.#table.add(outcomes, this.#now());
    });
  }

  replace(_key: string, before: CircuitSnapshot, next: CircuitReplacement): Promise<CircuitSnapshot | undefined> {
    return this.#reach(() => this.#table.replace(before, next, this.#now()));
  }

  /** The instance may crash before the request's effect or before its answer. */
  async #reach<T>(effect: () => Promise<T>): Promise<T> {
    await this.#travel();
    if (!this.isAlive) return gone();
    if (this.#breaks()) throw new Error('the table is out of reach');
    const result = await effect();
    await this.#travel();
    return this.isAlive ? result : gone();
  }
}

function gone(): Promise<never> {
  return new Promise(() => {});
}
