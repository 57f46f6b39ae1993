/** `JSON.parse` silently rounds integers beyond this limit. */
const LOSSY_INTEGERS = 'integers beyond 9007199254740991, which lose digits: send them as strings';

export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isStringRecord(value: unknown): value is Readonly<Record<string, string>> {
  return isPlainObject(value) && Object.values(value).every((member) => typeof member === 'string');
}

/**
 * Checks that a parsed JSON value survives being sent or stored again unchanged. A retry with a rounded amount or
 * identifier does more harm than no retry.
 *
 * @returns the problem, without any part of the value; undefined if there is none
 */
export function jsonRoundTripProblem(value: unknown): string | undefined {
  const pending = [value];
  while (pending.length > 0) {
    const next = pending.pop();
    const reason = ownProblem(next);
    if (reason) return reason;
    if (typeof next !== 'object' || next === null) continue;
    for (const [key, member] of Object.entries(next)) pending.push(key, member);
    // Harmless here, but code that copies members one by one would set the prototype.
    if (Object.hasOwn(next, '__proto__')) return 'must not contain a key named __proto__';
  }
  return undefined;
}

function ownProblem(value: unknown): string | undefined {
  if (typeof value === 'string') return value.isWellFormed() ? undefined : 'must not contain half of a surrogate pair';
  if (typeof value !== 'number') return undefined;
  if (!Number.isFinite(value)) return 'must not contain numbers out of range';
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? `must not contain ${LOSSY_INTEGERS}` : undefined;
}
