/** `backstop/circuit`: the shared circuits for functions of a team's own. */
import * as v from 'valibot';
import type { CircuitPolicy } from '../../contract/circuit-policy.ts';
import { DEFAULT_CIRCUIT_POLICY } from '../../contract/circuit-policy.ts';
import { CircuitOpenError } from '../../contract/errors.ts';
import type { Breaker } from '../../use-cases/circuit/breaker.ts';
import { MemoryCircuitStore } from './memory-circuit-store.ts';
import { circuitClient, circuitsOn, openCircuits } from './open-circuits.ts';

export type { CircuitPolicy };
export { CircuitOpenError };

/** Where a call finds its circuit. */
export interface CircuitSource {
  of(dependency: string, tenant?: string): Breaker;
}

export interface CircuitBreakerOptions<Args extends readonly unknown[]> {
  /**
   * Tenant of a call, for dependencies whose circuits are per tenant. What is not 1 to 64 letters, digits, ".", "_" or "-"
   * goes by the dependency's own circuit.
   * @default - calls name no tenant
   */
  readonly tenant?: (...args: Args) => string | undefined;

  /**
   * Whether an error that the call ends with says that the dependency is down.
   * @default - what Backstop takes for transient or throttled: connections that fail, timeouts, 408, 425, 429, and most of 500 to 599
   */
  readonly isFailure?: (error: unknown) => boolean;

  /** @default - the circuits that `ResiliencePipeline.guard` has given to the function */
  readonly circuits?: CircuitSource;
}

/** The function has no access to the circuit that it would go by. */
export class CircuitNotConfiguredError extends Error {
  override readonly name = 'CircuitNotConfiguredError';
}

/**
 * A function that makes its call through the circuit of a dependency, which everybody shares. Once too many calls fail it makes
 * none, and rejects with {@link CircuitOpenError}, until probes have found the dependency well again.
 *
 * A call that resolves is a success: `fetch` resolves for a 503 too, so throw where the response is not ok.
 *
 * @throws CircuitOpenError where the circuit is open; CircuitNotConfiguredError where the function may not use it
 * @example
 * const charge = circuitBreaker('payments', async (order: Order) => {
 *   const response = await fetch(`https://payments.example.com/orders/${order.id}`, { method: 'PUT' });
 *   if (!response.ok) throw Object.assign(new Error('not charged'), { status: response.status });
 * });
 */
export function circuitBreaker<Args extends readonly unknown[], Result>(
  dependency: string,
  fn: (...args: Args) => Promise<Result>,
  { tenant, isFailure, circuits }: CircuitBreakerOptions<Args> = {},
): (...args: Args) => Promise<Result> {
  return async (...args) => {
    const breaker = (circuits ?? environmentCircuits()).of(dependency, named(tenant?.(...args)));
    const call = () => fn(...args);
    return breaker.call(call, isFailure);
  };
}

/** Circuits of this process alone, for tests. */
export function memoryCircuits(policy: Partial<CircuitPolicy> & { readonly now?: () => number } = {}): CircuitSource {
  const { now, ...changed } = policy;
  const store = new MemoryCircuitStore();
  const silentWatcher = { changed: () => undefined, unreachable: () => undefined };
  const circuits = circuitsOn(() => store, silentWatcher, now);
  const circuit = { ...DEFAULT_CIRCUIT_POLICY, ...changed, perTenant: true };
  return { of: (name, tenant) => circuits.of({ name, circuit }, tenant) };
}

function named(tenant: string | undefined): string | undefined {
  return tenant !== undefined && /^[A-Za-z0-9._-]{1,64}$/.test(tenant) ? tenant : undefined;
}

const number = v.number();
const Settings = v.record(
  v.string(),
  v.object({
    ...{ failureRate: number, minimumCalls: number, windowMs: number, openForMs: number, probeAgainAfterMs: number },
    ...{ probes: number, probeLeaseMs: number, adaptive: v.boolean(), perTenant: v.boolean() },
  }),
);

let ofEnvironment: CircuitSource | undefined;

/** Reads the environment at the first call, so that tests without it can import the module. */
function environmentCircuits(): CircuitSource {
  ofEnvironment ??= readEnvironment();
  return ofEnvironment;
}

function readEnvironment(): CircuitSource {
  const { BACKSTOP_CIRCUITS_TABLE: table, BACKSTOP_CIRCUITS: text } = process.env;
  const settings = v.safeParse(v.pipe(v.string(), v.parseJson(), Settings), text);
  if (!table || !settings.success)
    throw notConfigured('BACKSTOP_CIRCUITS_TABLE and BACKSTOP_CIRCUITS are not both set');
  const known = new Map(Object.entries(settings.output));
  const circuits = openCircuits(circuitClient(), table);
  return {
    of(name, tenant) {
      const circuit = known.get(name);
      if (!circuit) throw notConfigured(`BACKSTOP_CIRCUITS does not name '${name}'`);
      return circuits.of({ name, circuit }, tenant);
    },
  };
}

function notConfigured(what: string): CircuitNotConfiguredError {
  return new CircuitNotConfiguredError(
    `${what}: call pipeline.guard(fn, dependency) for this function in the CDK app, or give \`circuits\` in a test`,
  );
}
