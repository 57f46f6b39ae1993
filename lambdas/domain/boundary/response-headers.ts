import { WAIT_HEADERS } from '../classification/wait-headers.ts';

/** All other headers are dropped: they may hold cookies, challenges or personal data, and no rule reads them. */
const RELEVANT: ReadonlySet<string> = new Set([...WAIT_HEADERS, 'date', 'etag', 'last-modified', 'x-request-id']);
const MAX_VALUE_LENGTH = 1_000;

/** Keeps only the response headers that later decisions need. Lowercases their names. */
export function relevantHeaders(headers: Iterable<readonly [string, unknown]>): Readonly<Record<string, string>> {
  const kept: Record<string, string> = {};
  for (const [name, value] of headers) {
    const key = name.toLowerCase();
    // Some HTTP clients report a header such as Retry-After as a number, or a repeated one as an array.
    const text = Array.isArray(value) && WAIT_HEADERS.has(key) ? value.filter(isText).join(', ') : value;
    if (!RELEVANT.has(key) || !isText(text)) continue;
    const content = String(text);
    if (content.length <= MAX_VALUE_LENGTH) kept[key] = content.toWellFormed();
  }
  return kept;
}

/** Anything else may throw when it becomes a text. */
function isText(value: unknown): value is string | number {
  return typeof value === 'string' || typeof value === 'number';
}
