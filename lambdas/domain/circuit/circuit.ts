import type { CircuitPolicy } from '../../contract/circuit-policy.ts';
import {
  type Circuit,
  type Closed,
  type DuringOutage,
  type Forced,
  type HalfOpen,
  type Open,
  outageOf,
  type Probe,
  type Recovering,
} from './circuit-state.ts';
import { effectiveCircuit, released } from './effective-circuit.ts';
import { findOutage } from './opening.ts';
import { lease, probeAgainAfter, probeVerdict } from './probing.ts';
import { firstRamp, takeSlot } from './ramp.ts';
import { firstSecond, judgeRecovery } from './recovery.ts';
import { type Bucket, calls, failureRate, type Part, secondOf, type Tally, tallySince } from './tally.ts';
import { continued, fasterLine, newLine, pacedBy, standing } from './waiting.ts';

/** Input of {@link transition}. `now` is in epoch milliseconds. */
export type CircuitEvent =
  /** Calls were counted, or time has passed. */
  | { readonly type: 'counted'; readonly now: number; readonly asks?: number | undefined }
  /** A caller requests a probe. */
  | {
      readonly type: 'asked';
      readonly now: number;
      readonly token: string;
      /** How long the call may take, in milliseconds, if longer than the policy's lease. */
      readonly leaseMs?: number;
    }
  /** A probe finished. */
  | {
      readonly type: 'probed';
      readonly now: number;
      readonly token: string;
      readonly ok: boolean;
      readonly asks?: number | undefined;
    }
  /** A caller requests the next time at which a call may pass, of so many in a second. */
  | { readonly type: 'paced'; readonly now: number; readonly perSecond: number }
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

/** What the table has counted. */
export interface Counts {
  /** Calls of the circuit's generation per second. */
  readonly buckets: readonly Bucket[];
  /** The same by parts of the newest seconds. @default [] */
  readonly parts?: readonly Part[];
  /** Calls that were refused, in total. */
  readonly waits: number;
}

type Counted = Extract<CircuitEvent, { type: 'counted' }>;
type ProbeEnded = Extract<CircuitEvent, { type: 'probed' | 'withdrawn' }>;

/** Computes a circuit's next state. The only place that decides it. Returns the same object if nothing changes. */
export function transition(circuit: Circuit, event: CircuitEvent, policy: CircuitPolicy, counts: Counts): Circuit {
  const next = withoutLine(circuit, event, policy, counts);
  const { now } = event;
  const { buckets, waits } = counts;
  const isInLine = next === circuit || next.kind === 'closed' || circuit.kind === 'closed' || isFaster(circuit, next);
  const lined = isInLine
    ? next
    : continued(circuit, next, { now, waits, asks: 'asks' in event ? event.asks : undefined });
  return event.type === 'counted' && lined.kind === 'recovering'
    ? pacedBy(lined, mostCarried(buckets), { now, waits })
    : lined;
}

function withoutLine(circuit: Circuit, event: CircuitEvent, policy: CircuitPolicy, counts: Counts): Circuit {
  if (event.type === 'forced') return forced(circuit, event, counts);
  const current = effectiveCircuit(circuit, event.now);
  if (event.type === 'released') return released(current, event.now);
  if (event.type === 'probed' || event.type === 'withdrawn') return withoutProbe(current, event, policy);
  switch (current.kind) {
    case 'closed':
      return event.type === 'counted' ? judgeClosed(current, event, policy, counts) : current;
    case 'open':
      return event.type === 'counted'
        ? withFasterLine(current, event.now, counts)
        : event.type === 'asked'
          ? askedWhileOpen(current, event, policy)
          : current;
    case 'half-open':
      return event.type === 'asked' ? lease(current, event, policy) : current;
    case 'recovering':
      return event.type === 'counted' ? judged(current, event, policy, counts) : paced(current, event);
    case 'forced-open':
    case 'forced-closed':
      return current;
    default:
      return current satisfies never;
  }
}

/**
 * Start of the period whose calls are judged, in epoch milliseconds. While recovering, it starts at the first whole
 * second after the last change of the ramp: before that, instances still admit by the old share. Otherwise, it is the
 * policy's window.
 */
export function tallyStart(circuit: Circuit, now: number, { windowMs }: CircuitPolicy): number {
  return circuit.kind === 'recovering' ? firstSecond(circuit) * 1_000 : now - windowMs;
}

function judgeClosed(circuit: Closed, { now }: Counted, policy: CircuitPolicy, counts: Counts): Circuit {
  const { buckets, waits } = counts;
  const rate = trippingRate(circuit.baseline, policy);
  if (findOutage(counts, { now, from: secondOf(circuit.since), rate }, policy)) {
    const outage = continuedOutage(circuit, now, counts, policy);
    const until = now + (outage ? probeAgainAfter(outage, { now }, policy) : policy.openForMs);
    const line = newLine(buckets, until, waits);
    return { ...outageOf(circuit, now), ...outage, kind: 'open', since: now, until, line };
  }
  return policy.adaptive ? updateBaseline(circuit, now, tallySince(buckets, now - policy.windowMs), policy) : circuit;
}

