/**
 * `@backstop-cdk/backstop/circuit`: the shared circuits for your own functions.
 *
 * @module @backstop-cdk/backstop/circuit
 */
import * as v from 'valibot';
import type { CircuitPolicy } from '../../contract/circuit-policy.ts';
import { DEFAULT_CIRCUIT_POLICY } from '../../contract/circuit-policy.ts';
import { CircuitOpenError, noteCalls, noteOpenCircuit } from '../../contract/errors.ts';
import { TENANT } from '../../contract/names.ts';
import { namedValues } from '../../domain/json/named-values.ts';
import { clientTelemetry } from './client-telemetry.ts';
import { EarlierCalls } from './earlier-calls.ts';
import { loggingWatcher } from './logging-watcher.ts';
import { MemoryCircuitStore } from './memory-circuit-store.ts';
import { circuitClient, circuitsIn, circuitsOn } from './table-circuits.ts';

export { CircuitOpenError };

/** One circuit, as a function uses it. */
interface SharedCircuit {
  /** Makes the call if the circuit lets it pass. @throws CircuitOpenError when it is open */
  call<Result>(fn: () => Promise<Result>, isFailure?: (error: unknown) => boolean, leaseMs?: number): Promise<Result>;
}

/**
 * Where a call finds its circuit. Take it as a parameter to test a function without a table.
 *
 * @example
 * const chargeWith = (circuits?: CircuitSource) => circuitBreaker('payments', async () => 'charged', { circuits });
 * const charge = chargeWith(memoryCircuits());
 */
export interface CircuitSource {
  /** The circuit of a dependency, or of one of its tenants. */
  of(dependency: string, tenant?: string): SharedCircuit;
}

/**
 * The options of {@link circuitBreaker}.
 *
 * @example
 * interface Order {
 *   readonly id: string;
 *   readonly tenant: string;
 * }
 * const options: CircuitBreakerOptions<[Order]> = { tenant: (order) => order.tenant };
 * const charge = circuitBreaker('payments', async ({ id }: Order) => `charged ${id}`, options);
 */
export interface CircuitBreakerOptions<Args extends readonly unknown[]> {
  /**
   * The tenant of a call, for dependencies with a circuit per tenant: 1 to 64 letters, digits, ".", "_" or "-". Any
   * other value uses the dependency's own circuit.
   * @default - calls name no tenant
   */
  readonly tenant?: (...args: Args) => string | undefined;

  /**
   * Whether an error of the call counts against the dependency.
   * @default - transient and throttled errors count: failed connections, timeouts, 408, 425, 429, and most of 500 to
   * 599
   */
  readonly isFailure?: (error: unknown) => boolean;

  /**
   * How long a call may take, in milliseconds, if longer than the dependency's timeout in the config. A probe holds its
   * place for this long.
   * @default - the lease of the config
   */
  readonly maxDurationMs?: number;

  /** Where to find the circuits. @default - the circuits that `ResiliencePipeline.guard` has granted the function */
  readonly circuits?: CircuitSource;
}

/**
 * The function has no access to the circuit: nobody has called `pipeline.guard` for it. Its first call throws this
 * error.
 *
 * @example
 * const charge = circuitBreaker('payments', async () => 'charged');
 * const answer = await charge().catch((error) => {
 *   if (error instanceof CircuitNotConfiguredError) return 'call pipeline.guard(fn, "payments") in the CDK app';
 *   throw error;
 * });
 */
export class CircuitNotConfiguredError extends Error {
  /** Stays when a bundler renames the class. */
  override readonly name = 'CircuitNotConfiguredError';
}

