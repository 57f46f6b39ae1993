const MAX_WORD_LENGTH = 256;
/** Where a camel-case name starts a new word, and what separates words in the other styles. */
const BOUNDARY = /(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|[^A-Za-z0-9]+/;
const SUFFIXES: ReadonlySet<string> = new Set(['exception', 'error', 'fault', 'err']);

/**
 * Writes a name in one style, without the suffix that says "error": `RateLimitError`, `rate_limit_error` and
 * `RATE-LIMIT` all become `rate-limit`. So one pattern matches a whole family of names.
 */
export function familyName(word: string): string {
  const parts = word.slice(0, MAX_WORD_LENGTH).split(BOUNDARY).filter(Boolean);
  while (parts.length > 1 && SUFFIXES.has((parts.at(-1) ?? '').toLowerCase())) parts.pop();
  return parts.join('-').toLowerCase();
}

/** A name without what stands before it: `DynamoDB.SlowDown`, `com.aws#SlowDown`, `Errno::EPIPE`, `x.y/SlowDown`. */
export function withoutNamespace(word: string): string {
  const start = Math.max(...['.', '#', ':', '/', '\\', '+', '$'].map((mark) => word.lastIndexOf(mark)));
  return word.slice(start + 1);
}

/** The family of a name, whatever stands before it. Of `Timeout::Error`, the last word alone says nothing. */
export function familyOf(word: string): string {
  const bare = withoutNamespace(word);
  if (!/^(?:Error|Exception)$/.test(bare)) return familyName(bare);
  const before = word.slice(0, word.length - bare.length).replace(/[.#:/\\+$]{1,2}$/, '');
  return familyName(`${withoutNamespace(before)}${bare}`);
}

/** Splits a list that is written as one text, so that long lists stay readable. */
export function listed(text: string): readonly string[] {
  return text.split(/\s+/).filter(Boolean);
}
