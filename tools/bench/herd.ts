import { MemoryCircuitStore } from '../../lambdas/adapters/circuit/memory-circuit-store.ts';
import { DEFAULT_CIRCUIT_POLICY } from '../../lambdas/contract/circuit-policy.ts';
import type { CircuitStore } from '../../lambdas/domain/circuit/circuit-store.ts';
import { Breaker } from '../../lambdas/use-cases/circuit/breaker.ts';
import type { Permit } from '../../lambdas/use-cases/circuit/permit.ts';
import { Agenda } from './agenda.ts';
import type { Herd } from './herd-scenarios.ts';
import { HerdService, servedPerSlice } from './herd-service.ts';
import { LIMITERS, type Limiter, type LimiterName } from './limiters.ts';
import { seededRandom } from './seeded-random.ts';

const CALL_MS = 50;
/** Start of the simulation, in epoch milliseconds. The value is arbitrary. */
const EPOCH_MS = 1_800_000_000_000;
/** Foreground traffic before the outage. */
const BEFORE_MS = 10_000;
/** Time after the outage until which a client without an answer counts as never served. */
const PATIENCE_MS = 600_000;

export type Strategy = 'fixed' | 'exponential' | 'full jitter' | 'own breakers' | 'shared circuit' | LimiterName;

/** Delay after a client's failed call, in milliseconds. `failures`: the client's own failures, at least 1. */
type Wait = (failures: number, random: () => number) => number;

const exponential: Wait = (failures) => Math.min(20_000, 1_000 * 2 ** (failures - 1));
const fullJitter: Wait = (failures, random) => random() * exponential(failures, random);

export const STRATEGIES: Readonly<Record<Strategy, Wait>> = {
  fixed: () => 1_000,
  exponential,
  'full jitter': fullJitter,
  'own breakers': fullJitter,
  'shared circuit': fullJitter,
  'client throttling': fullJitter,
  'admission control': fullJitter,
  AIMD: fullJitter,
  gradient: fullJitter,
};

export interface HerdResult {
  /** The maximum number of calls in a second after the service's return. */
  readonly peakPerSecond: number;
  /** Failed calls, including probes. */
  readonly wasted: number;
  /** Time from the service's return until every client is served, in milliseconds. */
  readonly recoveryMs: number;
  /** The same for 99 % of the clients. */
  readonly nearlyMs: number;
  /** Median time from a client's arrival until it is served, in milliseconds. */
  readonly waitMs: number;
  /** Most requests to the table in a second before the service's return. */
  readonly requestsPerSecond: number;
  /** Most asks of clients in a second before the service's return. */
  readonly asksPerSecond: number;
}

/** Lets clients make one call each, in virtual time. The same seed always gives the same result. */
export async function simulateHerd(strategy: Strategy, herd: Herd, seed: number): Promise<HerdResult> {
  const run = new Run(strategy, herd, seed);
  await run.run();
  return run.result();
}

/** Time that serving all clients takes at least after the service's return, in milliseconds. */
export function leastPossibleMs(herd: Herd): number {
  const { clients, capacity, foreground = 0, outageMs, failing = 1, residual = 0, sliceMs = 100 } = herd;
  if (failing < 1) return 0;
  let waiting = clients + (foreground * outageMs.least) / 1_000;
  for (let slice = 0; slice < PATIENCE_MS / sliceMs; slice++) {
    waiting += (foreground * sliceMs) / 1_000 - servedPerSlice(capacity, slice, sliceMs) * (1 - residual);
    if (waiting <= 0) return (slice + 1) * sliceMs + (herd.callMs ?? 0);
  }
  return Number.POSITIVE_INFINITY;
}

class Run {
  readonly #herd: Herd;
  readonly #wait: Wait;
  readonly #agenda = new Agenda();
  readonly #random: () => number;
  readonly #service: HerdService;
  readonly #breakers: readonly Breaker[];
  readonly #limiters: readonly Limiter[];
  readonly #callMs: number;
  readonly #returnsAt: number;
  readonly #servedAt: number[] = [];
  readonly #waited: number[] = [];
  readonly #requests = new Map<number, number>();
  readonly #asks = new Map<number, number>();
  #waiting: number;

