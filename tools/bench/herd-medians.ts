import { type HerdResult, type Strategy, simulateHerd } from './herd.ts';
import { SCENARIOS, type Scenario } from './herd-scenarios.ts';
import { median } from './stopwatch.ts';

/** Each seed is another outage. */
export const SEEDS = [101, 102, 103, 104, 105, 106, 107, 108, 109];

/** Medians over several outages. */
export async function herdMedians(strategy: Strategy, scenario: Scenario, seeds = SEEDS): Promise<HerdResult> {
  const results: HerdResult[] = [];
  for (const seed of seeds) results.push(await simulateHerd(strategy, SCENARIOS[scenario], seed));
  return mediansOf(results);
}

export function mediansOf(results: readonly HerdResult[]): HerdResult {
  const of = (what: keyof HerdResult) => median(results.map((result) => result[what]));
  return {
    peakPerSecond: of('peakPerSecond'),
    wasted: of('wasted'),
    recoveryMs: of('recoveryMs'),
    nearlyMs: of('nearlyMs'),
    waitMs: of('waitMs'),
    requestsPerSecond: of('requestsPerSecond'),
    asksPerSecond: of('asksPerSecond'),
  };
}
