import { describe, expect, it } from 'vitest';
import { simulateTraffic } from '../../../tools/bench/traffic.ts';

const OUTAGE_MS = 30_000;

describe('traffic whose failure rate is steady', () => {
  it.each([
    [5, 1, 0.45, 3_600_000],
    [5, 1, 0.2, 3_600_000],
    [50, 10, 0.4, 1_200_000],
    [50, 100, 0.45, 300_000],
    [500, 1_000, 0.45, 30_000],
  ])('keeps the circuit closed below the threshold: %d instances, %d calls/s, %d fail', async (...traffic) => {
    const [instances, callsPerSecond, rate, endMs] = traffic;
    const { opened } = await simulateTraffic({ instances, callsPerSecond, endMs, failing: () => rate }, 11);
    expect(opened).toEqual([]);
  });

  it.each([
    [50, 200, 0.1],
    [50, 200, 0.3],
    [50, 200, 0.45],
    [5, 20, 0.45],
    [500, 500, 0.3],
    [50, 2, 0.4],
  ])('closes it within 60 s of an outage: %d instances, %d calls/s, %d fail', async (...traffic) => {
    const [instances, callsPerSecond, rate] = traffic;
    const failing = (now: number) => (now < OUTAGE_MS ? 1 : rate);
    for (const seed of [1, 2, 3]) {
      const run = { instances, callsPerSecond, endMs: OUTAGE_MS + 60_000, failing };
      const { opened, closed } = await simulateTraffic(run, seed);
      expect(opened.length).toBeGreaterThan(0);
      expect(closed.at(-1)).toBeGreaterThan(opened.at(-1) ?? 0);
    }
  });

  it.each([
    [50, 100],
    [50, 200],
    [5, 50],
    [20, 300],
  ])('opens it within 100 calls of the time when all fail: %d instances, %d calls/s', async (...traffic) => {
    const [instances, callsPerSecond] = traffic;
    for (const seed of [1, 2, 3, 4]) {
      const begun = 5_000 + seed * 237;
      const failing = (now: number) => (now < begun ? 0 : 1);
      const run = { instances, callsPerSecond, endMs: begun + 5_000, failing };
      expect((await simulateTraffic(run, seed, begun)).callsUntilOpen).toBeLessThanOrEqual(100);
    }
  });

  it('opens it about a second after healthy traffic has begun to fail', async () => {
    const begun = 20_500;
    const failing = (now: number) => (now < begun ? 0 : 1);
    for (const seed of [1, 2, 3, 4, 5]) {
      const run = { instances: 50, callsPerSecond: 100, endMs: 40_000, failing };
      const { opened } = await simulateTraffic(run, seed);
      expect((opened[0] ?? Number.POSITIVE_INFINITY) - begun).toBeLessThanOrEqual(1_800);
    }
  });
});
