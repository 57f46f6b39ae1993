import type { CircuitPolicy } from '../../contract/circuit-policy.ts';
import { evidenceAbove, requiredEvidence } from './evidence.ts';
import { type Bucket, calls, secondOf, type Tally } from './tally.ts';

/** Calls that prove every rate worth opening for. In quiet traffic, seconds before the window count up to this number. */
export const ENOUGH_CALLS = 200;

/**
 * The newest seconds in which the failure rate is above a rate with the policy's confidence; undefined if there are none.
 * Looks at every number of newest seconds, so that an outage shows as soon after healthy traffic as after none.
 *
 * @param from epoch second of the oldest count to consider
 */
export function findOutage(
  buckets: readonly Bucket[],
  { now, from, rate }: { readonly now: number; readonly from: number; readonly rate: number },
  policy: CircuitPolicy,
): Tally | undefined {
  const required = requiredEvidence(policy.confidence);
  const inWindow = secondOf(now - policy.windowMs);
  let told: Tally = { successes: 0, failures: 0 };
  let unsettled = 0;
  for (const bucket of newestFirst(buckets)) {
    // A rate that decides alone is that of the window.
    const enough = policy.confidence === 0 ? 0 : ENOUGH_CALLS;
    if (bucket.second < from || (bucket.second < inWindow && calls(told) >= enough)) break;
    told = { successes: told.successes + bucket.successes, failures: told.failures + bucket.failures };
    unsettled += bucket.newest ?? 0;
    if (calls(told) < policy.minimumCalls) continue;
    if (evidenceAbove(rate, settled(told, unsettled, policy)) >= required) return told;
  }
  return undefined;
}

/**
 * Leaves out the last failure of each instance that has told nothing since. Then what an instance tells doesn't always
 * end with a failure, so its rate is the dependency's.
 */
export function settled(told: Tally, unsettled: number, { confidence }: Pick<CircuitPolicy, 'confidence'>): Tally {
  if (confidence === 0) return told;
  return { successes: told.successes, failures: Math.max(0, told.failures - unsettled) };
}

export function newestFirst(buckets: readonly Bucket[]): readonly Bucket[] {
  return buckets.toSorted((one, other) => other.second - one.second);
}
