import { createHash } from 'node:crypto';

/** First 32 hexadecimal digits of a text's SHA-256 digest, for use in an id or a key. */
export function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}
