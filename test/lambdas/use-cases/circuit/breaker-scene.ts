import { MemoryCircuitStore } from '../../../../lambdas/adapters/circuit/memory-circuit-store.ts';
import { DEFAULT_CIRCUIT_POLICY } from '../../../../lambdas/contract/circuit-policy.ts';
import type { CircuitEvent } from '../../../../lambdas/domain/circuit/circuit.ts';
import type { CircuitChange } from '../../../../lambdas/domain/circuit/circuit-change.ts';
import type {
  CallCounts,
  CircuitReplacement,
  CircuitSnapshot,
  CircuitStore,
} from '../../../../lambdas/domain/circuit/circuit-store.ts';
import { applyEvent } from '../../../../lambdas/use-cases/circuit/apply-event.ts';
import { Breaker } from '../../../../lambdas/use-cases/circuit/breaker.ts';
import type { BreakerContext } from '../../../../lambdas/use-cases/circuit/breaker-context.ts';
import type { Permit } from '../../../../lambdas/use-cases/circuit/permit.ts';

/**
 * Breakers of several instances on one table. The test controls the clock, the random numbers and the table.
 * It can delay an answer, run code before or after a request's effect, or make the table unreachable. `taken()` lists
 * the requests.
 */

export const KEY = 'payments';

/** The observed rate decides alone, so that a few calls suffice. */
export const POLICY = { ...DEFAULT_CIRCUIT_POLICY, confidence: 0, minimumCalls: 5 };

type Request = 'read' | 'add' | 'replace';

/** Records all requests. A test can make it unreachable. */
export class NotingStore implements CircuitStore {
  readonly requests: string[] = [];
  failing: Request | 'all' | undefined;
  /** Runs before the effect of the next such request. */
  readonly before: Partial<Record<Request, () => Promise<unknown>>> = {};
  /** Runs between the effect of the next such request and its answer. */
  readonly after: Partial<Record<Request, () => Promise<unknown>>> = {};
  /** Delays the next request until it resolves. */
  held: Promise<void> | undefined;
  #memory = new MemoryCircuitStore();

  async read(key: string): Promise<CircuitSnapshot> {
    return this.#answer('read', () => this.#memory.read(key));
  }

  async add(key: string, outcomes: CallCounts, now: number): Promise<CircuitSnapshot> {
    return this.#answer('add', () => this.#memory.add(key, outcomes, now));
  }

  async replace(key: string, before: CircuitSnapshot, next: CircuitReplacement): Promise<CircuitSnapshot | undefined> {
    return this.#answer('replace', () => this.#memory.replace(key, before, next));
  }

  /** Returns the requests since the last call. */
  taken(): string[] {
    return this.requests.splice(0);
  }

  /** Waits for the next request. */
  async asked(): Promise<void> {
    while (this.requests.length === 0) await null;
  }

  /** Deletes all items. */
  forget(): void {
    this.#memory = new MemoryCircuitStore();
  }

  async #answer<T>(request: Request, effect: () => Promise<T>): Promise<T> {
    this.requests.push(request);
    const { held } = this;
    this.held = undefined;
    await held;
    await once(this.before, request);
    if (this.failing === 'all' || this.failing === request) throw new Error('out of reach');
    const answer = await effect();
    await once(this.after, request);
    return answer;
  }
}

async function once(hooks: NotingStore['before'], request: Request): Promise<void> {
  const hook = hooks[request];
  delete hooks[request];
  await hook?.();
}

/** A table that several instances share. The test controls its clock and random numbers. */
export class BreakerScene {
  now = 1_700_000_000_000;
  random = 0.5;
  readonly store = new NotingStore();
  readonly changes: CircuitChange[] = [];
  readonly unreachable: unknown[] = [];
  #tokens = 0;

  context(): BreakerContext {
    return {
      policy: POLICY,
      store: this.store,
      watcher: {
        changed: (change) => this.changes.push(change),
        unreachable: (error) => this.unreachable.push(error),
      },
      now: () => this.now,
      random: () => this.random,
      newToken: () => `probe-${++this.#tokens}`,
      isFailure: (error) => !(error instanceof TypeError),
    };
  }

  instance(): Breaker {
    return new Breaker(KEY, this.context());
  }

  apply(event: CircuitEvent): Promise<CircuitSnapshot> {
    return applyEvent(KEY, event, this.context());
  }

  async counts(): Promise<{ successes: number; failures: number }> {
    let [successes, failures] = [0, 0];
    for (const bucket of (await this.store.read(KEY)).buckets) {
      successes += bucket.successes;
      failures += bucket.failures;
    }
    return { successes, failures };
  }

  async kind(): Promise<string> {
    return (await this.store.read(KEY)).circuit.kind;
  }

  /** Makes enough failing calls to open the circuit. */
  async trip(): Promise<void> {
    const breaker = this.instance();
    for (let call = 0; call < POLICY.minimumCalls; call++) await breaker.failed(await permitOf(breaker));
  }

  async halfOpen(): Promise<void> {
    await this.trip();
    this.now += POLICY.openForMs;
  }

  /** Probes until the circuit opens again. */
  async failProbes(): Promise<void> {
    for (let probe = 0; probe < POLICY.probes; probe++)
      await this.instance()
        .call(fail)
        .catch(() => {});
  }

  /** Makes three successful probes. */
  async recover(): Promise<void> {
    await this.halfOpen();
    for (let probe = 0; probe < POLICY.probes; probe++) {
      const prober = this.instance();
      await prober.succeeded(await permitOf(prober));
    }
  }
}

/** Asks for a permit. @throws Error if the breaker rejects the call */
export async function permitOf(breaker: Breaker, ...retries: Parameters<Breaker['tryAcquire']>): Promise<Permit> {
  const answer = await breaker.tryAcquire(...retries);
  if (!answer.admitted) throw new Error('the call was rejected');
  return answer.permit;
}

export function pass(): Promise<string> {
  return Promise.resolve('answer');
}

export function fail(): Promise<never> {
  return Promise.reject(new Error('500'));
}
