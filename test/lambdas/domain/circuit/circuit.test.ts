import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_CIRCUIT_POLICY as POLICY } from '../../../../lambdas/contract/circuit-policy.ts';
import {
  admission,
  type Circuit,
  type CircuitEvent,
  closed,
  transition,
} from '../../../../lambdas/domain/circuit/circuit.ts';
import { INITIAL_SHARE } from '../../../../lambdas/domain/circuit/ramp.ts';
import { CIRCUITS, type CircuitName, NOW, OUTAGE, probesOf } from './circuits.ts';

const EVENTS = {
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
} satisfies Record<string, CircuitEvent>;

type EventName = keyof typeof EVENTS;

/** The next kind for each event. `=` means that the same object is returned. Columns follow the order of `EVENTS`. */
const TABLE: Record<CircuitName, string> = {
  // counted (5), asked, probed (4), withdrawn (2), forced (2), released
  closed: '= = open open = = = = = = = = forced-open forced-closed =',
  'closed, a late probe': '= = open open = = closed closed = = closed = forced-open forced-closed =',
  'open, too early': '= = = = = = = = = = = = forced-open forced-closed =',
  'open, time to probe': '= = = = = half-open = = = = = = forced-open forced-closed =',
  'open too early, a late probe': '= = = = = = open open = = open = forced-open forced-closed =',
  'open, late probes': '= = = = = half-open open open = = open = forced-open forced-closed =',
  'half-open, room': '= = = = = half-open half-open open = = half-open = forced-open forced-closed =',
  'half-open, room for one': '= = = = = half-open half-open open = = half-open = forced-open forced-closed =',
  'half-open, full': '= = = = = = half-open open = = half-open = forced-open forced-closed =',
  'half-open, full with successes': '= = = = = = half-open open = = half-open = forced-open forced-closed =',
  'half-open, last success missing': '= = = = = = recovering open = = half-open = forced-open forced-closed =',
  'half-open, a lease over': '= = = = = half-open half-open open = = half-open = forced-open forced-closed =',
  'half-open, all leases over': '= = = = = half-open half-open open = = half-open = forced-open forced-closed =',
  'half-open, room beside a late one':
    '= = = = = half-open half-open half-open = = half-open = forced-open forced-closed =',
  'half-open, all late': '= = = = = = half-open half-open = = half-open = forced-open forced-closed =',
  'half-open, last success missing, a late one':
    '= = = = = = recovering open = = half-open = forced-open forced-closed =',
  'half-open, late ones over': '= = = = = half-open half-open half-open = = half-open = forced-open forced-closed =',
  'recovering, some share': '= recovering recovering open = = = = = = = = forced-open forced-closed =',
  'recovering, full share': 'closed recovering recovering open open = = = = = = = forced-open forced-closed =',
  'recovering, least share': '= recovering open open = = = = = = = = forced-open forced-closed =',
  'recovering, share just changed': '= = = = = = = = = = = = forced-open forced-closed =',
  'recovering, a late probe':
    '= recovering recovering open = = recovering recovering = = recovering = forced-open forced-closed =',
  'forced open': '= = = = = = = = = = = = forced-open forced-closed open',
  'forced open, a late probe': '= = = = = = forced-open forced-open = = forced-open = forced-open forced-closed open',
  'forced closed': '= = = = = = = = = = = = forced-open forced-closed closed',
  'forced closed, a late probe':
    '= = = = = = forced-closed forced-closed = = forced-closed = forced-open forced-closed closed',
  'forced open, expired':
    'open open open open open half-open open open open open open open forced-open forced-closed open',
  'forced open expired, a late probe':
    'open open open open open half-open open open open open open open forced-open forced-closed open',
  'forced closed, expired':
    'closed closed open open closed closed closed closed closed closed closed closed forced-open forced-closed closed',
};

const CASES = (Object.keys(CIRCUITS) as CircuitName[]).flatMap((circuit) => {
  const expected = TABLE[circuit].trim().split(/\s+/);
  return (Object.keys(EVENTS) as EventName[]).map((event, column) => [circuit, event, expected[column]] as const);
});

