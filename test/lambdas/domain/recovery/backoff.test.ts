import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backoff } from '../../../../lambdas/domain/recovery/backoff.ts';

describe('backoff', () => {
  it.each([
    [1, 100],
    [2, 200],
    [3, 400],
    [6, 3_200],
    [7, 5_000],
    [60, 5_000],
  ])('caps the delay after attempt %i at %i ms', (attempt, cap) => {
    const delays = [0, 0.5, 1 - Number.EPSILON].map((value) =>
      backoff(attempt, { initialDelayMs: 100, maxDelayMs: 5_000, random: () => value }),
    );
    expect(delays).toEqual([0, cap / 2, cap - 1]);
  });

  it('never leaves the range from 0 to the cap', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (attempt, value) => {
          const delay = backoff(attempt, { initialDelayMs: 100, maxDelayMs: 5_000, random: () => value });
          expect(delay).toBeGreaterThanOrEqual(0);
          expect(delay).toBeLessThan(5_000);
        },
      ),
    );
  });
});
