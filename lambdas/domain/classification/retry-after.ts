const DAY_MS = 24 * 60 * 60 * 1000;
const DECIMAL = /^\d+(?:\.\d+)?$/;
/** Every HTTP-date starts with the day of the week. `Date.parse` alone would accept `-5` as a date. */
const HTTP_DATE = /^(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,? /i;
/** The asctime format. It implies UTC without naming it. */
const ASCTIME = /^[a-z]{3} [a-z]{3} [ \d]\d \d\d:\d\d:\d\d \d{4}$/i;

/**
 * Parses a `Retry-After` header (RFC 9110, section 10.2.3): seconds, with decimals from some servers, or an HTTP-date.
 *
 * @returns milliseconds from `now`, 0 to 24 hours; 0 for a past date; undefined if the value is neither
 */
export function parseRetryAfter(value: string | undefined, now: number): number | undefined {
  const text = value?.trim() ?? '';
  if (DECIMAL.test(text)) {
    return capped(Number(text) * 1000);
  }
  if (!HTTP_DATE.test(text)) {
    return undefined;
  }
  const date = Date.parse(ASCTIME.test(text) ? `${text} GMT` : text);
  return Number.isNaN(date) ? undefined : capped(date - now);
}

/**
 * The wait that response headers ask for, in milliseconds. Prefers `retry-after-ms`, which some APIs send in addition,
 * because it is more precise.
 */
export function requestedWaitMs(
  headers: Readonly<Record<string, string>> | undefined,
  now: number,
): number | undefined {
  const exact = headerValue(headers, 'retry-after-ms')?.trim() ?? '';
  return DECIMAL.test(exact) ? capped(Number(exact)) : parseRetryAfter(headerValue(headers, 'retry-after'), now);
}

function headerValue(headers: Readonly<Record<string, string>> = {}, name: string): string | undefined {
  return Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1];
}

function capped(ms: number): number {
  return Math.min(Math.max(Math.ceil(ms), 0), DAY_MS);
}
