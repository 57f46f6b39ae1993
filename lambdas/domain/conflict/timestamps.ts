import type { Json } from './json-value.ts';

/** When something was written, in epoch milliseconds: no sooner than `from`, no later than `to`. */
export interface Moment {
  readonly from: number;
  readonly to: number;
}

const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/i;
/** The one form of RFC 9110 that may be sent; `Date.parse` would read much else. */
const HTTP_DATE = /^[a-z]{3}, \d\d [a-z]{3} \d{4} \d\d:\d\d:\d\d GMT$/i;
/** As seconds it is the year 5138, as milliseconds 1973. */
const FIRST_MILLISECONDS = 1e11;
const SECOND_MS = 1_000;

/** Reads RFC 3339, or a count of seconds or milliseconds since 1970. */
export function momentOf(value: Json | undefined): Moment | undefined {
  if (typeof value === 'number' && value > 0) return exactly(value < FIRST_MILLISECONDS ? value * SECOND_MS : value);
  return typeof value === 'string' && RFC_3339.test(value) ? exactly(Date.parse(value.toUpperCase())) : undefined;
}

/** Reads `Last-Modified`, which counts in seconds: it may have been at any time of that second. */
export function httpMoment(date: string | undefined): Moment | undefined {
  const moment = date !== undefined && HTTP_DATE.test(date.trim()) ? exactly(Date.parse(date)) : undefined;
  return moment && { from: moment.from, to: moment.from + SECOND_MS - 1 };
}

/** Who has written last. */
export function lastWriter(
  ours: Moment | undefined,
  theirs: Moment | undefined,
): 'ours' | 'theirs' | 'same-time' | 'no-timestamps' {
  if (!ours || !theirs) return 'no-timestamps';
  if (ours.from > theirs.to) return 'ours';
  return ours.to < theirs.from ? 'theirs' : 'same-time';
}

function exactly(time: number): Moment | undefined {
  return Number.isFinite(time) ? { from: time, to: time } : undefined;
}
