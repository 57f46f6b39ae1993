import type { CircuitPolicy } from '../../contract/circuit-policy.ts';
import { FIRST_SHARE, LEAST_SHARE, type Ramp, shareAt, shrunk } from './ramp.ts';
import { calls, failureRate, secondOf, type Tally } from './tally.ts';

/** A call that is let through to learn whether the dependency is well again. */
export interface Probe {
  readonly token: string;
  /** Epoch milliseconds; after that the place is free again. */
  readonly until: number;
  /** The circuit has changed since. What becomes of the probe means nothing any more, but it still holds its place. */
  readonly late?: true;
}

/** What kinds of circuit have in common. All times are epoch milliseconds. */
interface Common {
  readonly since: number;
  /** Failure rate that is usual for the dependency, 0 to 1; learned while closed. */
  readonly baseline: number;
  /** Under way, so that there are never more of them than the policy says. */
  readonly probes: readonly Probe[];
}

/** What kinds of circuit have in common that come up in an outage. */
interface Troubled extends Common {
  /** When it first opened in this outage. */
  readonly trippedAt: number;
}

/** All calls pass. */
export interface Closed extends Common {
  readonly kind: 'closed';
  /** When the baseline was looked at last. */
  readonly learnedAt: number;
}

/** No call passes until the named time; then probes may. */
export interface Open extends Troubled {
  readonly kind: 'open';
  readonly until: number;
}

/** Probes pass, and nothing else. */
export interface HalfOpen extends Troubled {
  readonly kind: 'half-open';
  readonly succeeded: number;
}

/** The dependency has answered the probes. A share of the calls passes, which grows with time and shrinks with failures. */
export interface Recovering extends Troubled {
  readonly kind: 'recovering';
  readonly ramp: Ramp;
}

/** What an operator has decided, whatever the dependency does. */
export interface Forced extends Troubled {
  readonly kind: 'forced-open' | 'forced-closed';
  readonly until: number;
  readonly reason: string;
  readonly by: string;
}

export type Circuit = Closed | Open | HalfOpen | Recovering | Forced;
export type CircuitKind = Circuit['kind'];

export type CircuitEvent =
  /** Calls were counted. `tally`: those since {@link judgedSince}. */
  | { readonly type: 'counted'; readonly now: number; readonly tally: Tally }
  /** Somebody would make a probe. */
  | { readonly type: 'asked'; readonly now: number; readonly token: string }
  /** A probe has ended. */
  | { readonly type: 'probed'; readonly now: number; readonly token: string; readonly ok: boolean }
  /** A probe was not made after all. */
  | { readonly type: 'withdrawn'; readonly now: number; readonly token: string }
  /** An operator decides, for a while. */
  | {
      readonly type: 'forced';
      readonly now: number;
      readonly to: 'open' | 'closed';
      readonly until: number;
      readonly reason: string;
      readonly by: string;
    }
  /** An operator lets the circuit go on by itself. */
  | { readonly type: 'released'; readonly now: number };

export function closed(now: number, baseline = 0, probes: readonly Probe[] = []): Closed {
  return { kind: 'closed', since: now, baseline, probes, learnedAt: now };
}

/**
 * What becomes of a circuit. Pure, and the only place where that is decided. Answers the same object where nothing changes.
 */
