import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  INITIAL_SHARE,
  MIN_SHARE,
  type Ramp,
  shareAt,
  shrinkAfterFailures,
} from '../../../../lambdas/domain/circuit/ramp.ts';

const NOW = 1_000_000;
const MINIMUM_CALLS = 5;
const ramp: fc.Arbitrary<Ramp> = fc.record({
  share: fc.double({ min: MIN_SHARE, max: 1, noNaN: true }),
  since: fc.integer({ min: NOW - 60_000, max: NOW + 1_000 }),
  shrunk: fc.boolean(),
});
const count = fc.integer({ min: 0, max: 1_000 });

describe('shareAt', () => {
  it.each([
    [false, 0, 0.1],
    [false, 1_000, 0.15],
    [false, 2_000, 0.225],
    [true, 1_000, 0.125],
    [true, 2_000, 0.15625],
    [false, 60_000, 1],
  ])('has grown (met the limit: %s) after %d ms to %d', (hasShrunk, elapsed, expected) => {
    expect(shareAt({ share: 0.1, since: NOW, shrunk: hasShrunk }, NOW + elapsed)).toBeCloseTo(expected);
  });

  it('grows with time, from the share that it has begun with up to all calls', () => {
    fc.assert(
      fc.property(ramp, fc.nat(60_000), fc.nat(60_000), (any, early, later) => {
        const first = shareAt(any, NOW + early);
        expect(first).toBeGreaterThanOrEqual(any.share);
        expect(shareAt(any, NOW + early + later)).toBeGreaterThanOrEqual(first);
        expect(shareAt(any, NOW + early)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('reaches all calls within ten seconds, or within half a minute where it has met the limit', () => {
    expect(shareAt({ share: INITIAL_SHARE, since: NOW, shrunk: false }, NOW + 10_000)).toBe(1);
    expect(shareAt({ share: INITIAL_SHARE, since: NOW, shrunk: true }, NOW + 30_000)).toBe(1);
  });
});

describe('shrinkAfterFailures', () => {
  it.each([
    ['too few calls', { successes: 0, failures: 4 }],
    ['no call', { successes: 0, failures: 0 }],
    ['few failures', { successes: 95, failures: 5 }],
  ])('is the same ramp after %s', (_, tally) => {
    const before = { share: 0.5, since: NOW, shrunk: false };
    expect(shrinkAfterFailures(before, NOW + 1_000, tally, MINIMUM_CALLS)).toBe(before);
  });

  it('goes back to what the dependency has carried, less a tenth', () => {
    const after = shrinkAfterFailures(
      { share: 0.4, since: NOW, shrunk: false },
      NOW + 1_000,
      { successes: 75, failures: 25 },
      5,
    );
    expect(after).toEqual({ share: expect.closeTo(0.6 * 0.75 * 0.9), since: NOW + 1_000, shrunk: true });
  });

  it('never falls below the least share and never grows by failures', () => {
    fc.assert(
      fc.property(ramp, count, count, (before, successes, failures) => {
        const after = shrinkAfterFailures(before, NOW, { successes, failures }, MINIMUM_CALLS);
        expect(shareAt(after, NOW)).toBeGreaterThanOrEqual(MIN_SHARE);
        expect(shareAt(after, NOW)).toBeLessThanOrEqual(shareAt(before, NOW));
      }),
    );
  });
});
