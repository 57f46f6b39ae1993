import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Circuit, Line } from '../../../../lambdas/domain/circuit/circuit-state.ts';
import { continued, fasterLine, newLine, nextTryAt, pacedBy } from '../../../../lambdas/domain/circuit/waiting.ts';

const NOW = 1_000_000_000;

function open(line: Line, { trippedAt = NOW - 60_000, until = NOW }: { trippedAt?: number; until?: number } = {}) {
  return { kind: 'open', since: NOW, until, trippedAt, baseline: 0, probes: [], line } satisfies Circuit;
}

describe('those who wait', () => {
  it('come back one behind the other, at the pace of the line, however long the outage was', () => {
    for (const outage of [60_000, 120_000, 200_000]) {
      const circuit = open({ pace: 100, endsAt: NOW, waits: 50 }, { trippedAt: NOW - outage });
      const waits = [850, 851, 950].map((total) => nextTryAt(circuit, NOW, 0.5, total) - NOW);
      expect(waits).toEqual([8_000, 8_010, 9_000]);
    }
  });

  it('wait no longer than 10 s, and in a long outage at most a ninetieth of it', () => {
    const wait = (outage: number) =>
      nextTryAt(open({ pace: 10, endsAt: NOW, waits: 0 }, { trippedAt: NOW - outage }), NOW, 0.5, 1_000_000) - NOW;
    expect(wait(60_000)).toBe(10_000);
    expect(wait(3_600_000)).toBe(40_000);
    expect(wait(86_400_000)).toBe(600_000);
  });

  it('ask seldom in a long outage, though they are few', () => {
    const wait = (outage: number) =>
      nextTryAt(open({ pace: 10, endsAt: NOW, waits: 0 }, { trippedAt: NOW - outage }), NOW, 1) - NOW;
    expect(wait(1_000)).toBe(1_000);
    expect(wait(300_000)).toBe(10_000);
    expect(wait(86_400_000)).toBe(20_000);
  });

  it('return after the first opening as they came, where the dependency carried nothing before', () => {
    const circuit = open({ pace: 10, endsAt: NOW + 25_000, waits: 0 }, { trippedAt: NOW, until: NOW + 30_000 });
    expect(nextTryAt(circuit, NOW + 4_000, 0.5, 4_000)).toBe(NOW + 34_000);
  });

  it('return sooner where the dependency carried more', () => {
    const circuit = open({ pace: 1_000, endsAt: NOW + 30_000, waits: 0 }, { trippedAt: NOW, until: NOW + 30_000 });
    expect(nextTryAt(circuit, NOW + 9_000, 0.5, 2_000)).toBe(NOW + 32_000);
  });
});

describe('the line', () => {
  it('has four ask for each call that a recovering dependency carries', () => {
    const line = { pace: 100, endsAt: NOW + 8_000, waits: 0 };
    const recovering = { ...open(line), kind: 'recovering', ramp: { share: 0.1, since: NOW } } as const;
    const after = pacedBy(recovering, 100, { now: NOW, waits: 200 });
    // A thousand stand in it.
    expect(after.line).toEqual({ pace: 400, endsAt: NOW + 2_500, waits: 200 });
    expect(pacedBy(recovering, 30, { now: NOW, waits: 200 })).toBe(recovering);
  });

  it('lets four ask for each call that the dependency carried in its best second', () => {
    const buckets = [40, 70, 3].map((successes, second) => ({ second, successes, failures: 9 }));
    expect(newLine(buckets, NOW, 5)).toEqual({ pace: 280, endsAt: NOW, waits: 5 });
    expect(newLine([], NOW, 5)).toEqual({ pace: 10, endsAt: NOW, waits: 5 });
  });

  it('is as fast as callers arrive, if that is faster', () => {
    const line = { pace: 100, endsAt: NOW, waits: 0 };
    expect(fasterLine(line, 3_500, 4_000)).toEqual({ ...line, pace: 1_000 });
    expect(fasterLine(line, 370, 4_000)).toBe(line);
    // Too early to tell.
    expect(fasterLine(line, 3_500, 2_000)).toBe(line);
  });

  it('keeps its length in the next state, and never ends before a call may pass', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 5_000 }), fc.integer({ min: -50_000, max: 50_000 }), (asked, ahead) => {
        const before = open({ pace: 100, endsAt: NOW + ahead, waits: 7 });
        const after = continued(before, { ...before, until: NOW + 2_000 }, { now: NOW, waits: 7 + asked });
        const end = Math.max(NOW + 2_000, NOW + ahead + asked * 10);
        expect(after.line).toEqual({ pace: 100, endsAt: end, waits: 7 + asked });
      }),
    );
  });
});
