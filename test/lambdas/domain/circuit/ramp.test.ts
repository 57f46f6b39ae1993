import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Ramp } from '../../../../lambdas/domain/circuit/circuit-state.ts';
import {
  backOff,
  carefulRamp,
  firstRamp,
  INITIAL_SHARE,
  isOutgrown,
  MIN_SHARE,
  ofAsks,
  ofCalls,
  rampEnd,
  shareAt,
  shareOfAsks,
} from '../../../../lambdas/domain/circuit/ramp.ts';

const NOW = 1_000_000;
const share = fc.double({ min: MIN_SHARE, max: 1, noNaN: true });
const ramp: fc.Arbitrary<Ramp> = fc.oneof(
  fc.record({ share, since: fc.integer({ min: NOW - 60_000, max: NOW + 1_000 }) }),
  share.map((carried) => backOff(carried, NOW)),
);

describe('shareAt', () => {
  it.each([
    [0, 0.1],
    [1_000, 0.18],
    [2_000, 0.324],
    [60_000, 1],
  ])('has grown after %d ms to %d', (elapsed, expected) => {
    expect(shareAt({ share: 0.1, since: NOW }, NOW + elapsed)).toBeCloseTo(expected);
  });

  it.each([
    ['four calls a second', 40, 1 / 3],
    ['20 calls a second', 200, 1 / 2],
    ['40 calls a second', 400, 1],
    ['an unknown number', undefined, 1],
  ])('grows the more slowly, the fewer calls show what it does: %s', (_, asks, pace) => {
    const first = firstRamp(NOW, { asks });
    expect(shareAt(first, NOW + 1_000)).toBeCloseTo(0.1 * 1.8 ** pace);
  });

  it.each([
    [0, 0.38],
    [1_000, 0.3975],
    [2_000, 0.4],
    [3_000, 0.4025],
    [4_000, 0.42],
    [8_000, 0.94],
    [60_000, 1],
  ])('keeps near what was carried, and looks for more after %d ms: %d', (elapsed, expected) => {
    expect(shareAt(backOff(0.4, NOW), NOW + elapsed)).toBeCloseTo(expected);
  });

  it.each([
    [50, 1_000],
    [300, 1_000],
    [2_700, 4_000],
    [60_000, 10_200],
  ])('grows by the same for calls of %d ms only after %d ms, when they have ended', (callMs, elapsed) => {
    expect(shareAt({ share: 0.1, since: NOW, callMs }, NOW + elapsed)).toBeCloseTo(0.18);
  });

  it('grows with time, up to all calls', () => {
    fc.assert(
      fc.property(ramp, fc.nat(60_000), fc.nat(60_000), (any, early, later) => {
        const first = shareAt(any, NOW + early);
        expect(first).toBeGreaterThanOrEqual(MIN_SHARE * 0.99);
        expect(shareAt(any, NOW + early + later)).toBeGreaterThanOrEqual(first);
        expect(shareAt(any, NOW + early)).toBeLessThanOrEqual(1);
      }),
    );
  });
});

describe('rampEnd', () => {
  it('is a second after the share has reached all calls', () => {
    fc.assert(
      fc.property(ramp, (any) => {
        const full = rampEnd(any) - 1_000;
        expect(shareAt(any, full)).toBeCloseTo(1, 3);
        if (full > any.since + 10) expect(shareAt(any, full - 10)).toBeLessThan(1);
      }),
    );
  });

  it('comes within a minute, however long calls take', () => {
    const slow = ofCalls({ share: INITIAL_SHARE, since: NOW }, 600_000);
    expect(rampEnd(slow)).toBeGreaterThan(NOW + 40_000);
    expect(rampEnd(slow)).toBeLessThan(NOW + 60_000);
  });

  it('comes within ten seconds, or within half a minute from the minimum', () => {
    expect(rampEnd({ share: INITIAL_SHARE, since: NOW })).toBeLessThan(NOW + 10_000);
    expect(rampEnd(backOff(0, NOW))).toBeLessThan(NOW + 30_000);
  });
});

describe('the first share', () => {
  it.each<[string, Parameters<typeof firstRamp>[1], number, number?]>([
    ['a tenth', {}, 0.1],
    ['a tenth where nobody knows how many ask', { carried: 400 }, 0.1],
    ['a fifth of calls that take seconds', { callMs: 3_000 }, 0.2],
    ['four fifths of what was carried before it fell again', { carried: 400, asks: 1_000 }, 0.32, 1_000],
    ['less than a tenth where it carried less', { carried: 20, asks: 1_000 }, 0.04, 1_000],
    ['all, where few ask', { carried: 400, asks: 100 }, 1, 100],
  ])('is %s', (_, known, expected, asks) => {
    const { share: first, asks: all } = firstRamp(NOW, known);
    expect([first, all]).toEqual([expect.closeTo(expected), asks]);
  });
});

describe('a ramp after an overload', () => {
  it('grows half as fast, and by a number of calls', () => {
    const careful = carefulRamp(0.1, { now: NOW, asks: 1_000, pace: 2_000 });
    expect(shareOfAsks(careful, NOW, 1_000)).toBeCloseTo(0.1);
    expect(shareOfAsks(careful, NOW + 2_000, 1_000)).toBeCloseTo(0.18);
    expect(shareOfAsks(careful, NOW + 2_000, 500)).toBeCloseTo(0.36);
  });

  it('grows as well where nobody knows how many ask', () => {
    const careful = carefulRamp(0.1, { now: NOW });
    expect([shareAt(careful, NOW), shareAt(careful, NOW + 2_000)]).toEqual([0.1, expect.closeTo(0.18)]);
  });
});

describe('a ramp for more asks', () => {
  it.each([
    ['grows', { share: 0.6, since: NOW, asks: 60 }],
    ['is limited', { ...backOff(0.7, NOW, 60) }],
  ])('passes as many calls, and ends later: it %s', (_, before) => {
    const after = ofAsks(before, 240);
    expect(shareOfAsks(after, NOW + 500, 240)).toBeCloseTo(shareOfAsks(before, NOW + 500, 240));
    expect(rampEnd(after)).toBeGreaterThan(rampEnd(before));
  });

  it.each([
    ['a third more ask near its end', 0.6, 80, true],
    ['a tenth more ask', 0.6, 66, false],
    ['it has just begun', 0.1, 80, false],
  ])('is due: %s', (_, from, asks, isDue) => {
    expect(isOutgrown({ share: from, since: NOW, asks: 60 }, NOW, asks)).toBe(isDue);
  });
});
