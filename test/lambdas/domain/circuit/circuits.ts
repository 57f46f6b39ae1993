import { type CircuitPolicy, DEFAULT_CIRCUIT_POLICY } from '../../../../lambdas/contract/circuit-policy.ts';
import { type CircuitEvent, transition } from '../../../../lambdas/domain/circuit/circuit.ts';
import { type Circuit, closed, type Probe } from '../../../../lambdas/domain/circuit/circuit-state.ts';
import { INITIAL_SHARE, MIN_SHARE } from '../../../../lambdas/domain/circuit/ramp.ts';
import { secondOf, type Tally } from '../../../../lambdas/domain/circuit/tally.ts';

export const NOW = 1_000_000_500;
/** End of a lease that is over by every clock. */
const OVER = NOW - 10_000;
const TRIPPED = NOW - 60_000;
export const OUTAGE = { baseline: 0.1, trippedAt: TRIPPED };

/** Probes of an earlier phase of the circuit. */
function late(...probes: Probe[]): { probes: Probe[] } {
  return { probes: probes.map((one) => ({ ...one, late: true })) };
}

function halfOpen(succeeded: number, ...probes: Probe[]): Circuit {
  return { ...OUTAGE, kind: 'half-open', since: NOW - 20_000, probes, succeeded, failed: 0 };
}

function open(until: number): Circuit {
  return { ...OUTAGE, kind: 'open', since: NOW - 30_000, until, probes: [] };
}

export function recovering(share: number, since: number): Circuit {
  return { ...OUTAGE, kind: 'recovering', since, probes: [], ramp: { share, since } };
}

function forced(to: 'open' | 'closed', until: number): Circuit {
  const words = { reason: 'maintenance', by: 'operator' };
  return { ...OUTAGE, kind: `forced-${to}`, since: NOW - 1_000, until, probes: [], ...words };
}

/** A probe. The events refer to probe `a`. */
function probe(token: string, until = NOW + 1): Probe {
  return { token, until };
}

/** One circuit of each kind, and one for each difference in behavior within a kind. */
export const CIRCUITS = {
  closed: closed(NOW - 5_000, 0.1),
  'closed, a late probe': closed(NOW - 5_000, 0.1, late(probe('a')).probes),
  'open, too early': open(NOW + 1),
  'open, time to probe': open(NOW),
  'open too early, a late probe': { ...open(NOW + 1), ...late(probe('a')) },
  'open, late probes': { ...open(NOW), ...late(probe('a'), probe('b'), probe('c')) },
  'half-open, room': halfOpen(0, probe('a')),
  'half-open, room for one': halfOpen(1, probe('a')),
  'half-open, full': halfOpen(0, probe('a'), probe('b'), probe('c')),
  'half-open, full with successes': halfOpen(1, probe('a'), probe('b')),
  'half-open, last success missing': halfOpen(2, probe('a')),
  'half-open, a lease over': halfOpen(0, probe('a', OVER), probe('b'), probe('c')),
  'half-open, all leases over': halfOpen(0, probe('a', OVER), probe('b', OVER), probe('c', OVER)),
  'half-open, room beside a late one': halfOpen(1, probe('b'), ...late(probe('a')).probes),
  'half-open, all late': halfOpen(0, ...late(probe('a'), probe('b'), probe('c')).probes),
  'half-open, last success missing, a late one': halfOpen(2, probe('a'), ...late(probe('b')).probes),
  'half-open, late ones over': halfOpen(2, ...late(probe('a', OVER), probe('b', OVER)).probes),
  'recovering, some share': recovering(0.2, NOW - 1_000),
  'recovering, full share': recovering(INITIAL_SHARE, NOW - 10_000),
  'recovering, least share': recovering(MIN_SHARE, NOW - 1_000),
  'recovering, share just changed': recovering(0.2, NOW - 400),
  'recovering, a late probe': { ...recovering(0.2, NOW - 1_000), ...late(probe('a')) },
  'forced open': forced('open', NOW + 1),
  'forced open, a late probe': { ...forced('open', NOW + 1), ...late(probe('a'), probe('b')) },
  'forced closed': forced('closed', NOW + 1),
  'forced closed, a late probe': { ...forced('closed', NOW + 1), ...late(probe('a')) },
  'forced open, expired': forced('open', NOW),
  'forced open expired, a late probe': { ...forced('open', NOW), ...late(probe('a')) },
  'forced closed, expired': forced('closed', NOW),
} satisfies Record<string, Circuit>;

/** The circuit's probes. None if it is closed. */
export function probesOf(circuit: Circuit): readonly Probe[] {
  return circuit.kind === 'closed' ? [] : circuit.probes;
}

export type CircuitName = keyof typeof CIRCUITS;

/** The observed rate decides alone, so that a few calls suffice. */
export const PLAIN_POLICY: CircuitPolicy = { ...DEFAULT_CIRCUIT_POLICY, confidence: 0, minimumCalls: 5 };

/** An event, and the calls that the table has counted in its second. */
export type Step = CircuitEvent & { readonly tally?: Tally };

/** Applies an event to a circuit. */
export function step(circuit: Circuit, { tally, ...event }: Step, policy: CircuitPolicy = PLAIN_POLICY): Circuit {
  const buckets = tally ? [{ second: secondOf(event.now), ...tally }] : [];
  return transition(circuit, event, policy, { buckets, waits: 0 });
}

/** One of each event, at {@link NOW}. */
export const EVENTS = {
  'no failures': { type: 'counted', now: NOW, tally: { successes: 50, failures: 0 } },
  'some failures': { type: 'counted', now: NOW, tally: { successes: 51, failures: 49 } },
  'failures at the threshold': { type: 'counted', now: NOW, tally: { successes: 3, failures: 3 } },
  'nothing but failures': { type: 'counted', now: NOW, tally: { successes: 0, failures: 6 } },
  'too few calls': { type: 'counted', now: NOW, tally: { successes: 0, failures: 4 } },
  asked: { type: 'asked', now: NOW, token: 'new' },
  'probe succeeded': { type: 'probed', now: NOW, token: 'a', ok: true },
  'probe failed': { type: 'probed', now: NOW, token: 'a', ok: false },
  'unknown probe succeeded': { type: 'probed', now: NOW, token: 'late', ok: true },
  'unknown probe failed': { type: 'probed', now: NOW, token: 'late', ok: false },
  'probe withdrawn': { type: 'withdrawn', now: NOW, token: 'a' },
  'unknown probe withdrawn': { type: 'withdrawn', now: NOW, token: 'late' },
  'forced open': { type: 'forced', now: NOW, to: 'open', until: NOW + 9, reason: 'why', by: 'who' },
  'forced closed': { type: 'forced', now: NOW, to: 'closed', until: NOW + 9, reason: 'why', by: 'who' },
  released: { type: 'released', now: NOW },
} satisfies Record<string, Step>;
