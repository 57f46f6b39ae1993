import { describe, expect, it } from 'vitest';
import {
  CAPACITY_PER_SECOND,
  type HerdResult,
  type Scenario,
  type Strategy,
  simulateHerd,
} from '../../../tools/bench/herd.ts';
import { SEEDS } from '../../../tools/bench/herd-medians.ts';
import { CALLS_PER_SECOND, requestsPerCall } from '../../../tools/bench/requests.ts';
import { median } from '../../../tools/bench/stopwatch.ts';

const [SEED = 0] = SEEDS;

/** Caches outages, because each simulation of one gives the same result. */
const simulated = new Map<string, Promise<HerdResult>>();
function outage(strategy: Strategy, scenario: Scenario, seed: number): Promise<HerdResult> {
  const key = `${strategy} ${scenario} ${seed}`;
  const result = simulated.get(key) ?? simulateHerd(strategy, scenario, seed);
  simulated.set(key, result);
  return result;
}

async function medians(strategy: Strategy) {
  const results = await Promise.all(SEEDS.map((seed) => outage(strategy, 'base', seed)));
  const of = (what: keyof HerdResult) => median(results.map((result) => result[what]));
  return { wasted: of('wasted'), recoveryMs: of('recoveryMs'), peakPerSecond: of('peakPerSecond') };
}

describe('a herd of 10,000 that waits for a service to come back', () => {
  it('is let in sooner than by full jitter, at a fiftieth of the wasted calls, and without a stampede', async () => {
    const jitter = await medians('full jitter');
    const ours = await medians('shared circuit');
    expect(ours.wasted).toBeLessThanOrEqual(jitter.wasted / 50);
    expect(ours.recoveryMs).toBeLessThanOrEqual(jitter.recoveryMs * 0.85);
    expect(ours.peakPerSecond).toBeLessThanOrEqual(CAPACITY_PER_SECOND * 1.6);
  });

  it.each(SEEDS.slice(0, 3))(
    'wastes little and never stampedes, whenever the service comes back (seed %d)',
    async (seed) => {
      const ours = await outage('shared circuit', 'base', seed);
      const jitter = await outage('full jitter', 'base', seed);
      expect(ours.wasted).toBeLessThanOrEqual(jitter.wasted / 40);
      expect(ours.peakPerSecond).toBeLessThanOrEqual(CAPACITY_PER_SECOND * 1.75);
    },
  );

  const weak: readonly Scenario[] = ['slow ramp-up', 'half capacity', 'flapping'];
  it.each(weak.flatMap((scenario) => SEEDS.slice(0, 2).map((seed) => [scenario, seed] as const)))(
    'is no worse off where the service is weak: %s (seed %d)',
    async (scenario, seed) => {
      const jitter = await outage('full jitter', scenario, seed);
      const ours = await outage('shared circuit', scenario, seed);
      expect(ours.wasted).toBeLessThanOrEqual(jitter.wasted / 20);
      expect(ours.recoveryMs).toBeLessThanOrEqual(jitter.recoveryMs * 1.05);
    },
  );

  it('fares the same for the same seed', async () => {
    expect(await simulateHerd('shared circuit', 'base', SEED)).toEqual(await outage('shared circuit', 'base', SEED));
  });
});

describe('what guarded calls cost at the table', () => {
  it('is a write a second per instance while all is well, and nothing between', async () => {
    const { reads, writes } = await requestsPerCall('closed');
    expect(reads + writes).toBeLessThanOrEqual(0.01);
    expect(writes * CALLS_PER_SECOND).toBeLessThanOrEqual(1);
  });

  it('is a read a second per instance while the circuit is open', async () => {
    const { reads, writes } = await requestsPerCall('open');
    expect([reads * CALLS_PER_SECOND, writes]).toEqual([1, 0]);
  });
});
