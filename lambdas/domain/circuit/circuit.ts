import type { CircuitPolicy } from '../../contract/circuit-policy.ts';
import { INITIAL_SHARE, MIN_SHARE, type Ramp, shareAt, shrinkAfterFailures } from './ramp.ts';
import { calls, failureRate, secondOf, type Tally } from './tally.ts';

/** A call admitted to test whether the dependency has recovered. */
export interface Probe {
  readonly token: string;
  /** Epoch milliseconds: the lease ends, and the place is free again. */
  readonly until: number;
  /** The circuit has changed state since. The probe's result no longer counts, but the probe still holds its place. */
  readonly late?: true;
}

/** Fields of every circuit state. All times are epoch milliseconds. */
interface Common {
  readonly since: number;
  /** The dependency's usual failure rate, 0 to 1. Learned while the circuit is closed. */
  readonly baseline: number;
  /** Probes in flight. The policy limits their number. */
  readonly probes: readonly Probe[];
}

/** Fields of the states during an outage. */
interface DuringOutage extends Common {
  /** When the circuit first opened in this outage. */
  readonly trippedAt: number;
}

/** Admits all calls. */
interface Closed extends Common {
  readonly kind: 'closed';
  /** When the baseline was last updated. */
  readonly learnedAt: number;
}

/** Rejects all calls until `until`; then admits probes. */
interface Open extends DuringOutage {
  readonly kind: 'open';
  readonly until: number;
}

/** Admits probes only. */
interface HalfOpen extends DuringOutage {
  readonly kind: 'half-open';
  readonly succeeded: number;
}

/** The probes succeeded. Admits a share of the calls, which grows with time and shrinks with failures. */
interface Recovering extends DuringOutage {
  readonly kind: 'recovering';
  readonly ramp: Ramp;
}

/** An operator's override, independent of the dependency's health. */
interface Forced extends DuringOutage {
  readonly kind: 'forced-open' | 'forced-closed';
  readonly until: number;
  readonly reason: string;
  readonly by: string;
}

export type Circuit = Closed | Open | HalfOpen | Recovering | Forced;
export type CircuitKind = Circuit['kind'];

/** Input of {@link transition}. `now` is in epoch milliseconds. */
export type CircuitEvent =
  /** Calls were counted. `tally` covers the time since {@link tallyStart}. */
  | { readonly type: 'counted'; readonly now: number; readonly tally: Tally }
  /** A caller requests a probe. */
  | { readonly type: 'asked'; readonly now: number; readonly token: string }
  /** A probe finished. */
  | { readonly type: 'probed'; readonly now: number; readonly token: string; readonly ok: boolean }
  /** A probe's call was not made. */
  | { readonly type: 'withdrawn'; readonly now: number; readonly token: string }
  /** An operator forces the circuit for a limited time. */
  | {
      readonly type: 'forced';
      readonly now: number;
      readonly to: 'open' | 'closed';
      readonly until: number;
      readonly reason: string;
      readonly by: string;
    }
  /** An operator ends the override. */
  | { readonly type: 'released'; readonly now: number };

export function closed(now: number, baseline = 0, probes: readonly Probe[] = []): Closed {
  return { kind: 'closed', since: now, baseline, probes, learnedAt: now };
}

/** Computes a circuit's next state. The only place that decides it. Returns the same object if nothing changes. */
export function transition(circuit: Circuit, event: CircuitEvent, policy: CircuitPolicy): Circuit {
  if (event.type === 'forced') return forced(circuit, event);
  const current = effectiveCircuit(circuit, event.now);
  if (event.type === 'released') return released(current, event.now);
  if (event.type === 'probed' || event.type === 'withdrawn') return withoutProbe(current, event, policy);
  switch (current.kind) {
    case 'closed':
      return event.type === 'counted' ? judgeClosed(current, event, policy) : current;
    case 'open':
      return event.type === 'asked' && event.now >= current.until
        ? withProbe({ ...outage(current, event.now), kind: 'half-open', since: event.now, succeeded: 0 }, event, policy)
        : current;
    case 'half-open':
      return event.type === 'asked' ? withProbe(current, event, policy) : current;
    case 'recovering':
      return event.type === 'counted' ? judgeRecovery(current, event, policy) : current;
    case 'forced-open':
    case 'forced-closed':
      return current;
    default:
      return current satisfies never;
  }
}

/** Decision on a call. `ask`: request a probe from the table, because probes are limited across all instances. */
type Admission = 'admit' | 'ask' | 'reject';

