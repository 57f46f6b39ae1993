/** Headers that say when to call again, in all their dialects. */
export const WAIT_HEADERS: ReadonlySet<string> = new Set([
  'retry-after',
  'retry-after-ms',
  'x-ms-retry-after-ms',
  'x-amz-retry-after',
  'grpc-retry-pushback-ms',
  'ratelimit',
  'ratelimit-remaining',
  'ratelimit-reset',
  'x-ratelimit-remaining',
  'x-ratelimit-reset',
  'x-ratelimit-reset-after',
  'x-rate-limit-remaining',
  'x-rate-limit-reset',
]);

const MAX_VALUE_LENGTH = 1_000;

/** Keeps the headers that rules read. A client may keep a repeated header as an array, and a number as a number. */
export function waitHeaders(headers: Iterable<readonly [string, unknown]>): Readonly<Record<string, string>> {
  const kept: Record<string, string> = {};
  for (const [name, value] of headers) {
    const key = name.toLowerCase();
    const text = Array.isArray(value) ? value.join(', ') : String(value);
    if (WAIT_HEADERS.has(key) && text.length <= MAX_VALUE_LENGTH) kept[key] = text;
  }
  return kept;
}
