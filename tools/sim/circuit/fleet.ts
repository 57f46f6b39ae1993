import type { CircuitPolicy } from '../../../lambdas/contract/circuit-policy.ts';
import type { CircuitEvent } from '../../../lambdas/domain/circuit/circuit.ts';
import { applyEvent } from '../../../lambdas/use-cases/circuit/apply-event.ts';
import { Breaker } from '../../../lambdas/use-cases/circuit/breaker.ts';
import type { Permit } from '../../../lambdas/use-cases/circuit/permit.ts';
import { seeded, VirtualTime } from './virtual-time.ts';
import { count, KEY, RemoteStore, WatchedStore } from './watched-store.ts';

/**
 * A simulated fleet: fifty instances call one dependency through one shared circuit, in virtual time.
 *
 * A seed determines all random events: the times and durations of calls, crashes, and lost requests to the table.
 * A test changes `failing` and `unreachable`, lets `time` advance, and expects no `violations`.
 * The table and the fleet check rules at every step. For example: at most three probes, and no other call while the
 * circuit is open.
 */

export interface FleetOptions {
  readonly seed: number;
  readonly policy: CircuitPolicy;
  readonly workers: number;
  /** Average time between two calls of a worker, in milliseconds. */
  readonly everyMs: number;
  /** Maximum latency to the table and back, each way, in milliseconds. */
  readonly travelMs: number;
  /** Share of calls that take at most as long as a lease. */
  readonly slow?: number;
  /** Share of calls that may take longer than a lease. */
  readonly endless?: number;
  /** Share of calls at which a worker crashes. */
  readonly crashes?: number;
  /** Fails calls at regular intervals instead of at random. With a share of a half, every second call fails. */
  readonly isEven?: boolean;
  /** Share of durable retries among the calls. */
  readonly retries?: number;
  /** Largest error of an instance's clock, in milliseconds. @default 0 */
  readonly skewMs?: number;
}

interface Instance {
  readonly breaker: Breaker;
  readonly store: RemoteStore;
  /** Outcomes of calls without a lease, by the generation of their permit. */
  readonly reported: Map<number, number>;
}

const RETRIES = { share: 0.2, perSecond: 5 };
/** Lifetime of an instance's cached state. */
const CACHE_MS = 1_000;
/** Time for which an instance admits all calls after it could not reach the table. */
const UNREACHABLE_MS = 5_000;

/** Workers that call one dependency. Each is an instance with its own breaker; all share one table. */
export class Fleet {
  readonly time = new VirtualTime();
  readonly table: WatchedStore;
  /** Share of calls that fail. */
  failing = 0;
  /** Share of requests that don't reach the table. */
  unreachable = 0;
  calls = 0;
  readonly #options: FleetOptions;
  readonly #random: () => number;
  readonly #instances: Instance[] = [];
  #probes: { readonly endsAt: number; readonly leasedUntil: number }[] = [];
  #token = 0;
  #isStopped = false;
  /** Until then, calls pass without the circuit, because some instances still can't reach the table. */
  #passesUntil = 0;

  constructor(options: FleetOptions) {
    this.#options = options;
    this.#random = seeded(options.seed);
    this.table = new WatchedStore(options.policy.probes);
    for (let index = 0; index < options.workers; index++) {
      this.#instances.push(this.#newInstance());
      void this.#work(index);
    }
  }

  get violations(): readonly string[] {
    return [...new Set(this.table.violations)];
  }

