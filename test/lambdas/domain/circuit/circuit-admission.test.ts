import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { admission, shareOf } from '../../../../lambdas/domain/circuit/admission.ts';
import { tallyStart } from '../../../../lambdas/domain/circuit/circuit.ts';
import type { Circuit } from '../../../../lambdas/domain/circuit/circuit-state.ts';
import { backOff } from '../../../../lambdas/domain/circuit/ramp.ts';
import { nextTryAt } from '../../../../lambdas/domain/circuit/waiting.ts';
import { CIRCUITS, type CircuitName, NOW, PLAIN_POLICY as POLICY, recovering, step } from './circuits.ts';

describe('admission', () => {
  it.each<[CircuitName, string]>([
    ['closed', 'admit'],
    ['closed, a late probe', 'admit'],
    ['open, too early', 'reject'],
    ['open, time to probe', 'ask'],
    ['half-open, room', 'ask'],
    ['half-open, room for one', 'ask'],
    ['half-open, full', 'reject'],
    ['half-open, full with successes', 'ask'],
    ['half-open, last success missing', 'ask'],
    ['half-open, a lease over', 'ask'],
    ['half-open, all leases over', 'ask'],
    ['half-open, room beside a late one', 'ask'],
    ['half-open, all late', 'reject'],
    ['half-open, last success missing, a late one', 'ask'],
    ['half-open, late ones over', 'ask'],
    ['open, late probes', 'ask'],
    ['recovering, full share', 'admit'],
    ['forced open', 'reject'],
    ['forced closed', 'admit'],
    ['forced open, expired', 'ask'],
    ['forced closed, expired', 'admit'],
  ])('%s: %s', (circuit, expected) => {
    expect(admission(CIRCUITS[circuit], NOW, { turn: 0.999 }, POLICY)).toBe(expected);
  });

  it('admits the share that the ramp has reached', () => {
    const circuit = CIRCUITS['recovering, some share'];
    expect(admission(circuit, NOW, { turn: 0.359 }, POLICY)).toBe('admit');
    expect(admission(circuit, NOW, { turn: 0.361 }, POLICY)).toBe('reject');
  });

  it('admits as many calls as the dependency has carried, however many ask now', () => {
    const circuit = {
      ...CIRCUITS['recovering, some share'],
      ramp: { ...backOff(0.5, NOW, 1_000), since: NOW - 2_000 },
    };
    const most = (asks?: number) => shareOf(circuit, NOW, asks);
    expect([most(), most(1_000), most(2_000), most(500), most(10)]).toEqual([0.5, 0.5, 0.25, 1, 1]);
    expect(admission(circuit, NOW, { turn: 0.3, asks: 2_000 }, POLICY)).toBe('reject');
  });
});

describe('nextTryAt', () => {
  const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  const any = fc.constantFrom<Circuit>(...(Object.values(CIRCUITS) as Circuit[]));

  it('is never in the past, never before the circuit may change by itself, and ten minutes after that at most', () => {
    fc.assert(
      fc.property(any, random, fc.integer({ min: 0, max: 86_400_000 }), (circuit, at, later) => {
        const now = NOW + later;
        const again = nextTryAt(circuit, now, at);
        const earliest = 'until' in circuit && circuit.kind !== 'forced-closed' ? Math.max(now, circuit.until) : now;
        expect(again).toBeGreaterThanOrEqual(earliest);
        expect(again).toBeLessThanOrEqual(earliest + 601_000);
      }),
    );
  });

  it.each<[CircuitName, number, number]>([
    ['closed', 0, 0],
    ['forced closed', 0, 0],
    ['forced closed, expired', 0, 0],
    // A thirtieth of the outage's 60 s so far.
    ['open, too early', 1_001, 2_001],
    ['open, time to probe', 1_000, 2_000],
    ['forced open', 1_001, 2_001],
    ['half-open, full', 1_000, 2_000],
    ['recovering, some share', 250, 500],
  ])('%s: %d to %d ms from now', (circuit, least, most) => {
    expect(nextTryAt(CIRCUITS[circuit], NOW, 0)).toBe(NOW + least);
    expect(nextTryAt(CIRCUITS[circuit], NOW, 1)).toBe(NOW + most);
  });
});

describe('tallyStart', () => {
  it('is the window', () => {
    expect(tallyStart(CIRCUITS.closed, NOW, POLICY)).toBe(NOW - 10_000);
  });

  it('is the second after the ramp last changed, while recovering', () => {
    const changed = (since: number) => ({ ...recovering(0.1, since), since: NOW - 9_000 });
    expect(tallyStart(changed(1_000_000_000), NOW, POLICY)).toBe(1_000_001_000);
    expect(tallyStart(changed(1_000_000_499), NOW, POLICY)).toBe(1_000_001_000);
    // Other instances still admit by the old share for half a second.
    expect(tallyStart(changed(1_000_000_500), NOW, POLICY)).toBe(1_000_002_000);
    expect(tallyStart(recovering(0.1, NOW), NOW, POLICY)).toBe(1_000_000_000);
  });
});

it('always has a last success to come, though the policy asked for more of them before', () => {
  const fewer = { ...POLICY, probes: 1 };
  const halfOpen = { ...CIRCUITS['half-open, room for one'], probes: [] } as Circuit;
  expect(admission(halfOpen, NOW, { turn: 0 }, fewer)).toBe('ask');
  const asked = step(halfOpen, { type: 'asked', now: NOW, token: 'last' }, fewer);
  expect(step(asked, { type: 'probed', now: NOW, token: 'last', ok: true }, fewer).kind).toBe('recovering');
});

it('has those who wait for an operator look again every few minutes', () => {
  const forced = step(
    CIRCUITS.closed,
    { type: 'forced', now: NOW, to: 'open', until: NOW + 86_400_000, reason: 'a move', by: 'ops' },
    POLICY,
  );
  expect(nextTryAt(forced, NOW, 0) - NOW).toBeGreaterThanOrEqual(300_000);
  expect(nextTryAt(forced, NOW, 1) - NOW).toBeLessThanOrEqual(330_000);
});
