import type { CallCounts } from './circuit-store.ts';
import { type Bucket, oldestPart, PARTS_PER_SECOND, type Part, partOf } from './tally.ts';

/**
 * Adds an instance's calls to the seconds in which they ended, and to the parts of those seconds that are still kept.
 */
export function spread(
  counts: CallCounts,
  now: number,
): { readonly buckets: readonly Bucket[]; readonly parts: readonly Part[] } {
  const parts = partsOf(counts);
  const buckets = new Map<number, Bucket>();
  for (const { part, successes, failures, newest = 0 } of parts) {
    const second = Math.floor(part / PARTS_PER_SECOND);
    const before = buckets.get(second) ?? { second, successes: 0, failures: 0 };
    const unsettled = newest + (before.newest ?? 0);
    buckets.set(second, {
      second,
      successes: successes + before.successes,
      failures: failures + before.failures,
      ...(unsettled !== 0 && { newest: unsettled }),
    });
  }
  return { buckets: [...buckets.values()], parts: parts.filter(({ part }) => part >= oldestPart(now)) };
}

function partsOf(counts: CallCounts): readonly Part[] {
  const { at, failures, newest = [] } = counts;
  return [
    ...successesByPart(counts).map(([part, successes]) => ({ part, successes, failures: 0 })),
    ...(failures > 0 ? [{ part: partOf(at), successes: 0, failures }] : []),
    ...newest.map(([of, by]) => ({ part: partOf(of), successes: 0, failures: 0, newest: by })),
  ];
}

/** Spreads the successes evenly over their time. */
function successesByPart(counts: CallCounts): readonly (readonly [number, number])[] {
  const { at, successes, from = at, until = at, endsAtUntil } = counts;
  const whole = endsAtUntil ? Math.floor : Math.round;
  const [first, last] = [partOf(from), partOf(Math.max(from, until))];
  const parts: (readonly [number, number])[] = [];
  let told = 0;
  for (let part = first; part <= last; part++) {
    const end = ((part + 1) * 1_000) / PARTS_PER_SECOND;
    const all = part === last ? successes : whole((successes * (end - from)) / (until - from));
    if (all > told) parts.push([part, all - told]);
    told = Math.max(told, all);
  }
  return parts;
}
