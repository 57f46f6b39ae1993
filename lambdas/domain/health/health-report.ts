import { type Circuit, effectiveCircuit } from '../circuit/circuit.ts';
import { circuitSubject } from '../circuit/circuit-key.ts';
import { INITIAL_SNAPSHOT, KEPT_SECONDS, type StoredCircuit } from '../circuit/circuit-store.ts';
import { tallySince } from '../circuit/tally.ts';

/** One circuit, as `/health` shows it. */
export interface CircuitReport {
  readonly state: Circuit['kind'];
  /** Calls of the last minute that were counted since the circuit came into its state. */
  readonly counts: { readonly requests: number; readonly totalSuccesses: number; readonly totalFailures: number };
  /** RFC 3339; absent where it never changed. */
  readonly lastStateChange?: string;
  /** RFC 3339; there where the state ends by itself, but not before then. */
  readonly until?: string;
}

export interface DependencyReport extends CircuitReport {
  /** Circuits of tenants that are not closed, by tenant; at most 100 of them. */
  readonly tenants?: Readonly<Record<string, CircuitReport>>;
  /** How many circuits of tenants are not closed; there where any is. */
  readonly tenantsNotClosed?: number;
}

export type Connection = 'connected' | 'degraded' | 'down';

export interface HealthReport {
  /** `degraded`: a circuit is not closed. `unhealthy`: the tables can't be read. */
  readonly status: 'healthy' | 'degraded' | 'unhealthy';
  readonly timestamp: string;
  readonly dependencies: Readonly<Record<string, Connection>>;
  readonly circuitBreakers: Readonly<Record<string, DependencyReport>>;
}

/** More tenants of a dependency are counted only. */
const MOST_TENANTS = 100;

/** What the circuits say of the health of all dependencies; those that nobody has called are well, as far as is known. */
export function healthReport(
  dependencies: readonly string[],
  circuits: readonly StoredCircuit[],
  now: number,
): HealthReport {
  const circuitBreakers = Object.fromEntries(
    dependencies.map((name) => [name, dependencyReport(name, circuits, now)] as const),
  );
  const connections = Object.entries(circuitBreakers).map(([name, report]) => [name, connectionOf(report)] as const);
  const isWell = connections.every(([, connection]) => connection === 'connected');
  return {
    status: isWell ? 'healthy' : 'degraded',
    timestamp: new Date(now).toISOString(),
    dependencies: Object.fromEntries(connections),
    circuitBreakers,
  };
}

/** What is said where nothing can be read. */
export function unhealthy(now: number): HealthReport {
  return { status: 'unhealthy', timestamp: new Date(now).toISOString(), dependencies: {}, circuitBreakers: {} };
}

function dependencyReport(name: string, circuits: readonly StoredCircuit[], now: number): DependencyReport {
  const own = circuits.find(({ key }) => key === name)?.snapshot ?? INITIAL_SNAPSHOT;
  const troubled = circuits
    .map(({ key, snapshot }) => ({ ...circuitSubject(key), report: circuitReport(snapshot, now) }))
    .filter(
      ({ dependency, tenant, report }) => dependency === name && tenant !== undefined && report.state !== 'closed',
    );
  if (troubled.length === 0) return circuitReport(own, now);
  const shown = troubled.slice(0, MOST_TENANTS).map(({ tenant = '', report }) => [tenant, report] as const);
  return { ...circuitReport(own, now), tenants: Object.fromEntries(shown), tenantsNotClosed: troubled.length };
}

/** One circuit as it stands. */
export function circuitReport({ circuit: stored, buckets }: StoredCircuit['snapshot'], now: number): CircuitReport {
  const circuit = effectiveCircuit(stored, now);
  const { successes, failures } = tallySince(buckets, now - KEPT_SECONDS * 1_000);
  return {
    state: circuit.kind,
    counts: { requests: successes + failures, totalSuccesses: successes, totalFailures: failures },
    ...(circuit.since > 0 && { lastStateChange: new Date(circuit.since).toISOString() }),
    ...('until' in circuit && { until: new Date(circuit.until).toISOString() }),
  };
}

function connectionOf({ state, tenantsNotClosed }: DependencyReport): Connection {
  if (state === 'open' || state === 'forced-open') return 'down';
  if (state === 'half-open' || state === 'recovering' || tenantsNotClosed !== undefined) return 'degraded';
  return 'connected';
}
