import { folded, foldedPathProblem } from '../../lambdas/domain/boundary/folded-path.ts';
import { ENCODED_CHARACTER, encoded } from './encoded.ts';
import type { JsonSchema } from './json-schema.ts';

const CHARACTER = `[A-Za-z0-9_.~!$&'()*+,;=:@-]|${ENCODED_CHARACTER}`;
const SLASH = '(/|%2[Ff])';
/** A hexadecimal digit, encoded or not. */
const HEX_DIGIT = '([0-9A-Fa-f]|%3[0-9]|%[46][1-6])';
const CONTROL = `%(0[0-9A-Fa-f]|1[0-9A-Fa-f]|7[Ff])|${encoded((character) => /[\p{Cc}\p{Zl}\p{Zp}]/u.test(character) && character > '\x7f')}`;

const LOOKALIKE = encoded((character) => character > '\x7f' && foldedPathProblem(`/a${character}`) !== undefined);
const INVISIBLE = encoded((character) => folded(character) === '');
const DOTS = `([.]|${encoded((character) => /^\.+$/.test(folded(character)))})`;
/**
 * What ends a segment's name for some server: nothing, a slash, or another ASCII character that isn't part of a word.
 */
const NO_WORD = `$|${SLASH}|[!$&'()*+,;=:@]|${encoded((character) => /^[!-~]$/.test(character) && /[^\w~.-]/.test(character))}`;

/**
 * What a path must be for every dependency. One rule is left to the lane: a segment that begins with look-alikes of
 * dots, before a character beyond ASCII.
 *
 * Patterns without look-aheads, `\d` and flags, which mean the same in every language's regular expressions.
 */
export const PATH: JsonSchema = {
  description: "Below the dependency's base URL.",
  maxLength: 2_000,
  pattern: `^/((${CHARACTER})(${CHARACTER}|/)*)?$`,
  not: {
    anyOf: [
      { pattern: '^/%2[Ff]' },
      { pattern: `${SLASH}[.]+([^A-Za-z0-9_~.-]|$)` },
      { pattern: '%(2[Ee]|5[Cc])' },
      { pattern: `%25${HEX_DIGIT}${HEX_DIGIT}` },
      { pattern: CONTROL },
      { pattern: LOOKALIKE },
      { pattern: `${SLASH}(${INVISIBLE})*${DOTS}(${INVISIBLE}|${DOTS})*(${NO_WORD})` },
    ],
  },
};
