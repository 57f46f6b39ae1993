import { ConsecutiveBreaker, circuitBreaker, handleAll, SamplingBreaker } from 'cockatiel';
import Opossum from 'opossum';
import { MemoryCircuitStore } from '../../lambdas/adapters/circuit/memory-circuit-store.ts';
import { turnNow } from '../../lambdas/adapters/circuit/turn-clock.ts';
import { type CircuitPolicy, DEFAULT_CIRCUIT_POLICY } from '../../lambdas/contract/circuit-policy.ts';
import { applyEvent, type EventContext } from '../../lambdas/use-cases/circuit/apply-event.ts';
import { Breaker } from '../../lambdas/use-cases/circuit/breaker.ts';
import type { BreakerContext } from '../../lambdas/use-cases/circuit/breaker-context.ts';

export type Call = () => Promise<unknown>;

/** Calls `fn` through a breaker. */
export type Guarded = (fn: Call) => Promise<unknown>;

export const OURS = 'this breaker';
export const TRY_CATCH = 'async try/catch';
export const TRY_CATCH_AND_CLOCK = 'try/catch, Date.now()';
export const CONSECUTIVE = 'cockatiel, consecutive';
export const SAMPLING = 'cockatiel, sampling';
export const OPOSSUM = 'opossum';

const NEVER_MS = 3_600_000;
const MAX_DATE_MS = 8.64e15;
const calling: Call = () => Promise.resolve();

export const bare: Guarded = (fn) => fn();

export const tryCatch: Guarded = async (fn) => {
  try {
    return await fn();
  } catch (error) {
    throw error instanceof Error ? error : new Error('no error', { cause: error });
  }
};

/** The lower bound for any guard that measures time. */
export const tryCatchAndClock: Guarded = async (fn) => {
  try {
    if (Date.now() > MAX_DATE_MS) throw new Error('the end of time');
    return await fn();
  } catch (error) {
    throw error instanceof Error ? error : new Error('no error', { cause: error });
  }
};

/** Our breaker with the system's clock and a table in memory. The benchmark measures network cost as requests. */
export function ourContext(policy: Partial<CircuitPolicy> = {}): BreakerContext {
  return {
    policy: { ...DEFAULT_CIRCUIT_POLICY, ...policy },
    store: new MemoryCircuitStore(),
    watcher: {
      changed: () => {},
      unreachable: (error) => {
        throw error;
      },
    },
    now: Date.now,
    turnNow,
    random: Math.random,
    newToken: () => 'token',
    isFailure: () => true,
  };
}

export function ours(policy?: Partial<CircuitPolicy>): Guarded {
  const breaker = new Breaker('service', ourContext(policy));
  return (fn) => breaker.call(fn);
}

export async function oursOpen(): Promise<Guarded> {
  const context = ourContext();
  await forceOpen(context, Date.now());
  const breaker = new Breaker('service', context);
  return (fn) => breaker.call(fn);
}

/** Forces the circuit open for an hour. */
export async function forceOpen(context: EventContext, now: number): Promise<void> {
  const until = now + NEVER_MS;
  await applyEvent(
    'service',
    { type: 'forced', now, to: 'open', until, reason: 'benchmark', by: 'benchmark' },
    context,
  );
}

export function cockatielConsecutive(): Guarded {
  const policy = circuitBreaker(handleAll, { halfOpenAfter: NEVER_MS, breaker: new ConsecutiveBreaker(5) });
  return (fn) => policy.execute(fn);
}

/** @param threshold Share of failures that opens the breaker. */
export function cockatielSampling(threshold = 0.5): Guarded {
  const breaker = new SamplingBreaker({ threshold, duration: 10_000, minimumRps: 0.5 });
  const policy = circuitBreaker(handleAll, { halfOpenAfter: NEVER_MS, breaker });
  return (fn) => policy.execute(fn);
}

export async function cockatielOpen(): Promise<Guarded> {
  const policy = circuitBreaker(handleAll, { halfOpenAfter: NEVER_MS, breaker: new ConsecutiveBreaker(1) });
  await policy.execute(() => Promise.reject(new Error('down'))).catch(() => {});
  return (fn) => policy.execute(fn);
}

/** Creates an opossum breaker, which guards one function. `stop` ends its timers. */
export function opossum(
  fn: Call = calling,
  errorThresholdPercentage = 50,
): { readonly call: Call; readonly stop: () => void } {
  const breaker = new Opossum(fn, { errorThresholdPercentage });
  return { call: () => breaker.fire(), stop: () => breaker.shutdown() };
}

export function opossumOpen(): { readonly call: Call; readonly stop: () => void } {
  const breaker = new Opossum(calling, { resetTimeout: NEVER_MS });
  breaker.open();
  return { call: () => breaker.fire(), stop: () => breaker.shutdown() };
}
