import type { CircuitPolicy } from '../../contract/circuit-policy.ts';
import { type Bucket, calls, PARTS_PER_SECOND, type Part, type Tally } from './tally.ts';

/** The newest calls. */
export interface Sample extends Tally {
  /** They ended since this time, in epoch milliseconds. */
  readonly begin: number;
  /** Failures that are the newest of their instance. */
  readonly unsettled: number;
}

/** The newest second's calls, those of the newest two seconds, and so on. */
export function newestSeconds(buckets: readonly Bucket[]): readonly Sample[] {
  return cumulated(buckets.map((bucket) => ({ ...bucket, begin: bucket.second * 1_000 })));
}

/** The calls of the newest part of a second, those of the newest two parts, and so on. */
export function newestParts(parts: readonly Part[]): readonly Sample[] {
  return cumulated(parts.map((part) => ({ ...part, begin: (part.part * 1_000) / PARTS_PER_SECOND })));
}

/**
 * Leaves out the last failure of each instance that has told nothing since. Then what an instance tells doesn't always
 * end with a failure, so its rate is the dependency's.
 */
export function comparable({ successes, failures, unsettled }: Sample, { confidence }: SettlingPolicy): Tally {
  return { successes, failures: confidence === 0 ? failures : Math.max(0, failures - unsettled) };
}

type SettlingPolicy = Pick<CircuitPolicy, 'confidence'>;

function cumulated(counts: readonly (Tally & { begin: number; newest?: number })[]): readonly Sample[] {
  const samples: Sample[] = [];
  let all: Sample = { successes: 0, failures: 0, begin: 0, unsettled: 0 };
  for (const { begin, successes, failures, newest = 0 } of counts.toSorted((one, other) => other.begin - one.begin)) {
    all = {
      begin,
      successes: all.successes + successes,
      failures: all.failures + failures,
      unsettled: all.unsettled + newest,
    };
    samples.push(all);
  }
  return samples;
}

/** Samples back to a time; further where the newer ones have fewer calls than suffice. */
export function backTo(samples: readonly Sample[], begin: number, sufficient: number): readonly Sample[] {
  return samples.filter(
    (sample, n) => sample.begin >= begin || (n === 0 ? 0 : calls(samples[n - 1] ?? sample)) < sufficient,
  );
}
