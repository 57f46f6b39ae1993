/** The widest exact integer; one digit more, and `JSON.parse` has already changed it. */
const EXACT = 'integers beyond 9007199254740991, which lose digits: send them as strings';

export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isStringRecord(value: unknown): value is Readonly<Record<string, string>> {
  return isPlainObject(value) && Object.values(value).every((member) => typeof member === 'string');
}

/**
 * Why a parsed JSON value could not be sent or stored again just as it came, if it could not: a retry that changes an amount or
 * an identifier does more harm than none. The answer holds nothing of the value.
 */
export function unfaithful(value: unknown): string | undefined {
  const pending = [value];
  while (pending.length > 0) {
    const next = pending.pop();
    const reason = unfaithfulAlone(next);
    if (reason) return reason;
    if (typeof next !== 'object' || next === null) continue;
    for (const [key, member] of Object.entries(next)) pending.push(key, member);
    // Harmless where it stands, but the next code that copies members one by one would set a prototype with it.
    if (Object.hasOwn(next, '__proto__')) return 'must not contain a key named __proto__';
  }
  return undefined;
}

function unfaithfulAlone(value: unknown): string | undefined {
  if (typeof value === 'string') return value.isWellFormed() ? undefined : 'must not contain half of a surrogate pair';
  if (typeof value !== 'number') return undefined;
  if (!Number.isFinite(value)) return 'must not contain numbers out of range';
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? `must not contain ${EXACT}` : undefined;
}