/**
 * Wraps a call in the shared circuit of a dependency. While the circuit is open, the returned function makes no call
 * and rejects with {@link CircuitOpenError}. Probes close the circuit when the dependency is healthy again.
 *
 * A call that resolves counts as a success. `fetch` resolves for a 503 too, so throw when the response is not ok.
 *
 * @param dependency its name in the config of the pipeline
 * @param fn makes the call
 * @returns a function with the same arguments and result
 * @throws CircuitOpenError when the circuit is open
 * @throws CircuitNotConfiguredError when nobody has called `pipeline.guard` for the function
 * @example
 * const charge = circuitBreaker('payments', async (order: { id: string }) => {
 *   const response = await fetch(`https://payments.example.com/orders/${order.id}`, { method: 'PUT' });
 *   if (!response.ok) throw Object.assign(new Error('not charged'), { status: response.status });
 * });
 */
export function circuitBreaker<Args extends readonly unknown[], Result>(
  dependency: string,
  fn: (...args: Args) => Promise<Result>,
  { tenant, isFailure, maxDurationMs, circuits }: CircuitBreakerOptions<Args> = {},
): (...args: Args) => Promise<Result> {
  const earlier = new EarlierCalls();
  return async (...args) => {
    const breaker = (circuits ?? environmentCircuits()).of(dependency, named(tenant?.(...args)));
    let isMade = false;
    const call = () => {
      isMade = true;
      return fn(...args);
    };
    try {
      const result = await breaker.call(call, isFailure, maxDurationMs);
      earlier.succeeded(args);
      return result;
    } catch (error) {
      const others = earlier.before(args);
      if (isMade) earlier.failed(args, error);
      const own =
        others > 0 && !isMade && error instanceof CircuitOpenError ? new CircuitOpenError(error.retryAt) : error;
      noteOpenCircuit(own, dependency);
      if (others > 0) noteCalls(own, others + 1);
      throw own;
    }
  };
}

/**
 * Circuits in the memory of this process, for tests.
 *
 * @param policy settings of all circuits, times in milliseconds; `now` is the clock. `confidence` is 0 by default, so
 * that as few calls as `minimumCalls` open a circuit
 * @example
 * const down = async () => {
 *   throw Object.assign(new Error('down'), { status: 503 });
 * };
 * const charge = circuitBreaker('payments', down, { circuits: memoryCircuits({ minimumCalls: 2 }) });
 */
export function memoryCircuits(policy: Partial<CircuitPolicy> & { readonly now?: () => number } = {}): CircuitSource {
  const { now, ...changed } = policy;
  const store = new MemoryCircuitStore();
  const silentWatcher = { changed: () => undefined, unreachable: () => undefined };
  const circuits = circuitsOn(() => store, silentWatcher, now);
  const circuit = { ...DEFAULT_CIRCUIT_POLICY, confidence: 0, ...changed, perTenant: true };
  return { of: (name, tenant) => circuits.of({ name, circuit }, tenant) };
}

function named(tenant: string | undefined): string | undefined {
  return tenant !== undefined && TENANT.test(tenant) ? tenant : undefined;
}

const number = v.number();
const Settings = namedValues(
  v.object({
    failureRate: number,
    minimumCalls: number,
    confidence: number,
    windowMs: number,
    openForMs: number,
    probeAgainAfterMs: number,
    probes: number,
    probeLeaseMs: number,
    adaptive: v.boolean(),
    perTenant: v.boolean(),
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
    throw notConfigured('BACKSTOP_CIRCUITS_TABLE and BACKSTOP_CIRCUITS must both be set');
  const known = new Map(Object.entries(settings.output));
  const circuits = circuitsIn(circuitClient(), table, loggingWatcher(clientTelemetry));
  return {
    of(name, tenant) {
      const circuit = known.get(name);
      if (!circuit) throw notConfigured(`BACKSTOP_CIRCUITS has no dependency '${name}'`);
      return circuits.of({ name, circuit }, tenant);
    },
  };
}

function notConfigured(what: string): CircuitNotConfiguredError {
  return new CircuitNotConfiguredError(
    `${what}: call pipeline.guard(fn, dependency) for this function in the CDK app, or give \`circuits\` in a test`,
  );
}
