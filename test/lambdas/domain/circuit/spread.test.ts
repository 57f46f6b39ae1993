import { describe, expect, it } from 'vitest';
import type { CallCounts } from '../../../../lambdas/domain/circuit/circuit-store.ts';
import { spread } from '../../../../lambdas/domain/circuit/spread.ts';
import { partOf } from '../../../../lambdas/domain/circuit/tally.ts';

const NOW = 1_700_000_000_000;
const SECOND = NOW / 1_000;

function counts(change: Partial<CallCounts>): CallCounts {
  return { generation: 0, at: NOW, successes: 0, failures: 0, traffic: 0, ...change };
}

describe('spread', () => {
  it.each([1, 2, 3, 7, 100, 1_001])('loses none of %d successes, however they spread', (successes) => {
    for (let step = 0; step < 1_000; step += 37) {
      const { buckets } = spread(counts({ successes, from: NOW + step, until: NOW + step + 990 }), NOW);
      expect(buckets.reduce((sum, bucket) => sum + bucket.successes, 0)).toBe(successes);
    }
  });

  it('spreads successes evenly over the time in which they ended', () => {
    const { buckets } = spread(counts({ successes: 100, from: NOW - 300, until: NOW + 700 }), NOW);
    expect(buckets).toEqual([
      { second: SECOND - 1, successes: 30, failures: 0 },
      { second: SECOND, successes: 70, failures: 0 },
    ]);
  });

  it('counts a single success of a recovery when it ended, so that the newest moments look no worse than they are', () => {
    const single = counts({ successes: 1, from: NOW - 900, until: NOW + 50, endsAtUntil: true });
    const { parts } = spread(single, NOW + 50);
    expect(parts).toEqual([{ part: partOf(NOW + 50), successes: 1, failures: 0 }]);
  });

  it('counts successes without a time, and failures, at the time of the telling', () => {
    const { buckets, parts } = spread(counts({ successes: 2, failures: 1, at: NOW + 250 }), NOW);
    expect(buckets).toEqual([{ second: SECOND, successes: 2, failures: 1 }]);
    expect(new Set(parts.map(({ part }) => part))).toEqual(new Set([partOf(NOW + 250)]));
  });

  it('keeps no parts of older seconds', () => {
    const { buckets, parts } = spread(counts({ failures: 1, at: NOW - 1 }), NOW + 1_000);
    expect(buckets).toEqual([{ second: SECOND - 1, successes: 0, failures: 1 }]);
    expect(parts).toEqual([]);
  });
});