  constructor(strategy: Strategy, herd: Herd, seed: number) {
    this.#herd = herd;
    this.#wait = STRATEGIES[strategy];
    this.#callMs = herd.callMs ?? CALL_MS;
    this.#random = seededRandom(seed);
    const { least, most } = herd.outageMs;
    this.#returnsAt = BEFORE_MS + least + Math.floor(this.#random() * (most - least));
    this.#service = new HerdService({ ...herd, returnsAt: this.#returnsAt, isUpUntil: BEFORE_MS }, this.#random);
    this.#breakers = strategy === 'shared circuit' || strategy === 'own breakers' ? this.#open(strategy) : [];
    this.#limiters = isLimiter(strategy)
      ? Array.from({ length: herd.instances }, () => LIMITERS[strategy](this.#random))
      : [];
    this.#waiting = herd.clients;
  }

  async run(): Promise<void> {
    const { clients, arrivalMs, foreground = 0 } = this.#herd;
    for (let client = 0; client < clients; client++) {
      this.#arrive(BEFORE_MS + this.#random() * arrivalMs, client, true);
    }
    if (foreground > 0) this.#agenda.at(0, () => this.#arriveNext(foreground, clients));
    await this.#agenda.run(this.#returnsAt + PATIENCE_MS);
  }

  result(): HerdResult {
    const { clients } = this.#herd;
    const sinceReturn = (served: number) =>
      Math.max(0, (this.#servedAt[Math.ceil(served) - 1] ?? Number.POSITIVE_INFINITY) - this.#returnsAt);
    const waited = this.#waited.toSorted((one, other) => one - other);
    return {
      peakPerSecond: this.#service.peakPerSecond,
      wasted: this.#service.wasted,
      recoveryMs: sinceReturn(clients),
      nearlyMs: sinceReturn(clients * 0.99),
      waitMs: waited[Math.floor(waited.length / 2)] ?? Number.POSITIVE_INFINITY,
      requestsPerSecond: Math.max(0, ...this.#requests.values()),
      asksPerSecond: Math.max(0, ...this.#asks.values()),
    };
  }

  /** Foreground traffic, until the herd is served. */
  #arriveNext(perSecond: number, client: number): void {
    if (this.#waiting === 0) return;
    this.#arrive(this.#agenda.now, client, false);
    const next = this.#agenda.now - (Math.log(1 - this.#random()) * 1_000) / perSecond;
    this.#agenda.at(next, () => this.#arriveNext(perSecond, client + 1));
  }

  #arrive(at: number, client: number, isHerd: boolean): void {
    const breaker = this.#breakers[client % this.#herd.instances];
    const limiter = this.#limiters[client % this.#herd.instances];
    const onServed = (now: number) => {
      if (!isHerd) return;
      this.#waited.push(now - at);
      this.#servedAt.push(now);
      this.#waiting--;
    };
    const begin = () => (limiter ? this.#askLimiter(limiter, 0, onServed) : this.#attempt(breaker, 0, onServed));
    this.#agenda.at(at, begin);
  }

  #attempt(breaker: Breaker | undefined, failures: number, onServed: (at: number) => void): Promise<void> | void {
    return breaker ? this.#ask(breaker, failures, onServed) : this.#call(failures, onServed);
  }

  #askLimiter(limiter: Limiter, failures: number, onServed: (at: number) => void): void {
    const { now } = this.#agenda;
    const again = (at: number) =>
      this.#agenda.at(at + this.#wait(failures + 1, this.#random), () =>
        this.#askLimiter(limiter, failures + 1, onServed),
      );
    if (!limiter.admits(now)) {
      again(now);
      return;
    }
    const isServed = this.#service.call(now);
    this.#agenda.at(now + this.#callMs, () => {
      limiter.ended(isServed, this.#agenda.now, this.#callMs);
      if (isServed) onServed(this.#agenda.now);
      else again(this.#agenda.now);
    });
  }

  async #ask(breaker: Breaker, failures: number, onServed: (at: number) => void): Promise<void> {
    this.#count(this.#asks);
    const answer = await breaker.tryAcquire();
    if (answer.admitted) return this.#call(failures, onServed, { breaker, permit: answer.permit });
    this.#agenda.at(answer.retryAt - EPOCH_MS, () => this.#attempt(breaker, failures, onServed));
  }

  #call(failures: number, onServed: (at: number) => void, leave?: { breaker: Breaker; permit: Permit }): void {
    const isServed = this.#service.call(this.#agenda.now);
    this.#agenda.at(this.#agenda.now + this.#callMs, () => {
      if (isServed) {
        onServed(this.#agenda.now);
        return leave?.breaker.succeeded(leave.permit);
      }
      const again = this.#agenda.now + this.#wait(failures + 1, this.#random);
      this.#agenda.at(again, () => this.#attempt(leave?.breaker, failures + 1, onServed));
      return leave?.breaker.failed(leave.permit);
    });
  }

  /** One breaker per instance over a shared store, as in production, but with a virtual clock. */
  #open(strategy: Strategy): readonly Breaker[] {
    let tokens = 0;
    const shared = this.#counting(new MemoryCircuitStore());
    const context = {
      policy: DEFAULT_CIRCUIT_POLICY,
      watcher: { changed: () => {}, unreachable: throwing },
      now: () => EPOCH_MS + this.#agenda.now,
      random: this.#random,
      newToken: () => `${tokens++}`,
      isFailure: () => true,
    };
    return Array.from({ length: this.#herd.instances }, () => {
      const store = strategy === 'shared circuit' ? shared : new MemoryCircuitStore();
      return new Breaker('service', { ...context, store });
    });
  }

  #counting(store: CircuitStore): CircuitStore {
    return {
      read: (...args) => this.#counted(() => store.read(...args)),
      add: (...args) => this.#counted(() => store.add(...args)),
      replace: (...args) => this.#counted(() => store.replace(...args)),
    };
  }

  #counted<T>(request: () => T): T {
    this.#count(this.#requests);
    return request();
  }

  /** Counts what happens while the service is down and all who wait have arrived. */
  #count(of: Map<number, number>): void {
    const { now } = this.#agenda;
    if (now < BEFORE_MS + this.#herd.arrivalMs || now >= this.#returnsAt) return;
    const second = Math.floor(now / 1_000);
    of.set(second, (of.get(second) ?? 0) + 1);
  }
}

function isLimiter(strategy: Strategy): strategy is LimiterName {
  return strategy in LIMITERS;
}

function throwing(error: unknown): never {
  throw error;
}