/** A dependency that falls again within the time of a first opening continues its outage, and is probed as soon. */
function continuedOutage(
  { since, trippedAt }: Closed,
  now: number,
  { buckets }: Counts,
  { openForMs }: CircuitPolicy,
): Pick<DuringOutage, 'trippedAt' | 'carried' | 'fellAt'> | undefined {
  if (trippedAt === undefined || now - since >= openForMs) return undefined;
  return { trippedAt, carried: mostCarried(buckets), fellAt: now };
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

/**
 * Until the first probes, all who ask are newcomers, so the pace at which they ask is the pace at which they arrive.
 */
function withFasterLine(circuit: Open, now: number, { waits }: Counts): Open {
  if (!circuit.line || circuit.since !== circuit.trippedAt) return circuit;
  const line = fasterLine(circuit.line, waits - circuit.line.waits, now - circuit.trippedAt);
  return line === circuit.line ? circuit : { ...circuit, line };
}

function isFaster(before: Circuit, after: Circuit): boolean {
  return before.kind === 'open' && after.kind === 'open' && before.since === after.since;
}

function askedWhileOpen(
  circuit: Open,
  event: Extract<CircuitEvent, { type: 'asked' }>,
  policy: CircuitPolicy,
): Circuit {
  const { now } = event;
  if (now < circuit.until) return circuit;
  const again = circuit.since === circuit.trippedAt ? {} : ({ again: true } as const);
  const probing = { kind: 'half-open', since: now, succeeded: 0, failed: 0, ...again } as const;
  return lease({ ...outageOf(circuit, now), ...probing }, event, policy);
}

function paced(circuit: Recovering, event: CircuitEvent): Recovering {
  const taken = event.type === 'paced' ? takeSlot(circuit.ramp, event.now, event.perSecond) : undefined;
  return taken ? { ...circuit, ramp: taken } : circuit;
}

function judged(
  circuit: Recovering,
  { now, asks }: Counted,
  policy: CircuitPolicy,
  { buckets, parts = [], waits }: Counts,
): Circuit {
  const rate = trippingRate(circuit.baseline, policy);
  const verdict = judgeRecovery(
    circuit,
    { now, buckets, parts, rate, asks, pace: standing(circuit, now, waits) },
    policy,
  );
  if (verdict === 'grow') return circuit;
  return verdict === 'down'
    ? reopened({ ...circuit, carried: mostCarried(buckets), fellAt: now }, now, policy)
    : verdict;
}

function withoutProbe(circuit: Circuit, event: ProbeEnded, policy: CircuitPolicy): Circuit {
  const probe = circuit.probes.find(({ token }) => token === event.token);
  // Reported twice, or so late that nobody remembers it.
  if (!probe) return circuit;
  const rest = { ...circuit, probes: circuit.probes.filter(({ token }) => token !== event.token) };
  if (rest.kind !== 'half-open' || probe.late || event.type === 'withdrawn') return rest;
  const { failed } = rest;
  const counted = event.ok ? succeededIn(rest, probe, event.now) : { ...rest, failed: failed + 1 };
  return concluded(counted, event, policy);
}

function succeededIn(circuit: HalfOpen, { at }: Probe, now: number): HalfOpen {
  const callMs =
    at === undefined ? circuit.callMs : Math.min(circuit.callMs ?? Number.POSITIVE_INFINITY, Math.max(0, now - at));
  return { ...circuit, succeeded: circuit.succeeded + 1, ...(callMs !== undefined && { callMs }) };
}

function concluded(
  circuit: HalfOpen,
  { now, asks }: Extract<CircuitEvent, { type: 'probed' }>,
  policy: CircuitPolicy,
): Circuit {
  const verdict = probeVerdict(circuit, policy);
  switch (verdict) {
    case 'open question':
      return circuit;
    case 'down':
      return reopened(circuit, now, policy);
    case 'up':
      return {
        ...outageOf(circuit, now),
        kind: 'recovering',
        since: now,
        ramp: firstRamp(now, { ...circuit, asks: asks && Math.max(asks, circuit.line?.pace ?? 0) }),
      };
    default:
      return verdict satisfies never;
  }
}

function mostCarried(buckets: readonly Bucket[]): number {
  return Math.max(0, ...buckets.map(({ successes }) => successes));
}

function reopened(circuit: HalfOpen | Recovering, now: number, policy: CircuitPolicy): Open {
  const took = circuit.kind === 'half-open' ? now - circuit.since : 0;
  const until = now + probeAgainAfter(circuit, { now, took }, policy);
  return { ...outageOf(circuit, now), kind: 'open', since: now, until };
}

function forced(
  circuit: Circuit,
  event: Extract<CircuitEvent, { type: 'forced' }>,
  { buckets, waits }: Counts,
): Forced {
  const { now, to, until, reason, by } = event;
  const { line = newLine(buckets, until, waits), ...others } = outageOf(circuit, now);
  return { ...others, kind: `forced-${to}`, since: now, until, line, reason, by };
}
