import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Ramp } from '../../../../lambdas/domain/circuit/circuit-state.ts';
import {
  backOff,
  INITIAL_SHARE,
  MIN_SHARE,
  ofCalls,
  rampEnd,
  shareAt,
} from '../../../../lambdas/domain/circuit/ramp.ts';
import { firstRamp } from '../../../../lambdas/domain/circuit/recovery.ts';

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
    const first = firstRamp(NOW, 0, asks);
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
    [500, 1_000],
    [2_500, 3_000],
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
