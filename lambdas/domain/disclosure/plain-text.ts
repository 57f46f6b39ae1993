/**
 * Characters that steer a terminal, start a line, reverse the order of others, or are invisible. They are controls (C0,
 * C1), formats such as bidirectional overrides, separators of lines, lone surrogates, and default-ignorable ones.
 */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{DI}]/gu;

/** One line of text without unsafe characters. Each becomes a question mark, so that it stays noticeable. */
export function plainText(text: string): string {
  return text.replace(UNSAFE, '?');
}

/** JSON text with every unsafe character escaped. It stays the same document, and line ends between values stay. */
export function plainJson(json: string): string {
  return json.replace(UNSAFE, (character) => (character === '\n' ? character : escaped(character)));
}

function escaped(character: string): string {
  return character
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('');
}
