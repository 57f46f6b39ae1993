import type { CircuitPolicy } from '../../contract/circuit-policy.ts';
import { evidenceAbove, requiredEvidence } from './evidence.ts';
import { type Bucket, calls, PARTS_PER_SECOND, type Part, secondOf, type Tally } from './tally.ts';

/** Calls that prove every rate worth opening for. In quiet traffic, seconds before the window count up to this number. */
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
 * The newest seconds in which the failure rate is above a rate with the policy's confidence; undefined if there are none.
 * Looks at every number of newest seconds, and of parts of them, so that an outage shows as soon after healthy traffic as
 * after none.
 */
export function findOutage(
  { buckets, parts = [] }: { readonly buckets: readonly Bucket[]; readonly parts?: readonly Part[] },
  looking: Looking,
  policy: CircuitPolicy,
): Tally | undefined {
  const { now, from } = looking;
  const inWindow = secondOf(now - policy.windowMs);
  const isOld = ({ second }: Bucket, told: Tally) => second < inWindow && calls(told) >= ENOUGH_CALLS;
  if (policy.confidence === 0) {
    // A rate that decides alone is that of the window.
    const seconds = newestFirst(buckets).filter(({ second }) => second >= Math.max(from, inWindow));
    return firstConvincing(seconds, looking, policy);
  }
  const newestParts = parts
    .filter(({ part }) => part >= from * PARTS_PER_SECOND)
    .toSorted((one, other) => other.part - one.part);
  const isShort = ({ part }: Part) => (part * 1_000) / PARTS_PER_SECOND > now - BURST_MS;
  const seconds = newestFirst(buckets).filter(({ second }) => second >= from);
  return (
    firstConvincing(newestParts, looking, policy, { isShort }) ?? firstConvincing(seconds, looking, policy, { isOld })
  );
}

interface Limits<Counted> {
  /** Whether a sample that begins with these counts is too short to judge. */
  readonly isShort?: (counted: Counted) => boolean;
  /** Whether these counts are too old beside the newer ones. */
  readonly isOld?: (counted: Counted, told: Tally) => boolean;
}

/** The shortest of the samples that end with the newest counts and suffice. */
function firstConvincing<Counted extends Bucket | Part>(
  newestFirst: readonly Counted[],
  { rate }: Looking,
  policy: CircuitPolicy,
  { isShort = () => false, isOld = () => false }: Limits<Counted> = {},
): Tally | undefined {
  const required = requiredEvidence(policy.confidence);
  let told: Tally = { successes: 0, failures: 0 };
  let unsettled = 0;
  for (const counted of newestFirst) {
    if (isOld(counted, told)) break;
    told = { successes: told.successes + counted.successes, failures: told.failures + counted.failures };
    unsettled += counted.newest ?? 0;
    if (isShort(counted) || calls(told) < policy.minimumCalls) continue;
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
