import { plainText } from './plain-text.ts';
import { containsSecret } from './secrets.ts';
import { MASK } from './shown-path.ts';

/**
 * Only words that begin within so many characters are shown. The search for secrets sees more of the text, so that it
 * recognizes one that continues beyond.
 */
const SHOWN_LENGTH = 1_000;
const SEARCHED_LENGTH = 2_000;
const MOST_MASKS = 8;

/**
 * An excerpt of a text of others for display: one plain line, secrets and personal data masked, then cut.
 *
 * @param most characters; 0 for none
 * @returns undefined if nothing remains
 */
export function excerptOf(text: string, most: number): string | undefined {
  const shown = most <= 0 || text === '' ? '' : shortened(maskedText(text), most);
  return shown === '' ? undefined : shown;
}

/**
 * One plain line of a text, without its secrets and personal data. Masks the words of each, and what follows a
 * credential up to the end of its clause.
 */
export function maskedText(text: string): string {
  const head = text.slice(0, SEARCHED_LENGTH).toWellFormed();
  const words = head.split(/\s+/).filter((word) => word !== '');
  const line = words.join(' ');
  // Most texts have no secret, and one search finds that.
  if (line.length < SHOWN_LENGTH && !containsSecret(line)) return plainText(line);
  const shown = withoutTail(maskedWords(words).join(' '), words);
  // The detector has the last word: a secret may span what was judged by parts.
  return plainText(containsSecret(shown) ? MASK : shown);
}

/** Cuts a text that is masked already, at a whole character. */
export function shortened(text: string, most: number): string {
  if (text.length <= most) return text;
  return `${text
    .slice(0, most - 1)
    .toWellFormed()
    .replace(/\ufffd$/, '')}…`;
}

/** Drops what begins after the part that is shown, since more of the text may belong to it. */
function withoutTail(masked: string, words: readonly string[]): string {
  const length = words.reduce((sum, word) => sum + word.length + 1, 0);
  return length <= SHOWN_LENGTH ? masked : masked.slice(0, SHOWN_LENGTH);
}

/** Masks the words of each secret, the first one first. */
function maskedWords(words: readonly string[]): readonly string[] {
  const masked: string[] = [];
  let rest = words;
  for (let count = 0; holdsSecret(rest); count++) {
    // A text of nothing but secrets explains nothing, and each costs a search.
    if (count === MOST_MASKS) return [...masked, MASK];
    const end = firstThat((count) => holdsSecret(rest.slice(0, count)), rest.length);
    const length = firstThat((count) => holdsSecret(rest.slice(end - count, end)), end);
    const [from, to] = widened(rest, end - length, end);
    masked.push(...rest.slice(0, from), MASK);
    rest = rest.slice(to);
  }
  return [...masked, ...rest];
}

function holdsSecret(words: readonly string[]): boolean {
  return words.length > 0 && containsSecret(words.join(' '));
}

/** The least count from 1 that holds, if it also holds for all above; `most` holds. */
function firstThat(holds: (count: number) => boolean, most: number): number {
  let [low, high] = [1, most];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

const PEM_RULE = '-----';
const ENDS_CLAUSE = /[,;)\]}]["']?$|[.!?]["']?$/;

/**
 * The words of a secret with their neighbours: the other groups of a number, and the value of a credential, which may
 * have several words.
 */
function widened(words: readonly string[], start: number, end: number): readonly [start: number, end: number] {
  let [from, to] = [start, end];
  // The lines of a key in PEM may be on either side.
  if (words.slice(from, to).some((word) => word.includes(PEM_RULE))) return [0, words.length];
  if (isBounded(words.slice(from, to).join(' '))) {
    while (isGroup(words[from - 1] ?? '')) from--;
    while (isGroup(words[to] ?? '')) to++;
    return [from, to];
  }
  const secret = words.slice(from, to).join(' ');
  if (isQuotation(secret)) return [from, endOfQuotations(words, to)];
  if (secret.includes('=(')) while (to < words.length && isOpen(words.slice(from, to).join(' '))) to++;
  while (to < words.length && (!ENDS_CLAUSE.test(words[to - 1] ?? '') || OPENS_QUOTATION.test(words[to] ?? ''))) to++;
  return [from, to];
}

/** Whether a bracket is open at the end: `Key (tenant, api_key)=(1,`. */
function isOpen(text: string): boolean {
  return text.lastIndexOf('(') > text.lastIndexOf(')');
}

/** A quotation, but not a member of JSON. */
const OPENS_QUOTATION = /^["'`“«][^:=]*$/;
const CLOSES_QUOTATION = /[^\\]["'`”»][,;.)\]]?$/;

/** Whether quotation marks say where the value ends. */
function isQuotation(text: string): boolean {
  return CLOSES_QUOTATION.test(text) && !/[=:]/.test(text);
}

/** After the last quotation of the sentence: one name may have several values. */
function endOfQuotations(words: readonly string[], from: number): number {
  const sentence = words.slice(from).findIndex((word) => /[.!?]$/.test(word));
  const rest = words.slice(from, sentence < 0 ? words.length : from + sentence + 1);
  return from + rest.findLastIndex((word) => CLOSES_QUOTATION.test(word)) + 1;
}

/** Whether a secret ends where its words end: a mail address, a number. */
function isBounded(text: string): boolean {
  return /^[\d\s()+./,;:!?\]'"-]+$/.test(text) || (text.split('@').length === 2 && !/[\s:=]/.test(text));
}

/** Whether a word may be a group of a number. */
function isGroup(word: string): boolean {
  return /\d/.test(word) && !/\p{L}/u.test(word);
}
