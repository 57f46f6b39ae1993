import { type HerdResult, type Scenario, type Strategy, simulateHerd } from './herd.ts';
import { median } from './stopwatch.ts';

/** Each is another outage, of 30 to 35 s. */
export const SEEDS = [1, 2, 3, 4, 5];

/** Medians over the seeds. */
export async function herdMedians(strategy: Strategy, scenario: Scenario): Promise<HerdResult> {
  const results: HerdResult[] = [];
  for (const seed of SEEDS) results.push(await simulateHerd(strategy, scenario, seed));
  const of = (what: keyof HerdResult) => median(results.map((result) => result[what]));
  return {
    peakPerSecond: of('peakPerSecond'),
    wasted: of('wasted'),
    recoveryMs: of('recoveryMs'),
    nearlyMs: of('nearlyMs'),
  };
}
