const HOUR_MS = 3_600_000;

/** Periods that a chart of arrivals may show, the shortest first. */
const PERIODS = [
  { name: 'last hour', start: '1 h ago', spanMs: HOUR_MS, buckets: 12, per: 'in 5 min' },
  { name: 'last 24 h', start: '24 h ago', spanMs: 24 * HOUR_MS, buckets: 24, per: 'an hour' },
  { name: 'last 14 d', start: '14 d ago', spanMs: 14 * 24 * HOUR_MS, buckets: 14, per: 'a day' },
] as const;

/** How many there were over time. */
export interface Arrivals {
  /** `last 24 h, peak 40 an hour`. */
  readonly text: string;
  /** Where the axis begins. It ends now. */
  readonly start: string;
  /** Counts of equal parts of the period, the oldest first. */
  readonly counts: readonly number[];
}

/**
 * Counts by time, in the shortest period that has all.
 *
 * @param times in epoch milliseconds
 */
export function arrivalsOf(times: readonly number[], now: number): Arrivals {
  let first = now;
  for (const time of times) first = Math.min(first, time);
  const { name, start, spanMs, buckets, per } = PERIODS.find(({ spanMs }) => now - first <= spanMs) ?? PERIODS[2];
  const counts = new Array<number>(buckets).fill(0);
  let older = 0;
  for (const time of times) {
    const at = Math.min(buckets - 1, Math.floor(((time - now + spanMs) / spanMs) * buckets));
    if (at < 0) older++;
    else counts[at] = (counts[at] ?? 0) + 1;
  }
  const peak = Math.max(...counts);
  const rest = older > 0 ? `, ${older.toLocaleString('en')} older` : '';
  return { text: `${name}, peak ${peak.toLocaleString('en')} ${per}${rest}`, start, counts };
}
