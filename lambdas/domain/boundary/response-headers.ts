/** All other headers are dropped: they may hold cookies, challenges or personal data, and no rule reads them. */
const RELEVANT: ReadonlySet<string> = new Set([
  'date',
  'etag',
  'last-modified',
  'retry-after',
  'retry-after-ms',
  'x-request-id',
]);
const MAX_VALUE_LENGTH = 1_000;

/** Keeps only the response headers that later decisions need. Lowercases their names. */
export function relevantHeaders(headers: Iterable<readonly [string, unknown]>): Readonly<Record<string, string>> {
  const kept: Record<string, string> = {};
  for (const [name, value] of headers) {
    const key = name.toLowerCase();
    // Some HTTP clients report a header such as Retry-After as a number.
    const text = typeof value === 'number' ? String(value) : value;
    if (RELEVANT.has(key) && typeof text === 'string' && text.length <= MAX_VALUE_LENGTH)
      kept[key] = text.toWellFormed();
  }
  return kept;
}
