import { isJsonNumber, type Json } from '../json/json-value.ts';

/** Interval in which a write happened, in epoch milliseconds, both ends inclusive. */
interface TimeInterval {
  readonly from: number;
  readonly to: number;
}

const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/i;
/** The only HTTP-date format that senders may use (RFC 9110). `Date.parse` accepts many more. */
const HTTP_DATE = /^[a-z]{3}, \d\d [a-z]{3} \d{4} \d\d:\d\d:\d\d GMT$/i;
/** Numbers below this count seconds. It is the year 5138 in seconds, and 1973 in milliseconds. */
const FIRST_MILLISECONDS = 1e11;
const SECOND_MS = 1_000;

/** Parses RFC 3339, or a Unix time in seconds or milliseconds. */
export function parseTime(value: Json | undefined): TimeInterval | undefined {
  if (isJsonNumber(value)) return parseUnixTime(Number(typeof value === 'number' ? value : value.text));
  return typeof value === 'string' && RFC_3339.test(value) ? instant(Date.parse(value.toUpperCase())) : undefined;
}

function parseUnixTime(value: number): TimeInterval | undefined {
  return value > 0 ? instant(value < FIRST_MILLISECONDS ? value * SECOND_MS : value) : undefined;
}

/** Parses `Last-Modified`. Its resolution is one second, so it yields that whole second. */
export function parseHttpDate(date: string | undefined): TimeInterval | undefined {
  const moment = date !== undefined && HTTP_DATE.test(date.trim()) ? instant(Date.parse(date)) : undefined;
  return moment && { from: moment.from, to: moment.from + SECOND_MS - 1 };
}

/** The side that wrote last. */
export function lastWriter(
  ours: TimeInterval | undefined,
  theirs: TimeInterval | undefined,
): 'ours' | 'theirs' | 'same-time' | 'no-timestamps' {
  if (!ours || !theirs) return 'no-timestamps';
  if (ours.from > theirs.to) return 'ours';
  return ours.to < theirs.from ? 'theirs' : 'same-time';
}

function instant(time: number): TimeInterval | undefined {
  return Number.isFinite(time) ? { from: time, to: time } : undefined;
}
