import { plainText } from './plain-text.ts';

/** Means itself in every shell. */
const PLAIN = /^[\w@%+=:,./-]+$/;

/**
 * A text of others as one word of a command that somebody pastes into a POSIX shell. Quotes whatever a shell would
 * interpret. A hyphen at the start becomes a question mark, because quotes don't stop a program from reading an option.
 */
export function shellWord(text: string): string {
  const word = plainText(text).replace(/^-/, '?');
  return PLAIN.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