export function transition(circuit: Circuit, event: CircuitEvent, policy: CircuitPolicy): Circuit {
  if (event.type === 'forced') return forced(circuit, event);
  const current = withoutExpiredForce(circuit, event.now);
  if (event.type === 'released') return released(current, event.now);
  if (event.type === 'probed' || event.type === 'withdrawn') return withoutProbe(current, event, policy);
  switch (current.kind) {
    case 'closed':
      return event.type === 'counted' ? judge(current, event, policy) : current;
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

/** What may happen to a call. `ask`: only the table can tell, since probes are limited over all instances. */
export type Admission = 'admit' | 'ask' | 'reject';

/** Whether a call passes, judged from what an instance knows. `random` is 0 (inclusive) to 1 (exclusive). */
export function admission(circuit: Circuit, now: number, random: number, policy: CircuitPolicy): Admission {
  const current = withoutExpiredForce(circuit, now);
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

/** Waiting for longer than this would keep a dependency idle that is well again. */
const MAX_SPREAD_MS = 600_000;
const MIN_SPREAD_MS = 1_000;
/** Nobody waits for longer than that for an operator who may change his mind. */
const FORCED_WAIT_MS = 300_000;
/** While calls are let in again by shares, those who wait long come when there is room no more, or come late. */
const RECOVERING_SPREAD_MS = 2_000;

/**
 * When to ask again after a rejection. Those who wait are spread over half of the time that the outage has lasted, so that
 * nobody asks often while it lasts, and not all ask at once when it ends.
 */
export function askAgainAt(circuit: Circuit, now: number, random: number): number {
  const current = withoutExpiredForce(circuit, now);
  if (current.kind === 'closed' || current.kind === 'forced-closed') return now;
  const earliest = shutUntil(current, now);
  const lasted = (earliest - current.trippedAt) / 2;
  const most = current.kind === 'recovering' ? RECOVERING_SPREAD_MS : MAX_SPREAD_MS;
  return earliest + Math.floor(random * Math.min(most, Math.max(MIN_SPREAD_MS, lasted)));
}

function shutUntil(circuit: Circuit, now: number): number {
  if (circuit.kind === 'open') return Math.max(now, circuit.until);
  return circuit.kind === 'forced-open' ? Math.min(circuit.until, now + FORCED_WAIT_MS) : now + MIN_SPREAD_MS;
}

/**
 * Calls of which seconds are judged, in epoch milliseconds: of the window; while recovering, of whole seconds after the ramp
 * last changed, since until then instances admit by the share that was before.
 */
export function judgedSince(circuit: Circuit, now: number, { windowMs }: CircuitPolicy): number {
  return circuit.kind === 'recovering' ? (secondOf(circuit.ramp.since) + 1) * 1_000 : now - windowMs;
}

function judge(circuit: Closed, { now, tally }: { now: number; tally: Tally }, policy: CircuitPolicy): Circuit {
  if (trips(tally, circuit.baseline, policy)) {
    return { ...outage(circuit, now), kind: 'open', since: now, until: now + policy.openForMs };
  }
  return policy.adaptive ? learn(circuit, now, tally, policy) : circuit;
}

/** The baseline follows slowly: a fifth of the way each time, and that six windows apart. */
function learn(circuit: Closed, now: number, tally: Tally, { windowMs, minimumCalls }: CircuitPolicy): Circuit {
  if (now - circuit.learnedAt < 6 * windowMs || calls(tally) < minimumCalls) return circuit;
  const baseline = circuit.baseline + (failureRate(tally) - circuit.baseline) / 5;
  return { ...circuit, baseline, learnedAt: now };
}

/** With a baseline of 0 the rate of the policy; above that, the same share of what is left up to 1. */
function trippingRate(baseline: number, { failureRate: rate, adaptive }: CircuitPolicy): number {
  return adaptive ? rate + (1 - rate) * baseline : rate;
}

function trips(tally: Tally, baseline: number, policy: CircuitPolicy): boolean {
  return calls(tally) >= policy.minimumCalls && failureRate(tally) >= trippingRate(baseline, policy);
}

/** Failures are told at once and successes later: the first that is heard of a second makes it look worse than it was. */
const SETTLING_MS = 500;
/** Share of failures that tells of an outage rather than of too many calls. */
const DOWN = 0.9;

/** Too many calls at once are no outage: a smaller share helps, unless it is the least already. */
function isDown(ramp: Ramp, now: number, tally: Tally): boolean {
  return failureRate(tally) >= DOWN || shareAt(ramp, now) <= 2 * LEAST_SHARE;
}

function judgeRecovery(
  circuit: Recovering,
  { now, tally }: { now: number; tally: Tally },
  policy: CircuitPolicy,
): Circuit {
  if (now < judgedSince(circuit, now, policy) + SETTLING_MS) return circuit;
  if (trips(tally, circuit.baseline, policy) && isDown(circuit.ramp, now, tally)) {
    return downAgain(circuit, now, policy);
  }
  const ramp = shrunk(circuit.ramp, now, tally, policy.minimumCalls);
  if (ramp !== circuit.ramp) return { ...circuit, ramp };
  if (shareAt(ramp, now) < 1) return circuit;
  // However few the calls were that say so: closed, it would take a whole window to find out again.
  const isWell = failureRate(tally) < trippingRate(circuit.baseline, policy);
  return isWell ? closed(now, circuit.baseline, underWay(circuit, now)) : downAgain(circuit, now, policy);
}

/** It had answered the probes: an outage of its own, so that nobody waits in proportion to the one before. */
function downAgain(circuit: Recovering, now: number, policy: CircuitPolicy): Open {
  return { ...reopened(circuit, now, policy), trippedAt: now };
}

type ProbeEnded = Extract<CircuitEvent, { type: 'probed' | 'withdrawn' }>;

function withoutProbe(circuit: Circuit, event: ProbeEnded, policy: CircuitPolicy): Circuit {
  const probe = circuit.probes.find(({ token }) => token === event.token);
  // Its lease was over, and somebody else has taken the place.
  if (!probe) return circuit;
  const rest = { ...circuit, probes: circuit.probes.filter(({ token }) => token !== event.token) };
  if (rest.kind !== 'half-open' || probe.late || event.type === 'withdrawn') return rest;
  if (!event.ok) return reopened(rest, event.now, policy);
  const succeeded = rest.succeeded + 1;
  if (succeeded < policy.probes) return { ...rest, succeeded };
  const ramp: Ramp = { share: FIRST_SHARE, since: event.now, shrunk: false };
  return { ...outage(rest, event.now), kind: 'recovering', since: event.now, ramp };
}

function withProbe(circuit: HalfOpen, { now, token }: { now: number; token: string }, policy: CircuitPolicy): HalfOpen {
  // Asked again, because the answer to the first time was lost.
  const isHeld = circuit.probes.some((probe) => probe.token === token && probe.until > now);
  if (isHeld || !hasRoom(circuit, now, policy)) return circuit;
  const probes = circuit.probes.filter(({ until }) => until > now);
  return { ...circuit, probes: [...probes, { token, until: now + policy.probeLeaseMs }] };
}

function hasRoom({ probes, succeeded }: HalfOpen, now: number, policy: CircuitPolicy): boolean {
  const underWay = probes.filter(({ until }) => until > now);
  const telling = underWay.filter(({ late }) => !late);
  // One more success is always to come: the policy may have been another when the others were counted.
  return underWay.length < policy.probes && telling.length + Math.min(succeeded, policy.probes - 1) < policy.probes;
}

function reopened(circuit: HalfOpen | Recovering, now: number, policy: CircuitPolicy): Open {
  return { ...outage(circuit, now), kind: 'open', since: now, until: now + policy.probeAgainAfterMs };
}

function forced(circuit: Circuit, event: Extract<CircuitEvent, { type: 'forced' }>): Forced {
  const { now, to, until, reason, by } = event;
  return { ...outage(circuit, now), kind: `forced-${to}`, since: now, until, reason, by };
}

/** Nobody knows how the dependency is after a forced opening, so probes come first. */
function released(circuit: Circuit, now: number): Circuit {
  if (circuit.kind === 'forced-open') return { ...outage(circuit, now), kind: 'open', since: now, until: now };
  return circuit.kind === 'forced-closed' ? closed(now, circuit.baseline, underWay(circuit, now)) : circuit;
}

/** A circuit as it stands at a time: a decision whose time is over holds no longer. */
export function standing(circuit: Circuit, now: number): Circuit {
  return withoutExpiredForce(circuit, now);
}

function withoutExpiredForce(circuit: Circuit, now: number): Circuit {
  const isForced = circuit.kind === 'forced-open' || circuit.kind === 'forced-closed';
  return isForced && circuit.until <= now ? released(circuit, circuit.until) : circuit;
}

/** What goes on from one kind to the next. */
function outage(circuit: Circuit, now: number): Pick<Troubled, 'baseline' | 'trippedAt' | 'probes'> {
  const { baseline } = circuit;
  return { baseline, trippedAt: circuit.kind === 'closed' ? now : circuit.trippedAt, probes: underWay(circuit, now) };
}

/** Probes that go on although the circuit changes. */
function underWay({ probes }: Circuit, now: number): readonly Probe[] {
  return probes.filter(({ until }) => until > now).map((probe) => ({ ...probe, late: true }));
}
