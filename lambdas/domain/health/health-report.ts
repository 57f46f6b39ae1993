import { iso } from '../../contract/time.ts';
import { circuitSubject } from '../circuit/circuit-key.ts';
import type { Circuit } from '../circuit/circuit-state.ts';
import { INITIAL_SNAPSHOT, KEPT_SECONDS, type StoredCircuit } from '../circuit/circuit-store.ts';
import { effectiveCircuit } from '../circuit/effective-circuit.ts';
import { tallySince } from '../circuit/tally.ts';

/** One circuit in the report at `/health`. */
interface CircuitReport {
  readonly state: Circuit['kind'];
  /** Calls of the last minute, counted since the last change of state. */
  readonly counts: { readonly requests: number; readonly totalSuccesses: number; readonly totalFailures: number };
  /** RFC 3339. Absent if the state never changed. */
  readonly lastStateChange?: string;
  /** RFC 3339: earliest time at which the state ends by itself. Absent if it doesn't. */
  readonly until?: string;
}

interface DependencyReport extends CircuitReport {
  /** Tenants' circuits that are not closed, by tenant. At most 100. */
  readonly tenants?: Readonly<Record<string, CircuitReport>>;
  /** Number of tenants' circuits that are not closed. Absent if all are closed. */
  readonly tenantsNotClosed?: number;
}

/** `degraded`: calls pass in part, or a tenant's circuit is not closed. `down`: no calls pass. */
type Connection = 'connected' | 'degraded' | 'down';

interface HealthReport {
  /** `degraded`: at least one circuit is not closed. `unhealthy`: the tables are unreadable. */
  readonly status: 'healthy' | 'degraded' | 'unhealthy';
  readonly timestamp: string;
  readonly dependencies: Readonly<Record<string, Connection>>;
  readonly circuitBreakers: Readonly<Record<string, DependencyReport>>;
}

/** Limit of listed tenants per dependency. The rest is only counted. */
const MAX_TENANTS = 100;

/** Derives the health of all dependencies from their circuits. A dependency without calls counts as healthy. */
export function healthReport(
  dependencies: readonly string[],
  circuits: readonly StoredCircuit[],
  now: number,
): HealthReport {
  const circuitBreakers = Object.fromEntries(
    dependencies.map((name) => [name, dependencyReport(name, circuits, now)] as const),
  );
  const connections = Object.entries(circuitBreakers).map(([name, report]) => [name, connectionOf(report)] as const);
  const allConnected = connections.every(([, connection]) => connection === 'connected');
  return {
    status: allConnected ? 'healthy' : 'degraded',
    timestamp: iso(now),
    dependencies: Object.fromEntries(connections),
    circuitBreakers,
  };
}

/** The report if the tables are unreadable. */
export function unhealthy(now: number): HealthReport {
  return { status: 'unhealthy', timestamp: iso(now), dependencies: {}, circuitBreakers: {} };
}

function dependencyReport(name: string, circuits: readonly StoredCircuit[], now: number): DependencyReport {
  const own = circuits.find(({ key }) => key === name)?.snapshot ?? INITIAL_SNAPSHOT;
  const notClosed = circuits
    .map(({ key, snapshot }) => ({ ...circuitSubject(key), report: circuitReport(snapshot, now) }))
    .filter(
      ({ dependency, tenant, report }) => dependency === name && tenant !== undefined && report.state !== 'closed',
    );
  if (notClosed.length === 0) return circuitReport(own, now);
  const shown = notClosed.slice(0, MAX_TENANTS).map(({ tenant = '', report }) => [tenant, report] as const);
  return { ...circuitReport(own, now), tenants: Object.fromEntries(shown), tenantsNotClosed: notClosed.length };
}

export function circuitReport({ circuit: stored, buckets }: StoredCircuit['snapshot'], now: number): CircuitReport {
  const circuit = effectiveCircuit(stored, now);
  const { successes, failures } = tallySince(buckets, now - KEPT_SECONDS * 1_000);
  return {
    state: circuit.kind,
    counts: { requests: successes + failures, totalSuccesses: successes, totalFailures: failures },
    ...(circuit.since > 0 && { lastStateChange: iso(circuit.since) }),
    ...('until' in circuit && { until: iso(circuit.until) }),
  };
}

function connectionOf({ state, tenantsNotClosed }: DependencyReport): Connection {
  if (state === 'open' || state === 'forced-open') return 'down';
  if (state === 'half-open' || state === 'recovering' || tenantsNotClosed !== undefined) return 'degraded';
  return 'connected';
}