/** Decides on a call from the state that an instance has cached. `random` is 0 (inclusive) to 1 (exclusive). */
export function admission(circuit: Circuit, now: number, random: number, policy: CircuitPolicy): Admission {
  const current = effectiveCircuit(circuit, now);
  switch (current.kind) {
    case 'closed':
    case 'forced-closed':
      return 'admit';
    case 'open':
      return now < current.until ? 'reject' : 'ask';
    case 'half-open':
      return hasRoom(current, now, policy) ? 'ask' : 'reject';
    case 'recovering':
      return random < shareAt(current.ramp, now) ? 'admit' : 'reject';
    case 'forced-open':
      return 'reject';
    default:
      return current satisfies never;
  }
}

/** Upper limit of the spread. A longer one would leave a recovered dependency idle. */
const MAX_SPREAD_MS = 600_000;
const MIN_SPREAD_MS = 1_000;
/** Upper limit of the wait under an override, because an operator may end it early. */
const FORCED_WAIT_MS = 300_000;
/** Upper limit of the spread while recovering, so that waiting calls use the growing share in time. */
const RECOVERING_SPREAD_MS = 2_000;

/**
 * Earliest retry after a rejection, in epoch milliseconds. Spreads the waiting callers over half the outage's duration
 * so far. Each asks rarely during the outage, and not all ask at once when it ends.
 */
export function nextTryAt(circuit: Circuit, now: number, random: number): number {
  const current = effectiveCircuit(circuit, now);
  if (current.kind === 'closed' || current.kind === 'forced-closed') return now;
  const earliest = earliestTry(current, now);
  const lasted = (earliest - current.trippedAt) / 2;
  const most = current.kind === 'recovering' ? RECOVERING_SPREAD_MS : MAX_SPREAD_MS;
  return earliest + Math.floor(random * Math.min(most, Math.max(MIN_SPREAD_MS, lasted)));
}

function earliestTry(circuit: Circuit, now: number): number {
  if (circuit.kind === 'open') return Math.max(now, circuit.until);
  return circuit.kind === 'forced-open' ? Math.min(circuit.until, now + FORCED_WAIT_MS) : now + MIN_SPREAD_MS;
}

/**
 * Start of the period whose calls are judged, in epoch milliseconds. While recovering, it starts at the first whole
 * second after the last change of the ramp: before that, instances still admit by the old share. Otherwise, it is the
 * policy's window.
 */
export function tallyStart(circuit: Circuit, now: number, { windowMs }: CircuitPolicy): number {
  return circuit.kind === 'recovering' ? (secondOf(circuit.ramp.since) + 1) * 1_000 : now - windowMs;
}

function judgeClosed(circuit: Closed, { now, tally }: { now: number; tally: Tally }, policy: CircuitPolicy): Circuit {
  if (trips(tally, circuit.baseline, policy)) {
    return { ...outage(circuit, now), kind: 'open', since: now, until: now + policy.openForMs };
  }
  return policy.adaptive ? updateBaseline(circuit, now, tally, policy) : circuit;
}

/** The baseline follows slowly: by a fifth of the difference, at most once per six windows. */
function updateBaseline(
  circuit: Closed,
  now: number,
  tally: Tally,
  { windowMs, minimumCalls }: CircuitPolicy,
): Circuit {
  if (now - circuit.learnedAt < 6 * windowMs || calls(tally) < minimumCalls) return circuit;
  const baseline = circuit.baseline + (failureRate(tally) - circuit.baseline) / 5;
  return { ...circuit, baseline, learnedAt: now };
}

/** The policy's rate at a baseline of 0. A higher baseline scales the rate into the remaining range up to 1. */
function trippingRate(baseline: number, { failureRate: rate, adaptive }: CircuitPolicy): number {
  return adaptive ? rate + (1 - rate) * baseline : rate;
}

function trips(tally: Tally, baseline: number, policy: CircuitPolicy): boolean {
  return calls(tally) >= policy.minimumCalls && failureRate(tally) >= trippingRate(baseline, policy);
}

/**
 * Instances report failures at once and successes later. So the first counts of a second overstate the failure rate.
 */
const SETTLING_MS = 500;
/** Failure rate at or above which the dependency is down, not just overloaded. */
const OUTAGE_RATE = 0.9;

/** An overload is not an outage: a smaller share helps, unless the share is already minimal. */
function isDown(ramp: Ramp, now: number, tally: Tally): boolean {
  return failureRate(tally) >= OUTAGE_RATE || shareAt(ramp, now) <= 2 * MIN_SHARE;
}

