import { isPlainObject } from '../contract/json-round-trip.ts';

/**
 * The value in a secret: without the line ends of the file that it came from. Of a JSON object, the value of its only
 * member, as the console of Secrets Manager stores a key and its value.
 *
 * @returns undefined for a JSON object of several members, or of another one than a text
 */
export function secretText(secret: string): string | undefined {
  const members = membersOf(secret);
  if (members === undefined) return withoutLineEnd(secret);
  const [value, ...others] = Object.values(members);
  return typeof value === 'string' && others.length === 0 ? withoutLineEnd(value) : undefined;
}

/** As {@link secretText}, for a user and a password as `user:password`. Secrets of databases are objects of both. */
export function userSecretText(secret: string): string | undefined {
  const { username, password } = membersOf(secret) ?? {};
  if (typeof username === 'string' && typeof password === 'string') return `${username}:${password}`;
  return secretText(secret);
}

function membersOf(secret: string): Readonly<Record<string, unknown>> | undefined {
  if (!secret.trimStart().startsWith('{')) return undefined;
  try {
    const value: unknown = JSON.parse(secret);
    return isPlainObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function withoutLineEnd(text: string): string {
  let end = text.length;
  while (text[end - 1] === '\n' || text[end - 1] === '\r') end--;
  return text.slice(0, end);
}
