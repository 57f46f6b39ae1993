import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_CIRCUIT_POLICY as POLICY } from '../../../../lambdas/contract/circuit-policy.ts';
import {
  admission,
  type Circuit,
  nextTryAt,
  tallyStart,
  transition,
} from '../../../../lambdas/domain/circuit/circuit.ts';
import { CIRCUITS, type CircuitName, NOW, recovering } from './circuits.ts';

describe('admission', () => {
  it.each<[CircuitName, string]>([
    ['closed', 'admit'],
    ['closed, a late probe', 'admit'],
    ['open, too early', 'reject'],
    ['open, time to probe', 'ask'],
    ['half-open, room', 'ask'],
    ['half-open, room for one', 'ask'],
    ['half-open, full', 'reject'],
    ['half-open, full with successes', 'reject'],
    ['half-open, last success missing', 'reject'],
    ['half-open, a lease over', 'ask'],
    ['half-open, all leases over', 'ask'],
    ['half-open, room beside a late one', 'ask'],
    ['half-open, all late', 'reject'],
    ['half-open, last success missing, a late one', 'reject'],
    ['half-open, late ones over', 'ask'],
    ['open, late probes', 'ask'],
    ['recovering, full share', 'admit'],
    ['forced open', 'reject'],
    ['forced closed', 'admit'],
    ['forced open, expired', 'ask'],
    ['forced closed, expired', 'admit'],
  ])('%s: %s', (circuit, expected) => {
    expect(admission(CIRCUITS[circuit], NOW, 0.999, POLICY)).toBe(expected);
  });

  it('lets through the share that the ramp has reached', () => {
    const circuit = CIRCUITS['recovering, some share'];
    expect(admission(circuit, NOW, 0.299, POLICY)).toBe('admit');
    expect(admission(circuit, NOW, 0.301, POLICY)).toBe('reject');
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
    // Half of the outage's 60 s so far.
    ['open, too early', 1, 30_001],
    ['open, time to probe', 0, 30_000],
    ['forced open', 1, 30_001],
    ['half-open, full', 1_000, 31_500],
    ['recovering, some share', 1_000, 3_000],
  ])('%s: %d to %d ms from now', (circuit, least, most) => {
    expect(nextTryAt(CIRCUITS[circuit], NOW, 0)).toBe(NOW + least);
    expect(nextTryAt(CIRCUITS[circuit], NOW, 1)).toBe(NOW + most);
  });

  it('spreads those who wait over a second at least and ten minutes at most', () => {
    const opened = (trippedAt: number): Circuit => ({
      kind: 'open',
      since: NOW,
      until: NOW,
      trippedAt,
      baseline: 0,
      probes: [],
    });
    expect(nextTryAt(opened(NOW), NOW, 1)).toBe(NOW + 1_000);
    expect(nextTryAt(opened(NOW - 86_400_000), NOW, 1)).toBe(NOW + 600_000);
  });
});

describe('tallyStart', () => {
  it('is the window', () => {
    expect(tallyStart(CIRCUITS.closed, NOW, POLICY)).toBe(NOW - 10_000);
  });

  it('is the second after the ramp last changed, while recovering', () => {
    expect(tallyStart(recovering(0.1, 1_000_000_000), NOW, POLICY)).toBe(1_000_001_000);
    expect(tallyStart(recovering(0.1, 1_000_000_999), NOW, POLICY)).toBe(1_000_001_000);
  });
});

it('always has a last success to come, though the policy asked for more of them before', () => {
  const fewer = { ...POLICY, probes: 1 };
  const halfOpen = { ...CIRCUITS['half-open, room for one'], probes: [] } as Circuit;
  expect(admission(halfOpen, NOW, 0, fewer)).toBe('ask');
  const asked = transition(halfOpen, { type: 'asked', now: NOW, token: 'last' }, fewer);
  expect(transition(asked, { type: 'probed', now: NOW, token: 'last', ok: true }, fewer).kind).toBe('recovering');
});

it('has those who wait for an operator look again every few minutes', () => {
  const forced = transition(
    CIRCUITS.closed,
    { type: 'forced', now: NOW, to: 'open', until: NOW + 86_400_000, reason: 'a move', by: 'ops' },
    POLICY,
  );
  expect(nextTryAt(forced, NOW, 0) - NOW).toBe(300_000);
});

it.each([
  ['as often as is usual for it closes', 0.6, 1, 'closed'],
  ['as never before opens again', 0, 1, 'open'],
])('a recovering circuit whose dependency fails %s, however few the calls', (_, baseline, failures, kind) => {
  const circuit = { ...recovering(1, NOW - 5_000), baseline };
  const counted = { type: 'counted', now: NOW, tally: { successes: 1, failures } } as const;
  const after = transition(circuit, counted, { ...POLICY, adaptive: true });
  expect(after).toMatchObject(kind === 'open' ? { kind, trippedAt: NOW } : { kind });
});