function judgeRecovery(
  circuit: Recovering,
  { now, tally }: { now: number; tally: Tally },
  policy: CircuitPolicy,
): Circuit {
  if (now < tallyStart(circuit, now, policy) + SETTLING_MS) return circuit;
  if (trips(tally, circuit.baseline, policy) && isDown(circuit.ramp, now, tally)) {
    return openAgain(circuit, now, policy);
  }
  const ramp = shrinkAfterFailures(circuit.ramp, now, tally, policy.minimumCalls);
  if (ramp !== circuit.ramp) return { ...circuit, ramp };
  if (shareAt(ramp, now) < 1) return circuit;
  // Judge even a few calls here: once closed, the circuit would need a whole window to trip again.
  const hasRecovered = failureRate(tally) < trippingRate(circuit.baseline, policy);
  return hasRecovered ? closed(now, circuit.baseline, underWay(circuit, now)) : openAgain(circuit, now, policy);
}

/** Starts a new outage, because the probes had succeeded. Waits don't scale with the previous outage. */
function openAgain(circuit: Recovering, now: number, policy: CircuitPolicy): Open {
  return { ...reopened(circuit, now, policy), trippedAt: now };
}

type ProbeEnded = Extract<CircuitEvent, { type: 'probed' | 'withdrawn' }>;

function withoutProbe(circuit: Circuit, event: ProbeEnded, policy: CircuitPolicy): Circuit {
  const probe = circuit.probes.find(({ token }) => token === event.token);
  // The lease expired, and another caller took the place.
  if (!probe) return circuit;
  const rest = { ...circuit, probes: circuit.probes.filter(({ token }) => token !== event.token) };
  if (rest.kind !== 'half-open' || probe.late || event.type === 'withdrawn') return rest;
  if (!event.ok) return reopened(rest, event.now, policy);
  const succeeded = rest.succeeded + 1;
  if (succeeded < policy.probes) return { ...rest, succeeded };
  const ramp: Ramp = { share: INITIAL_SHARE, since: event.now, shrunk: false };
  return { ...outage(rest, event.now), kind: 'recovering', since: event.now, ramp };
}

function withProbe(circuit: HalfOpen, { now, token }: { now: number; token: string }, policy: CircuitPolicy): HalfOpen {
  // A repeated request, because the first answer was lost.
  const isHeld = circuit.probes.some((probe) => probe.token === token && probe.until > now);
  if (isHeld || !hasRoom(circuit, now, policy)) return circuit;
  const probes = circuit.probes.filter(({ until }) => until > now);
  return { ...circuit, probes: [...probes, { token, until: now + policy.probeLeaseMs }] };
}

function hasRoom({ probes, succeeded }: HalfOpen, now: number, policy: CircuitPolicy): boolean {
  const underWay = probes.filter(({ until }) => until > now);
  const counted = underWay.filter(({ late }) => !late);
  // Always leave room for one more success: the policy may have changed since the others were counted.
  return underWay.length < policy.probes && counted.length + Math.min(succeeded, policy.probes - 1) < policy.probes;
}

function reopened(circuit: HalfOpen | Recovering, now: number, policy: CircuitPolicy): Open {
  return { ...outage(circuit, now), kind: 'open', since: now, until: now + policy.probeAgainAfterMs };
}

function forced(circuit: Circuit, event: Extract<CircuitEvent, { type: 'forced' }>): Forced {
  const { now, to, until, reason, by } = event;
  return { ...outage(circuit, now), kind: `forced-${to}`, since: now, until, reason, by };
}

/** After a forced opening, nobody knows the dependency's state, so probes come first. */
function released(circuit: Circuit, now: number): Circuit {
  if (circuit.kind === 'forced-open') return { ...outage(circuit, now), kind: 'open', since: now, until: now };
  return circuit.kind === 'forced-closed' ? closed(now, circuit.baseline, underWay(circuit, now)) : circuit;
}

/** The effective state at a time: drops an expired override. */
export function effectiveCircuit(circuit: Circuit, now: number): Circuit {
  const isForced = circuit.kind === 'forced-open' || circuit.kind === 'forced-closed';
  return isForced && circuit.until <= now ? released(circuit, circuit.until) : circuit;
}

/** Carries the outage's fields over to the next state. */
function outage(circuit: Circuit, now: number): Pick<DuringOutage, 'baseline' | 'trippedAt' | 'probes'> {
  const { baseline } = circuit;
  return { baseline, trippedAt: circuit.kind === 'closed' ? now : circuit.trippedAt, probes: underWay(circuit, now) };
}

/** Probes in flight across a change of state. */
function underWay({ probes }: Circuit, now: number): readonly Probe[] {
  return probes.filter(({ until }) => until > now).map((probe) => ({ ...probe, late: true }));
}
