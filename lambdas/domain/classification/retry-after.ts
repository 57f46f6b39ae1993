const DAY_MS = 24 * 60 * 60 * 1000;
const DECIMAL = /^\d+(?:\.\d+)?$/;
/** Every HTTP-date starts with the day of the week. `Date.parse` alone would accept `-5` as a date. */
const HTTP_DATE = /^(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,? /i;
/** The asctime format. It implies UTC without naming it. */
const ASCTIME = /^[a-z]{3} [a-z]{3} [ \d]\d \d\d:\d\d:\d\d \d{4}$/i;
/** RFC 3339 with its zone. Without one, the time is unknown. */
const ISO_DATE = /^\d{4}-\d\d-\d\d[t ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:z|[+-]\d\d:?\d\d)$/i;
const SIGNED = /^-?\d+(?:\.\d+)?$/;
/** Numbers from here on are times: 2001 in seconds. No server asks for a wait of thirty years. */
const FIRST_EPOCH_SECONDS = 1_000_000_000;
const FIRST_EPOCH_MS = 100_000_000_000;

type Headers = Readonly<Record<string, string>> | undefined;

/**
 * Parses a `Retry-After` header (RFC 9110, section 10.2.3): seconds, with decimals from some servers, an HTTP-date, a
 * date of RFC 3339, or an epoch. Of a doubled header (`20, 20`) the longest wait counts.
 *
 * @returns milliseconds from `now`, 0 to 24 hours; 0 for a past date; undefined if the value is none of them
 */
export function parseRetryAfter(value: string | undefined, now: number): number | undefined {
  const text = value?.trim() ?? '';
  return parseWait(text, now) ?? longest(valuesOf(text).map((part) => parseWait(part, now)));
}

function parseWait(text: string, now: number): number | undefined {
  if (DECIMAL.test(text)) return waitOf(Number(text), 1_000, now);
  if (!HTTP_DATE.test(text) && !ISO_DATE.test(text)) return undefined;
  const date = Date.parse(ASCTIME.test(text) ? `${text} GMT` : text);
  return Number.isNaN(date) ? undefined : capped(date - now);
}

/** Splits a list. The comma after the day of an HTTP-date separates no values. */
function valuesOf(list: string): readonly string[] {
  return list
    .slice(0, 1_000)
    .split(/(?<!\b(?:mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6}),/i)
    .map((part) => part.trim());
}

/** All values must be waits: of a list that is half understood, nothing is certain. */
function longest(waits: readonly (number | undefined)[]): number | undefined {
  const known = waits.filter((wait) => wait !== undefined);
  return known.length > 0 && known.length === waits.length ? Math.max(...known) : undefined;
}

/** Headers that give the wait in milliseconds. They come first, because they are more precise. */
const EXACT_HEADERS = ['retry-after-ms', 'x-ms-retry-after-ms', 'x-amz-retry-after', 'grpc-retry-pushback-ms'];

/** The wait that response headers ask for, in milliseconds. */
export function requestedWaitMs(headers: Headers, now: number): number | undefined {
  if (isEmpty(headers)) return undefined;
  for (const name of EXACT_HEADERS) {
    const wait = longest(
      valuesOf(headerValue(headers, name)).map((part) =>
        DECIMAL.test(part) ? waitOf(Number(part), 1, now) : undefined,
      ),
    );
    if (wait !== undefined) return wait;
  }
  return parseRetryAfter(headerValue(headers, 'retry-after'), now);
}

/** A gRPC server forbids retries by a pushback without a number of milliseconds (gRFC A6). */
export function forbidsRetry(headers: Headers): boolean {
  const pushback = headerValue(headers, 'grpc-retry-pushback-ms').trim();
  return pushback !== '' && !DECIMAL.test(pushback);
}

const REMAINING_HEADERS = ['x-ratelimit-remaining', 'ratelimit-remaining', 'x-rate-limit-remaining'];
const RESET_HEADERS = ['x-ratelimit-reset', 'ratelimit-reset', 'x-rate-limit-reset', 'x-ratelimit-reset-after'];
/** `limit=100, remaining=0, reset=30` and `"default";r=0;t=30` (drafts of RateLimit header fields for HTTP). */
const DRAFT_REMAINING = /(?:^|[\s,;])(?:remaining|r)=(-?\d{1,12}(?:\.\d{1,3})?)\b/;
const DRAFT_RESET = /(?:^|[\s,;])(?:reset|t)=(\d{1,12})\b/;

/** One limit of an API. An answer may tell of several: `"burst";r=5;t=1, "daily";r=0;t=3600`. */
interface Limit {
  readonly isSpent: boolean;
  readonly reset: string;
}

/** Whether headers say that no call is left in the current period. */
export function isQuotaSpent(headers: Headers): boolean {
  return !isEmpty(headers) && limitsOf(headers).some(({ isSpent }) => isSpent);
}

/**
 * When the current period of a rate limit ends, in milliseconds. Every answer may carry it, so it is a wait only if the
 * dependency has refused the call for its rate. Of several limits, the spent ones count.
 */
export function quotaResetMs(headers: Headers, now: number): number | undefined {
  const limits = limitsOf(headers).filter(({ reset }) => reset !== '');
  const spent = limits.filter(({ isSpent }) => isSpent);
  // Waiting for the longest of limits that still allow calls could take a day.
  return longest((spent.length > 0 ? spent : limits.slice(0, 1)).map(({ reset }) => parseWait(reset, now)));
}

/** The separate headers come first. */
function limitsOf(headers: Headers): readonly Limit[] {
  const remaining = listOf(headers, REMAINING_HEADERS);
  const resets = listOf(headers, RESET_HEADERS);
  const limits = Array.from({ length: Math.max(remaining.length, resets.length) }, (_, index) => ({
    isSpent: isNothingLeft(remaining[index]),
    reset: resets[index] ?? '',
  }));
  return [...limits, ...(resets.length > 0 ? draftLimits(headers).map(withoutReset) : draftLimits(headers))];
}

/** The values of the first of these headers that is there. Clients repeat headers as lists. */
function listOf(headers: Headers, names: readonly string[]): readonly string[] {
  const value = names.map((name) => headerValue(headers, name).trim()).find(Boolean);
  return value === undefined ? [] : valuesOf(value);
}

function draftLimits(headers: Headers): readonly Limit[] {
  const text = headerValue(headers, 'ratelimit').slice(0, 500);
  // Only the later draft has several limits. The commas of the earlier one separate parameters.
  return (text.includes(';') ? text.split(',') : [text]).map((limit) => ({
    isSpent: isNothingLeft(DRAFT_REMAINING.exec(limit)?.[1]),
    reset: DRAFT_RESET.exec(limit)?.[1] ?? '',
  }));
}

function withoutReset({ isSpent }: Limit): Limit {
  return { isSpent, reset: '' };
}

/** Limiters that count by fractions write `0.0`. Some count below zero. */
function isNothingLeft(remaining = ''): boolean {
  return SIGNED.test(remaining) && Number(remaining) <= 0;
}

/** A number that is too large for a wait is a time. */
function waitOf(number: number, unitMs: number, now: number): number {
  if (number >= FIRST_EPOCH_MS) return capped(number - now);
  return number >= FIRST_EPOCH_SECONDS ? capped(number * 1000 - now) : capped(number * unitMs);
}

/** Most errors have no headers, and a circuit judges every failed call. */
function isEmpty(headers: Headers = {}): boolean {
  return Object.keys(headers).length === 0;
}

/** HTTP clients of Node may keep a repeated header as an array. */
function headerValue(headers: Headers = {}, name: string): string {
  const value: unknown = Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1];
  return Array.isArray(value) ? value.join(', ') : typeof value === 'string' ? value : '';
}

function capped(ms: number): number {
  return Math.min(Math.max(Math.ceil(ms), 0), DAY_MS);
}
