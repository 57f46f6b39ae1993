import { describe, expect, it } from 'vitest';
import { admission } from '../../../../lambdas/domain/circuit/admission.ts';
import { type Circuit, closed } from '../../../../lambdas/domain/circuit/circuit-state.ts';
import { INITIAL_SHARE } from '../../../../lambdas/domain/circuit/ramp.ts';
import {
  CIRCUITS,
  type CircuitName,
  EVENTS,
  NOW,
  OUTAGE,
  PLAIN_POLICY as POLICY,
  recovering,
  type Step,
  step,
} from './circuits.ts';

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
    const failed = { ...HALF_OPEN, since: NOW, failed: 2 };
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
    const after = step({ ...HALF_OPEN, since: NOW, failed: 2, fellAt: NOW - ago }, EVENTS['probe failed'], POLICY);
    expect(after).toMatchObject({ kind: 'open', until: NOW + waits, fellAt: NOW - ago });
  });

  it.each([
    [500, 1_500],
    [1_900, 250],
    [20_000, 250],
  ])('counts the time to the next probes from the failed ones: after %d ms for %d ms', (took, waits) => {
    const after = step({ ...HALF_OPEN, since: NOW - took, failed: 2 }, EVENTS['probe failed'], POLICY);
    expect(after).toMatchObject({ kind: 'open', until: NOW + waits });
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
