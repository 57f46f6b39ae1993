import { REFUSED_HEADERS } from '../../lambdas/contract/header-names.ts';
import type { JsonSchema } from './json-schema.ts';

const { names, prefixes, words, otherSpellings } = REFUSED_HEADERS;
const SEPARATOR = '[^A-Za-z0-9]';

/** Names of headers that an event may set. A dependency may take less: its own credential and its list come to that. */
export const HEADER_NAMES: JsonSchema = {
  pattern: "^[A-Za-z0-9_!#$%&'*+.^`|~-]+$",
  not: {
    anyOf: [
      { const: '__proto__' },
      { pattern: `^(${anyOf(names)})$` },
      { pattern: `^(${anyOf(prefixes)})` },
      { pattern: `(^|${SEPARATOR})(${anyOf(words)})(${SEPARATOR}|$)` },
      ...otherSpellings
        .filter((name) => name.includes('-'))
        .map((name) => ({ pattern: `^${inAnyForm(name)}$`, not: { pattern: `^${inAnyForm(name, '-')}$` } })),
    ],
  },
};

function anyOf(refused: readonly string[]): string {
  return refused.map((name) => inAnyForm(name)).join('|');
}

/** Schemas have no flag for either case. */
function inAnyForm(name: string, separator = SEPARATOR): string {
  return name
    .split('')
    .map((character) =>
      /[a-z]/.test(character) ? `[${character.toUpperCase()}${character}]` : character === '-' ? separator : character,
    )
    .join('');
}
