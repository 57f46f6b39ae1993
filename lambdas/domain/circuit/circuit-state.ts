/** A call admitted to test whether the dependency has recovered. */
export interface Probe {
  readonly token: string;
  /** Epoch milliseconds: the lease ends, and the place is free again. */
  readonly until: number;
  /** The circuit has changed state since. The probe's result no longer counts, but the probe still holds its place. */
  readonly late?: true;
  /** When the call began, in epoch milliseconds. */
  readonly at?: number;
}

/** Fields of every circuit state. All times are epoch milliseconds. */
interface Common {
  readonly since: number;
  /** The dependency's usual failure rate, 0 to 1. Learned while the circuit is closed. */
  readonly baseline: number;
  /** Probes in flight. The policy limits their number. */
  readonly probes: readonly Probe[];
}

/** The line of those who wait: each refused caller asks again at its end, so they return at a steady pace. */
export interface Line {
  /** Callers per second that ask again. */
  readonly pace: number;
  /** End of the line when the store had counted `waits`, in epoch milliseconds. */
  readonly endsAt: number;
  readonly waits: number;
}

/** Fields of the states during an outage. */
export interface DuringOutage extends Common {
  /** When the circuit first opened in this outage. */
  readonly trippedAt: number;
  readonly line?: Line;
  /** Most calls in a second that the dependency has carried since. */
  readonly carried?: number;
  /** When the dependency last fell while it recovered, in epoch milliseconds. */
  readonly fellAt?: number;
}

/** Admits all calls. */
export interface Closed extends Common {
  readonly kind: 'closed';
  /** When the baseline was last updated. */
  readonly learnedAt: number;
  /** When the circuit opened in the outage that it has recovered from. */
  readonly trippedAt?: number;
}

/** Rejects all calls until `until`; then admits probes. */
export interface Open extends DuringOutage {
  readonly kind: 'open';
  readonly until: number;
}

/** Admits probes only. */
export interface HalfOpen extends DuringOutage {
  readonly kind: 'half-open';
  readonly succeeded: number;
  readonly failed: number;
  /** How long the fastest successful probe took, in milliseconds. A single slow one says little about the calls. */
  readonly callMs?: number;
  /** The circuit has opened again in this outage. */
  readonly again?: true;
}

/** Share of calls that a recovering circuit admits, over time. */
export interface Ramp {
  /** Share at `since`, 0 to 1. */
  readonly share: number;
  /** Epoch milliseconds. */
  readonly since: number;
  /** Share that the dependency carried when more was too much. The share grows slowly near it. */
  readonly limit?: number;
  /** Calls per second that asked then. Where fewer ask, a larger share of them passes, and so as many calls. */
  readonly asks?: number;
  /** How long a call takes, in milliseconds, if that is known. Nothing shows sooner what a share does. */
  readonly callMs?: number;
  /** The dependency has been overloaded in this recovery, so the share grows more slowly. */
  readonly careful?: true;
  /** When the next call may pass, in epoch milliseconds, where calls are so few that each has a time of its own. */
  readonly slot?: number;
}

/** The probes succeeded. Admits a share of the calls, which grows with time and shrinks with overload. */
export interface Recovering extends DuringOutage {
  readonly kind: 'recovering';
  readonly ramp: Ramp;
}

/** An operator's override, independent of the dependency's health. */
export interface Forced extends DuringOutage {
  readonly kind: 'forced-open' | 'forced-closed';
  readonly until: number;
  readonly reason: string;
  readonly by: string;
}

export type Circuit = Closed | Open | HalfOpen | Recovering | Forced;
export type CircuitKind = Circuit['kind'];

export function closed(now: number, baseline = 0, probes: readonly Probe[] = []): Closed {
  return { kind: 'closed', since: now, baseline, probes, learnedAt: now };
}

/** Probes in flight across a change of state. */
export function underWay({ probes }: Circuit, now: number): readonly Probe[] {
  return probes.filter((probe) => isLeased(probe, now)).map((probe) => ({ ...probe, late: true }));
}

/** Largest difference between the clocks of two instances: each may be wrong by 5 s. */
export const MAX_SKEW_MS = 10_000;

/** Whether a probe may still be under way, whichever clock its lease was written by. */
export function isLeased({ until }: Probe, now: number): boolean {
  return now < until + MAX_SKEW_MS;
}

/** Carries the outage's fields over to the next state. */
export function outageOf(
  circuit: Circuit,
  now: number,
): Pick<DuringOutage, 'baseline' | 'trippedAt' | 'probes' | 'line' | 'carried' | 'fellAt'> {
  const { baseline } = circuit;
  const probes = underWay(circuit, now);
  if (circuit.kind === 'closed') return { baseline, trippedAt: now, probes };
  const { trippedAt, line, carried, fellAt } = circuit;
  const known = { ...(line && { line }), ...(carried !== undefined && { carried }) };
  return { baseline, trippedAt, probes, ...known, ...(fellAt !== undefined && { fellAt }) };
}

/** Whether callers wait for the dependency, and so stand in a line. An operator's decision has an end of its own. */
export function isWaitedFor({ kind }: Circuit): boolean {
  return kind === 'open' || kind === 'half-open' || kind === 'recovering';
}
