/** Counts of finished calls. */
export interface Tally {
  readonly successes: number;
  readonly failures: number;
}

/** Counts of one second. */
export interface Bucket extends Tally {
  /** Epoch seconds. */
  readonly second: number;
  /**
   * Failures after which their instance has told nothing yet. Instances tell failures at once and successes later, so
   * these alone would make young counts look worse than they are. @default 0
   */
  readonly newest?: number;
}

/** Counts of a part of a second. Only the newest seconds have them: an outage in the middle of one shows sooner. */
export interface Part extends Tally {
  /** Number of the part since the epoch: {@link partOf}. */
  readonly part: number;
  /** As for a second: {@link Bucket.newest}. @default 0 */
  readonly newest?: number;
}

/** Parts of a second: at most ten, because the table's counters have one digit for them. */
export const PARTS_PER_SECOND = 10;
/** Parts that are kept, including the current one. An outage that takes longer shows by whole seconds. */
export const KEPT_PARTS = 8;

export function calls({ successes, failures }: Tally): number {
  return successes + failures;
}

/** Failure rate, 0 to 1. Returns 0 without calls. */
export function failureRate(tally: Tally): number {
  return tally.failures / Math.max(1, calls(tally));
}

/** Sums the buckets that end after a time, in epoch milliseconds. */
export function tallySince(buckets: readonly Bucket[], sinceMs: number): Tally {
  let successes = 0;
  let failures = 0;
  for (const bucket of buckets) {
    if ((bucket.second + 1) * 1_000 <= sinceMs) continue;
    successes += bucket.successes;
    failures += bucket.failures;
  }
  return { successes, failures };
}

/** Part of a second of a time in epoch milliseconds. */
export function partOf(epochMs: number): number {
  return Math.floor((epochMs * PARTS_PER_SECOND) / 1_000);
}

/** Oldest part whose counts are kept at a time. */
export function oldestPart(now: number): number {
  return partOf(now) - KEPT_PARTS + 1;
}

/** Epoch second of a time in epoch milliseconds. */
export function secondOf(epochMs: number): number {
  return Math.floor(epochMs / 1_000);
}
