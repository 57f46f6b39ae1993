import type { CircuitPolicy } from '../../contract/circuit-policy.ts';
import { type DuringOutage, type HalfOpen, isLeased, type Probe } from './circuit-state.ts';

/** Probes whose lease is over and whose result may still come. Older ones are forgotten. */
const MAX_OVERDUE = 20;

/** What the probes of a half-open circuit show so far. */
export type ProbeVerdict = 'up' | 'down' | 'open question';

/**
 * A success is strong evidence that the dependency is not down. A failure is weak evidence that it is, because a
 * healthy one also fails at times. So failures must outnumber successes by as many probes as must succeed.
 */
export function probeVerdict(circuit: HalfOpen, policy: CircuitPolicy): ProbeVerdict {
  const { succeeded, failed } = circuit;
  if (succeeded >= policy.probes) return 'up';
  return failed - succeeded >= leastFailed(circuit, policy) ? 'down' : 'open question';
}

/**
 * While an outage continues, a round begins with a single probe: more of them would fail as well, round after round.
 */
function leastFailed({ succeeded, again }: HalfOpen, { probes }: CircuitPolicy): number {
  return succeeded === 0 && again ? 1 : probes;
}

/** Shortest time between two rounds of probes. */
const SOONEST_MS = 250;
/** Rounds of probes in as long as the dependency has been down. */
const ROUNDS = 6;

/**
 * Time until the next probes, in milliseconds. A dependency that has just fallen often returns soon. So the first
 * rounds follow each other faster, and a short fall costs at most a sixth more time.
 *
 * @param took how long the failed probes took, in milliseconds: that much of the time is over
 */
export function probeAgainAfter(
  { fellAt }: Pick<DuringOutage, 'fellAt'>,
  { now, took = 0 }: { readonly now: number; readonly took?: number },
  { probeAgainAfterMs }: CircuitPolicy,
): number {
  const distance = fellAt === undefined ? probeAgainAfterMs : Math.min(probeAgainAfterMs, (now - fellAt) / ROUNDS);
  return Math.max(Math.min(SOONEST_MS, probeAgainAfterMs), distance - took);
}

/** Time in which a call usually ends. */
const USUAL_CALL_MS = 400;

/** Whether another probe may start: not if those just begun may prove that the dependency is down. */
export function hasRoom(circuit: HalfOpen, now: number, policy: CircuitPolicy): boolean {
  const { probes, succeeded, failed } = circuit;
  const underWay = probes.filter((probe) => isLeased(probe, now));
  const begun = underWay.filter(({ until, late }) => !late && now < until - policy.probeLeaseMs + USUAL_CALL_MS);
  return (
    underWay.length < policy.probes && begun.length + Math.max(0, failed - succeeded) < leastFailed(circuit, policy)
  );
}

/** Leases a place. Returns the same object if there is none, or if the caller already holds one. */
export function lease(circuit: HalfOpen, { now, token, leaseMs }: Asked, policy: CircuitPolicy): HalfOpen {
  // A repeated request, because the first answer was lost.
  const isHeld = circuit.probes.some((probe) => probe.token === token);
  if (isHeld || !hasRoom(circuit, now, policy)) return circuit;
  const until = now + Math.max(leaseMs ?? 0, policy.probeLeaseMs);
  return { ...circuit, probes: [...remembered(circuit.probes, now), { token, until, at: now }] };
}

interface Asked {
  readonly now: number;
  readonly token: string;
  /** How long the call may take, if longer than the policy's lease. */
  readonly leaseMs?: number;
}

/** A lease that is over only frees the place: the probe's result still counts. Late probes have no result to come. */
function remembered(probes: readonly Probe[], now: number): readonly Probe[] {
  const [leased, over] = [
    probes.filter((probe) => isLeased(probe, now)),
    probes.filter((probe) => !isLeased(probe, now)),
  ];
  return [...over.filter(({ late }) => !late).slice(-MAX_OVERDUE), ...leased];
}
