import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { admission } from '../../../../lambdas/domain/circuit/admission.ts';
import { type Circuit, closed } from '../../../../lambdas/domain/circuit/circuit-state.ts';
import { INITIAL_SHARE } from '../../../../lambdas/domain/circuit/ramp.ts';
import {
  CIRCUITS,
  type CircuitName,
  NOW,
  OUTAGE,
  PLAIN_POLICY as POLICY,
  probesOf,
  recovering,
  type Step,
  step,
} from './circuits.ts';

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
} satisfies Record<string, Step>;

const HALF_OPEN = CIRCUITS['half-open, full'] as Extract<Circuit, { kind: 'half-open' }>;

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
  'half-open, room': '= = = = = half-open half-open half-open = = half-open = forced-open forced-closed =',
  'half-open, room for one': '= = = = = half-open half-open half-open = = half-open = forced-open forced-closed =',
  'half-open, full': '= = = = = = half-open half-open = = half-open = forced-open forced-closed =',
  'half-open, full with successes':
    '= = = = = half-open half-open half-open = = half-open = forced-open forced-closed =',
  'half-open, last success missing':
    '= = = = = half-open recovering half-open = = half-open = forced-open forced-closed =',
  'half-open, a lease over': '= = = = = half-open half-open half-open = = half-open = forced-open forced-closed =',
  'half-open, all leases over': '= = = = = half-open half-open half-open = = half-open = forced-open forced-closed =',
  'half-open, room beside a late one':
    '= = = = = half-open half-open half-open = = half-open = forced-open forced-closed =',
  'half-open, all late': '= = = = = = half-open half-open = = half-open = forced-open forced-closed =',
  'half-open, last success missing, a late one':
    '= = = = = half-open recovering half-open = = half-open = forced-open forced-closed =',
  'half-open, late ones over': '= = = = = half-open half-open half-open = = half-open = forced-open forced-closed =',
  'recovering, some share': '= recovering recovering open open = = = = = = = forced-open forced-closed =',
  'recovering, full share':
    'closed closed open open closed closed closed closed closed closed closed closed forced-open forced-closed closed',
  'recovering, least share': '= recovering open open open = = = = = = = forced-open forced-closed =',
  'recovering, share just changed':
    '= recovering recovering recovering recovering = = = = = = = forced-open forced-closed =',
  'recovering, a late probe':
    '= recovering recovering open open = recovering recovering = = recovering = forced-open forced-closed =',
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
    const after = step(before, EVENTS[event], POLICY);
    if (expected === '=') expect(after).toBe(before);
    else expect([after === before, after.kind]).toEqual([false, expected]);
  });

  it('knows each circuit and each event of the table', () => {
    for (const row of Object.values(TABLE)) expect(row.trim().split(/\s+/)).toHaveLength(Object.keys(EVENTS).length);
  });

  it('stays open for its time after it has tripped', () => {
    const after = step(CIRCUITS.closed, EVENTS['failures at the threshold'], POLICY);
    expect(after).toEqual({
      kind: 'open',
      since: NOW,
      until: NOW + POLICY.openForMs,
      trippedAt: NOW,
      baseline: 0.1,
      probes: [],
      // Three successes a second, four asks for each.
      line: { pace: 12, endsAt: NOW + POLICY.openForMs, waits: 0 },
    });
  });

  it('stays open for a shorter time when failed probes outnumber the successful ones, in the same outage', () => {
    const failed = { ...HALF_OPEN, failed: 2 };
    const after = step(failed, EVENTS['probe failed'], POLICY);
    const probes = ['b', 'c'].map((token) => ({ token, until: NOW + 1, late: true }));
    expect(after).toEqual({ ...OUTAGE, kind: 'open', since: NOW, until: NOW + POLICY.probeAgainAfterMs, probes });
    expect(step({ ...failed, succeeded: 1 }, EVENTS['probe failed'], POLICY)).toMatchObject({
      kind: 'half-open',
      failed: 3,
    });
  });

  it('opens again when nothing but failures comes of what was let in again', () => {
    const after = step(CIRCUITS['recovering, some share'], EVENTS['nothing but failures'], POLICY);
    const until = NOW + 250;
    expect(after).toEqual({ ...OUTAGE, kind: 'open', since: NOW, until, carried: 0, fellAt: NOW, probes: [] });
  });

  it.each([
    [0, 250],
    [3_000, 500],
    [6_000, 1_000],
    [600_000, POLICY.probeAgainAfterMs],
  ])('probes six times in as long as the dependency has been down: after %d ms for %d ms', (ago, waits) => {
    const after = step({ ...HALF_OPEN, failed: 2, fellAt: NOW - ago }, EVENTS['probe failed'], POLICY);
    expect(after).toMatchObject({ kind: 'open', until: NOW + waits, fellAt: NOW - ago });
  });

  it('continues an outage that it has closed after too soon', () => {
    const recovered = { ...closed(NOW - 5_000, 0.1), trippedAt: NOW - 60_000 };
    const after = step(recovered, EVENTS['nothing but failures'], POLICY);
    expect(after).toMatchObject({ kind: 'open', until: NOW + 250, trippedAt: NOW - 60_000, fellAt: NOW, carried: 0 });
    const long = { ...recovered, since: NOW - POLICY.openForMs };
    const anew = step(long, EVENTS['nothing but failures'], POLICY);
    expect(anew).toMatchObject({ kind: 'open', until: NOW + POLICY.openForMs, trippedAt: NOW });
  });

  it('lets in a smaller share to see whether that relieves the dependency', () => {
    const after = step(CIRCUITS['recovering, some share'], EVENTS['failures at the threshold'], POLICY);
    expect(after).toMatchObject({ ramp: { limit: expect.closeTo(0.36 * 0.6), since: NOW } });
  });

  it('leases the first probe when it half-opens', () => {
    expect(step(CIRCUITS['open, time to probe'], EVENTS.asked, POLICY)).toEqual({
      ...OUTAGE,
      kind: 'half-open',
      since: NOW,
      probes: [{ token: 'new', until: NOW + POLICY.probeLeaseMs, at: NOW }],
      succeeded: 0,
      failed: 0,
      again: true,
    });
  });

  it('begins a round of the same outage with a single probe, and ends it if that fails', () => {
    const scouting = step(CIRCUITS['open, time to probe'], EVENTS.asked, POLICY);
    expect(step(scouting, { ...EVENTS.asked, token: 'second' }, POLICY)).toBe(scouting);
    expect(step(scouting, { ...EVENTS['probe failed'], token: 'new' }, POLICY)).toMatchObject({ kind: 'open' });
    const up = step(scouting, { ...EVENTS['probe succeeded'], token: 'new' }, POLICY);
    const both = step(step(up, EVENTS.asked, POLICY), { ...EVENTS.asked, token: 'second' }, POLICY);
    expect(both).toMatchObject({ kind: 'half-open', probes: [{ token: 'new' }, { token: 'second' }] });
  });

  it('notes how long the slowest probe took, so that the ramp waits for its calls', () => {
    const probing = {
      ...CIRCUITS['half-open, last success missing'],
      probes: [{ token: 'a', until: NOW, at: NOW - 4_000 }],
    };
    const after = step(probing as Circuit, EVENTS['probe succeeded'], POLICY);
    expect(after).toMatchObject({ kind: 'recovering', ramp: { callMs: 4_000 } });
  });

  it('gives each call a time of its own where few may pass', () => {
    const paced = (circuit: Circuit, ms: number) =>
      step(circuit, { type: 'paced', now: NOW + ms, perSecond: 20 }, POLICY);
    const first = paced(CIRCUITS['recovering, some share'], 0);
    expect(paced(first, 49)).toBe(first);
    expect([60, 99].map((ms) => paced(paced(first, 60), ms))).toMatchObject([
      { ramp: { slot: NOW + 100 } },
      { ramp: { slot: NOW + 100 } },
    ]);
    expect(paced(first, 1_000)).toMatchObject({ ramp: { slot: NOW + 1_000 } });
  });

  it('gives the place of a probe whose lease is over to another, and still believes the former, once', () => {
    const after = step(CIRCUITS['half-open, a lease over'], EVENTS.asked, POLICY);
    expect(after).toMatchObject({ probes: [{ token: 'a' }, { token: 'b' }, { token: 'c' }, { token: 'new' }] });
    const believed = step(after, EVENTS['probe succeeded'], POLICY);
    expect(believed).toMatchObject({ succeeded: 1, probes: [{ token: 'b' }, { token: 'c' }, { token: 'new' }] });
    expect(step(believed, EVENTS['probe succeeded'], POLICY)).toBe(believed);
  });

  it('leases a probe for as long as its call may take', () => {
    const leaseMs = POLICY.probeLeaseMs + 1_000;
    const after = step(CIRCUITS['open, time to probe'], { ...EVENTS.asked, leaseMs }, POLICY);
    expect(after).toMatchObject({ probes: [{ until: NOW + leaseMs }] });
    const shorter = step(CIRCUITS['open, time to probe'], { ...EVENTS.asked, leaseMs: 1 }, POLICY);
    expect(shorter).toMatchObject({ probes: [{ until: NOW + POLICY.probeLeaseMs }] });
  });

  it('believes a probe whose lease is over while nobody has taken its place', () => {
    const after = step(CIRCUITS['half-open, a lease over'], EVENTS['probe succeeded'], POLICY);
    expect(after).toMatchObject({ succeeded: 1, probes: [{ token: 'b' }, { token: 'c' }] });
  });

  it('frees the place of a probe that is withdrawn, and counts nothing', () => {
    const after = step(CIRCUITS['half-open, full with successes'], EVENTS['probe withdrawn'], POLICY);
    expect(after).toMatchObject({ succeeded: 1, probes: [{ token: 'b' }] });
    expect(admission(after, NOW, { turn: 0 }, POLICY)).toBe('ask');
  });

  it('never has more probes under way than the policy allows', () => {
    const most = fc.array(fc.constantFrom('asked', 'probe succeeded', 'probe withdrawn', 'later'), { maxLength: 30 });
    fc.assert(
      fc.property(most, fc.integer({ min: 1, max: 5 }), (steps, probes) => {
        let circuit: Circuit = CIRCUITS['open, time to probe'];
        let now = NOW;
        for (const [index, next] of steps.entries()) {
          const first = circuit.kind === 'half-open' ? (circuit.probes[0]?.token ?? 'none') : 'none';
          const policy = { ...POLICY, probes };
          if (next === 'later') now += 13_000;
          else if (next === 'asked') circuit = step(circuit, { type: 'asked', now, token: `${index}` }, policy);
          else if (next === 'probe succeeded')
            circuit = step(circuit, { type: 'probed', now, token: first, ok: true }, policy);
          else circuit = step(circuit, { type: 'withdrawn', now, token: first }, policy);
          if (circuit.kind !== 'half-open') continue;
          expect(circuit.probes.filter(({ until }) => until > now).length).toBeLessThanOrEqual(probes);
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
    expect(step(CIRCUITS[name], EVENTS[event], POLICY)).toMatchObject({ probes });
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
    expect(step(CIRCUITS[name], EVENTS[event], POLICY)).toMatchObject({ probes });
  });

  it('leases no probe where late ones hold all places, and one as soon as one of them has ended', () => {
    const full = step(CIRCUITS['open, late probes'], EVENTS.asked, POLICY);
    expect(step(full, EVENTS.asked, POLICY)).toBe(full);
    const after = step(step(full, EVENTS['probe failed'], POLICY), EVENTS.asked, POLICY);
    expect(after).toMatchObject({ kind: 'half-open', probes: [{ token: 'b' }, { token: 'c' }, { token: 'new' }] });
  });

  it('forgets late probes whose lease is over when it changes', () => {
    const after = step(CIRCUITS['half-open, late ones over'], EVENTS['forced open'], POLICY);
    expect(after).toHaveProperty('probes', []);
  });

  it('begins to recover with the first share', () => {
    const after = step(CIRCUITS['half-open, last success missing'], EVENTS['probe succeeded'], POLICY);
    const ramp = { share: INITIAL_SHARE, since: NOW };
    expect(after).toEqual({ ...OUTAGE, kind: 'recovering', since: NOW, ramp, probes: [] });
  });

  it('remembers what was carried before it opened again, and continues near that', () => {
    const open = step(CIRCUITS['recovering, some share'], EVENTS['failures at the threshold'], POLICY);
    expect(open).not.toHaveProperty('carried');
    const fallen = step(CIRCUITS['recovering, some share'], EVENTS['nothing but failures'], POLICY);
    expect(fallen).toMatchObject({ kind: 'open', carried: 0 });
    const halfOpen = { ...HALF_OPEN, succeeded: 2, carried: 300 };
    const again = step(halfOpen, { ...EVENTS['probe succeeded'], asks: 1_000 } as Step, POLICY);
    expect(again).toMatchObject({ kind: 'recovering', carried: 300, ramp: { share: expect.closeTo(0.24) } });
  });

  it('does not close while those who wait still come, for ten seconds at most', () => {
    const waiting = { ...recovering(1, NOW - 5_000), line: { pace: 10, endsAt: NOW + 4_000, waits: 0 } };
    const later = (ms: number) => step(waiting, { type: 'counted', now: NOW + ms }, POLICY).kind;
    expect([later(0), later(3_999), later(4_000)]).toEqual(['recovering', 'recovering', 'closed']);
    const long = { ...waiting, line: { ...waiting.line, endsAt: NOW + 60_000 } };
    expect(step(long, { type: 'counted', now: NOW + 5_000 }, POLICY).kind).toBe('closed');
  });

  it('keeps what is usual for the dependency when it closes', () => {
    const ended = step(CIRCUITS['recovering, full share'], EVENTS['no failures'], POLICY);
    expect(ended).toEqual({ ...closed(ended.since, 0.1), trippedAt: OUTAGE.trippedAt });
    expect(step(CIRCUITS['forced closed'], EVENTS.released, POLICY)).toEqual(closed(NOW, 0.1));
  });

  it('remembers who has forced it, why, and for how long', () => {
    expect(step(CIRCUITS.closed, EVENTS['forced open'], POLICY)).toEqual({
      kind: 'forced-open',
      since: NOW,
      until: NOW + 9,
      trippedAt: NOW,
      baseline: 0.1,
      probes: [],
      line: { pace: 10, endsAt: NOW + 9, waits: 0 },
      reason: 'why',
      by: 'who',
    });
    expect(step(CIRCUITS['half-open, room'], EVENTS['forced closed'], POLICY)).toMatchObject(OUTAGE);
  });

  it('makes probes first after a forced opening, at once', () => {
    const after = step(CIRCUITS['forced open'], EVENTS.released, POLICY);
    expect(after).toEqual({ ...OUTAGE, kind: 'open', since: NOW, until: NOW, probes: [] });
    expect(admission(after, NOW, { turn: 0 }, POLICY)).toBe('ask');
  });

  it('has ended by itself when a forced state expired, not when that was noticed', () => {
    const later = { type: 'counted', now: NOW + 500, tally: { successes: 0, failures: 0 } } as const;
    expect(step(CIRCUITS['forced closed, expired'], later, POLICY)).toEqual(closed(NOW, 0.1));
    expect(step(CIRCUITS['forced open, expired'], later, POLICY)).toMatchObject({ since: NOW, until: NOW });
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
    expect(step(circuit, counted(NOW, percent - 1), ADAPTIVE).kind).toBe('closed');
    expect(step(circuit, counted(NOW, percent), ADAPTIVE).kind).toBe('open');
  });

  it('learns a fifth of the way, not before six windows have gone', () => {
    const circuit = closed(NOW, 0.1);
    expect(step(circuit, counted(NOW + 59_999, 20), ADAPTIVE)).toBe(circuit);
    const after = step(circuit, counted(NOW + 60_000, 20), ADAPTIVE);
    expect(after).toEqual({ ...circuit, baseline: expect.closeTo(0.12), learnedAt: NOW + 60_000 });
  });

  it('learns nothing from too few calls, and nothing where it is not told to', () => {
    const circuit = closed(NOW, 0.1);
    const few = { type: 'counted', now: NOW + 60_000, tally: { successes: 4, failures: 0 } } as const;
    expect(step(circuit, few, ADAPTIVE)).toBe(circuit);
    expect(step(circuit, counted(NOW + 60_000, 20), POLICY)).toBe(circuit);
  });

  it('never takes an outage for what is usual, however slowly failures grow', () => {
    const slowly = fc.array(fc.integer({ min: 0, max: 100 }), { minLength: 1, maxLength: 50 });
    fc.assert(
      fc.property(slowly, (failures) => {
        let circuit: Circuit = closed(NOW);
        for (const [round, each] of failures.entries())
          circuit = step(circuit, counted(NOW + (round + 1) * 60_000, each), ADAPTIVE);
        expect(circuit.baseline).toBeLessThan(1);
        expect(step(closed(NOW, circuit.baseline), counted(NOW, 100), ADAPTIVE).kind).toBe('open');
      }),
    );
  });
});