  /** Runs an operator's command. Repeats it as long as other writers are faster. */
  async command(event: CircuitEvent): Promise<void> {
    const context = { policy: this.#options.policy, store: this.#newStore(), watcher: SILENT };
    await applyEvent(KEY, event, context).catch(() => this.command({ ...event, now: this.time.now }));
  }

  /** Stops all calls, lets every living instance report its counts, and checks that the table has them all. */
  async checkCounts(): Promise<void> {
    this.#isStopped = true;
    await this.time.advance(2 * this.#options.policy.probeLeaseMs);
    for (let round = 0; round < 2; round++) {
      for (const { breaker } of this.#instances) void tell(breaker);
      await this.time.advance(CACHE_MS + 20 * this.#options.travelMs);
    }
    const { generation, buckets } = await this.table.read();
    for (const { reported, store } of this.#instances) {
      const [told, arrived] = [reported.get(generation) ?? 0, store.added.get(generation) ?? 0];
      if (told !== arrived) this.table.violations.push(`${told} outcomes reported, ${arrived} added`);
    }
    const counted = buckets.reduce((sum, { successes, failures }) => sum + successes + failures, 0);
    const added = this.table.added.get(generation) ?? 0;
    if (counted !== added) this.table.violations.push(`${added} outcomes added, ${counted} counted`);
  }

  #newStore(): RemoteStore {
    const { travelMs } = this.#options;
    return new RemoteStore(this.table, {
      now: () => this.time.now,
      travel: () => this.time.sleep(this.#random() * travelMs),
      breaks: () => this.unreachable > 0 && this.#breaks(),
    });
  }

  #breaks(): boolean {
    this.#passesUntil = this.time.now + UNREACHABLE_MS + CACHE_MS;
    return this.#random() < this.unreachable;
  }

  #newInstance(): Instance {
    const { skewMs = 0 } = this.#options;
    const skew = skewMs === 0 ? 0 : Math.round((2 * this.#random() - 1) * skewMs);
    const store = this.#newStore();
    const breaker = new Breaker(KEY, {
      policy: this.#options.policy,
      store,
      watcher: SILENT,
      now: () => this.time.now + skew,
      random: this.#random,
      newToken: () => `${++this.#token}`,
      isFailure: () => true,
    });
    return { breaker, store, reported: new Map() };
  }

  async #work(index: number): Promise<void> {
    while (true) {
      await this.time.sleep(this.#random() * 2 * this.#options.everyMs);
      if (this.#isStopped) return;
      const instance = this.#instances[index];
      if (!instance) return;
      // Not awaited, because calls of one instance overlap.
      void this.#callOnce(instance);
      if (this.#random() >= (this.#options.crashes ?? 0)) continue;
      await this.time.sleep(this.#random() * 500);
      instance.store.isAlive = false;
      this.#instances[index] = this.#newInstance();
    }
  }

  async #callOnce({ breaker, store, reported }: Instance): Promise<void> {
    const isRetry = this.#random() < (this.#options.retries ?? 0);
    const answer = await breaker.tryAcquire(isRetry ? RETRIES : undefined);
    if (!store.isAlive || !answer.admitted) return;
    const { permit } = answer;
    if (this.#random() < 0.03) return breaker.withdraw(permit);
    const durationMs = this.#random() * this.#longest();
    this.#begin(permit, durationMs);
    const isGood = !this.#fails();
    await this.time.sleep(durationMs);
    if (!store.isAlive) return;
    if (permit.probe === undefined) count(reported, permit.generation);
    else if (isGood) count(this.table.goodProbes, permit.generation);
    await (isGood ? breaker.succeeded(permit) : breaker.failed(permit));
  }

  /** Maximum duration of a call, in milliseconds. */
  #longest(): number {
    const { slow = 0, endless = 0, policy } = this.#options;
    const luck = this.#random();
    if (luck < endless) return 2 * policy.probeLeaseMs;
    return luck < endless + slow ? policy.probeLeaseMs : 400;
  }

  #fails(): boolean {
    if (!this.#options.isEven) return this.#random() < this.failing;
    return Math.floor(this.calls * this.failing) > Math.floor((this.calls - 1) * this.failing);
  }

  #begin(permit: Permit, durationMs: number): void {
    this.calls++;
    const { now } = this.time;
    const { blockedSince, violations } = this.table;
    if (permit.probe === undefined) {
      const isLate = now - blockedSince > CACHE_MS && now > this.#passesUntil;
      if (isLate) violations.push(`a call ${now - blockedSince} ms after the circuit has opened`);
      return;
    }
    // A clock that is wrong writes a lease that is wrong. This is the true one.
    const leasedUntil = now + this.#options.policy.probeLeaseMs;
    const underWay = this.#probes.filter((probe) => probe.endsAt > now && probe.leasedUntil > now);
    this.#probes = [...underWay, { endsAt: now + durationMs, leasedUntil }];
    if (underWay.length >= this.#options.policy.probes) violations.push(`${this.#probes.length} probes at once`);
  }
}

/** A breaker reports its counts when it is asked. */
async function tell(breaker: Breaker): Promise<void> {
  const answer = await breaker.tryAcquire();
  if (answer.admitted) await breaker.withdraw(answer.permit);
}

const SILENT = { changed: () => {}, unreachable: () => {} };
