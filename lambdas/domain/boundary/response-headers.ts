/** The others may hold cookies, challenges or personal data, and decide nothing. */
const KEPT: ReadonlySet<string> = new Set([
  'date',
  'etag',
  'last-modified',
  'retry-after',
  'retry-after-ms',
  'x-request-id',
]);
const MAX_VALUE_LENGTH = 1_000;

/** Reduces response headers to those that decide something later, with names in lower case. */
export function keptHeaders(headers: Iterable<readonly [string, unknown]>): Readonly<Record<string, string>> {
  const kept: Record<string, string> = {};
  for (const [name, value] of headers) {
    const key = name.toLowerCase();
    // HTTP clients report a header such as Retry-After as a number, too.
    const text = typeof value === 'number' ? String(value) : value;
    if (KEPT.has(key) && typeof text === 'string' && text.length <= MAX_VALUE_LENGTH) kept[key] = text.toWellFormed();
  }
  return kept;
}