describe('transition', () => {
  it.each(CASES)('%s, %s: %s', (circuit, event, expected) => {
    const before: Circuit = CIRCUITS[circuit];
    const after = transition(before, EVENTS[event], POLICY);
    if (expected === '=') expect(after).toBe(before);
    else expect([after === before, after.kind]).toEqual([false, expected]);
  });

  it('knows each circuit and each event of the table', () => {
    for (const row of Object.values(TABLE)) expect(row.trim().split(/\s+/)).toHaveLength(Object.keys(EVENTS).length);
  });

  it('stays open for its time after it has tripped', () => {
    const after = transition(CIRCUITS.closed, EVENTS['failures at the threshold'], POLICY);
    expect(after).toEqual({
      kind: 'open',
      since: NOW,
      until: NOW + POLICY.openForMs,
      trippedAt: NOW,
      baseline: 0.1,
      probes: [],
    });
  });

  it('stays open for a shorter time after a probe has failed, in the same outage', () => {
    const after = transition(CIRCUITS['half-open, full'], EVENTS['probe failed'], POLICY);
    const probes = ['b', 'c'].map((token) => ({ token, until: NOW + 1, late: true }));
    expect(after).toEqual({ ...OUTAGE, kind: 'open', since: NOW, until: NOW + POLICY.probeAgainAfterMs, probes });
  });

  it('begins another outage when nothing but failures comes of what was let in again', () => {
    const after = transition(CIRCUITS['recovering, some share'], EVENTS['nothing but failures'], POLICY);
    const until = NOW + POLICY.probeAgainAfterMs;
    expect(after).toEqual({ ...OUTAGE, kind: 'open', since: NOW, until, trippedAt: NOW, probes: [] });
  });

  it('lets in a smaller share where the dependency can not carry all', () => {
    const after = transition(CIRCUITS['recovering, some share'], EVENTS['failures at the threshold'], POLICY);
    expect(after).toMatchObject({ ramp: { share: expect.closeTo(0.3 * 0.5 * 0.9), since: NOW, shrunk: true } });
  });

  it('leases the first probe when it half-opens', () => {
    expect(transition(CIRCUITS['open, time to probe'], EVENTS.asked, POLICY)).toEqual({
      ...OUTAGE,
      kind: 'half-open',
      since: NOW,
      probes: [{ token: 'new', until: NOW + POLICY.probeLeaseMs }],
      succeeded: 0,
    });
  });

  it('gives the place of a probe whose lease is over to another, and no longer knows the former', () => {
    const after = transition(CIRCUITS['half-open, a lease over'], EVENTS.asked, POLICY);
    expect(after).toMatchObject({ probes: [{ token: 'b' }, { token: 'c' }, { token: 'new' }] });
    expect(transition(after, EVENTS['probe failed'], POLICY)).toBe(after);
  });

  it('believes a probe whose lease is over while nobody has taken its place', () => {
    const after = transition(CIRCUITS['half-open, a lease over'], EVENTS['probe succeeded'], POLICY);
    expect(after).toMatchObject({ succeeded: 1, probes: [{ token: 'b' }, { token: 'c' }] });
  });

  it('frees the place of a probe that is withdrawn, and counts nothing', () => {
    const after = transition(CIRCUITS['half-open, full with successes'], EVENTS['probe withdrawn'], POLICY);
    expect(after).toMatchObject({ succeeded: 1, probes: [{ token: 'b' }] });
    expect(admission(after, NOW, 0, POLICY)).toBe('ask');
  });

  it('leases no more probes than must still succeed', () => {
    const most = fc.array(fc.constantFrom('asked', 'probe succeeded', 'probe withdrawn', 'later'), { maxLength: 30 });
    fc.assert(
      fc.property(most, fc.integer({ min: 1, max: 5 }), (steps, probes) => {
        let circuit: Circuit = CIRCUITS['open, time to probe'];
        let now = NOW;
        for (const [index, step] of steps.entries()) {
          const first = circuit.kind === 'half-open' ? (circuit.probes[0]?.token ?? 'none') : 'none';
          const policy = { ...POLICY, probes };
          if (step === 'later') now += 6_000;
          else if (step === 'asked') circuit = transition(circuit, { type: 'asked', now, token: `${index}` }, policy);
          else if (step === 'probe succeeded')
            circuit = transition(circuit, { type: 'probed', now, token: first, ok: true }, policy);
          else circuit = transition(circuit, { type: 'withdrawn', now, token: first }, policy);
          if (circuit.kind !== 'half-open') continue;
          expect(circuit.probes.filter(({ until }) => until > now).length + circuit.succeeded).toBeLessThanOrEqual(
            probes,
          );
        }
      }),
    );
  });

  it.each<[CircuitName, EventName]>([
    ['open too early, a late probe', 'probe succeeded'],
    ['half-open, last success missing, a late one', 'probe succeeded'],
    ['half-open, room beside a late one', 'probe failed'],
    ['half-open, room beside a late one', 'probe succeeded'],
    ['half-open, late ones over', 'probe succeeded'],
    ['recovering, a late probe', 'probe failed'],
    ['forced open, a late probe', 'probe failed'],
    ['forced closed, a late probe', 'probe withdrawn'],
    ['forced open expired, a late probe', 'probe failed'],
  ])('%s, %s: only its place is free', (name, event) => {
    const probes = probesOf(CIRCUITS[name]).filter(({ token }) => token !== 'a');
    expect(transition(CIRCUITS[name], EVENTS[event], POLICY)).toMatchObject({ probes });
  });

  it.each<[CircuitName, EventName]>([
    ['half-open, full', 'forced open'],
    ['half-open, full', 'forced closed'],
    ['forced open, a late probe', 'released'],
    ['forced open, a late probe', 'forced closed'],
    ['recovering, a late probe', 'nothing but failures'],
    ['open, late probes', 'asked'],
  ])('%s, %s: probes under way hold their places', (name, event) => {
    const probes = probesOf(CIRCUITS[name]).map((probe) => ({ ...probe, late: true }));
    expect(transition(CIRCUITS[name], EVENTS[event], POLICY)).toMatchObject({ probes });
  });

  it('leases no probe where late ones hold all places, and one as soon as one of them has ended', () => {
    const full = transition(CIRCUITS['open, late probes'], EVENTS.asked, POLICY);
    expect(transition(full, EVENTS.asked, POLICY)).toBe(full);
    const after = transition(transition(full, EVENTS['probe failed'], POLICY), EVENTS.asked, POLICY);
    expect(after).toMatchObject({ kind: 'half-open', probes: [{ token: 'b' }, { token: 'c' }, { token: 'new' }] });
  });

  it('forgets late probes whose lease is over when it changes', () => {
    const after = transition(CIRCUITS['half-open, late ones over'], EVENTS['forced open'], POLICY);
    expect(after).toHaveProperty('probes', []);
  });

  it('begins to recover with the first share', () => {
    const after = transition(CIRCUITS['half-open, last success missing'], EVENTS['probe succeeded'], POLICY);
    const ramp = { share: INITIAL_SHARE, since: NOW, shrunk: false };
    expect(after).toEqual({ ...OUTAGE, kind: 'recovering', since: NOW, ramp, probes: [] });
  });

  it('keeps what is usual for the dependency when it closes', () => {
    expect(transition(CIRCUITS['recovering, full share'], EVENTS['no failures'], POLICY)).toEqual(closed(NOW, 0.1));
    expect(transition(CIRCUITS['forced closed'], EVENTS.released, POLICY)).toEqual(closed(NOW, 0.1));
  });

  it('remembers who has forced it, why, and for how long', () => {
    expect(transition(CIRCUITS.closed, EVENTS['forced open'], POLICY)).toEqual({
      kind: 'forced-open',
      since: NOW,
      until: NOW + 9,
      trippedAt: NOW,
      baseline: 0.1,
      probes: [],
      reason: 'why',
      by: 'who',
    });
    expect(transition(CIRCUITS['half-open, room'], EVENTS['forced closed'], POLICY)).toMatchObject(OUTAGE);
  });

  it('makes probes first after a forced opening, at once', () => {
    const after = transition(CIRCUITS['forced open'], EVENTS.released, POLICY);
    expect(after).toEqual({ ...OUTAGE, kind: 'open', since: NOW, until: NOW, probes: [] });
    expect(admission(after, NOW, 0, POLICY)).toBe('ask');
  });

  it('has ended by itself when a forced state expired, not when that was noticed', () => {
    const later = { type: 'counted', now: NOW + 500, tally: { successes: 0, failures: 0 } } as const;
    expect(transition(CIRCUITS['forced closed, expired'], later, POLICY)).toEqual(closed(NOW, 0.1));
    expect(transition(CIRCUITS['forced open, expired'], later, POLICY)).toMatchObject({ since: NOW, until: NOW });
  });
});

