/** Calls that were counted. */
export interface Tally {
  readonly successes: number;
  readonly failures: number;
}

/** Calls of one second. */
export interface Bucket extends Tally {
  /** Epoch seconds. */
  readonly second: number;
}

export function calls({ successes, failures }: Tally): number {
  return successes + failures;
}

/** 0 to 1; 0 where there were no calls. */
export function failureRate(tally: Tally): number {
  return tally.failures / Math.max(1, calls(tally));
}

/** All calls of the buckets that end after the time given, in epoch milliseconds. */
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

export function secondOf(epochMs: number): number {
  return Math.floor(epochMs / 1_000);
}
