import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_CIRCUIT_POLICY as POLICY } from '../../../../lambdas/contract/circuit-policy.ts';
import { evidenceAbove, requiredEvidence } from '../../../../lambdas/domain/circuit/evidence.ts';
import { findOutage } from '../../../../lambdas/domain/circuit/opening.ts';
import { PARTS_PER_SECOND, partOf } from '../../../../lambdas/domain/circuit/tally.ts';

const SECOND = 1_000_000;
const NOW = SECOND * 1_000 + 900;

describe('evidence', () => {
  it('is what a coin of that rate would need luck for', () => {
    // Ten heads in a row: a chance of 2 to the power of -10.
    expect(evidenceAbove(0.5, { successes: 0, failures: 10 })).toBeCloseTo(10 * Math.LN2);
    expect(requiredEvidence(1 - 2 ** -10)).toBeCloseTo(10 * Math.LN2);
  });

  it('is negative below the rate, and none at it', () => {
    expect(evidenceAbove(0.5, { successes: 51, failures: 49 })).toBeLessThan(0);
    expect(evidenceAbove(0.5, { successes: 0, failures: 0 })).toBeLessThan(0);
    expect(evidenceAbove(0.5, { successes: 50, failures: 50 })).toBe(0);
  });

  it('grows with failures, with the sample, and with the distance to the rate', () => {
    const few = fc.integer({ min: 1, max: 500 });
    fc.assert(
      fc.property(few, few, fc.double({ min: 0.05, max: 0.85, noNaN: true }), (successes, failures, rate) => {
        const evidence = evidenceAbove(rate, { successes, failures });
        if (evidence <= 0) return;
        expect(evidenceAbove(rate, { successes, failures: failures + 1 })).toBeGreaterThan(evidence);
        expect(evidenceAbove(rate, { successes: 2 * successes, failures: 2 * failures })).toBeCloseTo(2 * evidence);
        expect(evidenceAbove(rate * 0.9, { successes, failures })).toBeGreaterThan(evidence);
      }),
    );
  });
});

type Seconds = readonly (readonly [successes: number, failures: number, newest?: number])[];

describe('findOutage', () => {
  const find = (seconds: Seconds, policy = POLICY) => {
    const buckets = seconds.map(([successes, failures, newest = 0], ago) => ({
      second: SECOND - ago,
      successes,
      failures,
      newest,
    }));
    return findOutage({ buckets }, { now: NOW, from: 0, rate: policy.failureRate }, policy);
  };

  it.each<[string, Seconds, boolean]>([
    ['20 failures in a row', [[0, 20]], true],
    ['19 failures in a row', [[0, 19]], false],
    [
      'failures after healthy traffic',
      [
        [0, 20],
        [500, 0],
        [500, 0],
      ],
      true,
    ],
    ['failures of a minute of one call a second', Array.from({ length: 20 }, () => [0, 1] as const), true],
    ['4 of 5, which happens', [[1, 4]], false],
    ['70 % of 200', [[60, 140]], true],
    ['60 % of 200', [[80, 120]], false],
    ['40 % of many', [[6_000, 4_000]], false],
    ['failures that are all the newest of an instance each', [[0, 50, 50]], false],
    ['failures beside a newest one', [[0, 21, 1]], true],
  ])('%s: %o %s', (_, seconds, isFound) => {
    expect(find(seconds) !== undefined).toBe(isFound);
  });

  const firstPart = partOf(NOW);
  const part = (ago: number, successes: number, failures: number) => ({ part: firstPart - ago, successes, failures });
  const sinceParts = (now: number, from = 0, policy = POLICY) => {
    const parts = [part(0, 0, 12), part(1, 0, 12), part(2, 100, 0)];
    const buckets = [{ second: SECOND, successes: 100, failures: 24 }];
    return findOutage({ buckets, parts }, { now, from, rate: policy.failureRate }, policy);
  };

  it('sees failures that begin in the middle of a second', () => {
    expect(sinceParts(NOW)).toMatchObject({ successes: 0, failures: 24 });
    expect(sinceParts(NOW, 0, { ...POLICY, confidence: 0 })).toBeUndefined();
    expect(sinceParts(NOW, SECOND + 1)).toBeUndefined();
  });

  it('does not take calls that fail together within 0.1 s for an outage', () => {
    const burst = (now: number) => {
      const parts = [part(0, 0, 40), part(1, 20, 0)];
      const buckets = [{ second: SECOND, successes: 20, failures: 40 }];
      return findOutage({ buckets, parts }, { now, from: 0, rate: POLICY.failureRate }, POLICY);
    };
    const begin = (firstPart * 1_000) / PARTS_PER_SECOND;
    expect(burst(begin + 99)).toBeUndefined();
    expect(burst(begin + 100)).toMatchObject({ successes: 0, failures: 40 });
  });

  it('needs fewer calls with less confidence, and goes by the rate alone without any', () => {
    expect(find([[0, 7]], { ...POLICY, minimumCalls: 5, confidence: 0.99 })).toBeDefined();
    expect(find([[0, 6]], { ...POLICY, minimumCalls: 5, confidence: 0.99 })).toBeUndefined();
    expect(find([[2, 3]], { ...POLICY, minimumCalls: 5, confidence: 0 })).toBeDefined();
    expect(find([[3, 2]], { ...POLICY, minimumCalls: 5, confidence: 0 })).toBeUndefined();
  });

  it('can prove that nearly all calls fail, where only that opens', () => {
    expect(find([[0, 200]], { ...POLICY, failureRate: 1 })).toBeDefined();
    expect(find([[1, 199]], { ...POLICY, failureRate: 1 })).toBeUndefined();
  });
});
