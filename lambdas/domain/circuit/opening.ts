import type { CircuitPolicy } from '../../contract/circuit-policy.ts';
import { evidenceAbove, requiredEvidence } from './evidence.ts';
import { backTo, comparable, newestParts, newestSeconds, type Sample } from './samples.ts';
import { type Bucket, calls, type Part, secondOf, type Tally } from './tally.ts';

/**
 * Calls that prove every rate worth opening for. In quiet traffic, seconds before the window count up to this number.
 */
export const ENOUGH_CALLS = 200;

/** Calls that begin together may fail together, so the parts of a shorter time show no outage. */
const BURST_MS = 100;

interface Looking {
  readonly now: number;
  /** Epoch second of the oldest count to consider. */
  readonly from: number;
  /** Failure rate that opens the circuit. */
  readonly rate: number;
}

/**
 * The newest calls whose failure rate is above a rate with the policy's confidence; undefined if there are none. Looks
 * at every number of newest seconds, and of parts of them, so that an outage shows as soon after healthy traffic as
 * after none.
 */
export function findOutage(
  { buckets, parts = [] }: { readonly buckets: readonly Bucket[]; readonly parts?: readonly Part[] },
  { now, from, rate }: Looking,
  policy: CircuitPolicy,
): Tally | undefined {
  const required = requiredEvidence(policy.confidence);
  const isConvincing = (sample: Sample) =>
    sample.begin >= from * 1_000 &&
    calls(sample) >= policy.minimumCalls &&
    evidenceAbove(rate, comparable(sample, policy)) >= required;
  const window = secondOf(now - policy.windowMs) * 1_000;
  const seconds = newestSeconds(buckets);
  // A rate that decides alone is that of the window.
  if (policy.confidence === 0) return backTo(seconds, window, 0).find(isConvincing);
  const bySecond = backTo(seconds, window, ENOUGH_CALLS);
  const byPart = newestParts(parts).filter(({ begin }) => begin <= now - BURST_MS);
  return byPart.find(isConvincing) ?? bySecond.find(isConvincing);
}