describe('a circuit that adapts', () => {
  const ADAPTIVE = { ...POLICY, adaptive: true };
  const counted = (now: number, failures: number) =>
    ({ type: 'counted', now, tally: { successes: 100 - failures, failures } }) as const;

  it.each([
    [0, 50],
    [0.2, 60],
    [0.5, 75],
    [0.9, 95],
  ])('with %d usual opens at %d percent', (baseline, percent) => {
    const circuit = closed(NOW, baseline);
    expect(transition(circuit, counted(NOW, percent - 1), ADAPTIVE).kind).toBe('closed');
    expect(transition(circuit, counted(NOW, percent), ADAPTIVE).kind).toBe('open');
  });

  it('learns a fifth of the way, not before six windows have gone', () => {
    const circuit = closed(NOW, 0.1);
    expect(transition(circuit, counted(NOW + 59_999, 20), ADAPTIVE)).toBe(circuit);
    const after = transition(circuit, counted(NOW + 60_000, 20), ADAPTIVE);
    expect(after).toEqual({ ...circuit, baseline: expect.closeTo(0.12), learnedAt: NOW + 60_000 });
  });

  it('learns nothing from too few calls, and nothing where it is not told to', () => {
    const circuit = closed(NOW, 0.1);
    const few = { type: 'counted', now: NOW + 60_000, tally: { successes: 4, failures: 0 } } as const;
    expect(transition(circuit, few, ADAPTIVE)).toBe(circuit);
    expect(transition(circuit, counted(NOW + 60_000, 20), POLICY)).toBe(circuit);
  });

  it('never takes an outage for what is usual, however slowly failures grow', () => {
    const slowly = fc.array(fc.integer({ min: 0, max: 100 }), { minLength: 1, maxLength: 50 });
    fc.assert(
      fc.property(slowly, (failures) => {
        let circuit: Circuit = closed(NOW);
        for (const [round, each] of failures.entries())
          circuit = transition(circuit, counted(NOW + (round + 1) * 60_000, each), ADAPTIVE);
        expect(circuit.baseline).toBeLessThan(1);
        expect(transition(closed(NOW, circuit.baseline), counted(NOW, 100), ADAPTIVE).kind).toBe('open');
      }),
    );
  });
});
