import { isCredentialName, isSensitiveName } from './sensitive-names.ts';

/** Most words between the name of a field and its value. `"password" … input_value='hunter2'` has eleven. */
const MOST_WORDS_BETWEEN = 16;
const MAX_DISTANCE = 160;
const MAX_QUOTATION = 200;
/** Opening marks, each with those that close it. */
const MARKS: Readonly<Record<string, string>> = {
  '"': '"',
  "'": "'",
  '`': '`',
  '“': '”“',
  '‘': '’',
  '«': '»',
  '„': '“”',
};
const SENTENCE_END = /[.!?;]\s/;
/** The name of a field, or a path to it. Digits would make it look like a value, too. */
const FIELD_NAME = /^[A-Za-z_.$[\]/# -]{1,100}$/;
/** What follows one of these words is the name of something, and not a value. */
const NOUN =
  /\b(?:relation|table|column|constraint|index|type|schema|database|function|class|module|method|field|attribute|property|parameter|user|role|host|server|operation|action|endpoint|header|scope|algorithm|policy)s? ?$/i;
const WORD = /[A-Za-z][\w.$-]{0,100}/g;
/** A parser's token is a piece of syntax. */
const SYNTAX = /\bunexpected (?:end of )?$/i;

interface Quotation {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/**
 * Whether a text quotes a value near the name of a sensitive field: `Value 'hunter2' at 'password'`.
 *
 * @param isCredential asked once for each word and each pair of words, not for each quotation
 */
export function containsQuotedValue(text: string, isCredential: (name: string) => boolean = isCredentialName): boolean {
  const quotations = quotationsIn(text);
  const names = new Set(quotations.filter(isName));
  const values = quotations.filter(
    (each) => !names.has(each) && !NOUN.test(text.slice(Math.max(each.start - 20, 0), each.start)),
  );
  const known = remembered(isCredential);
  // Most texts name no credential at all, and one look at each word finds that.
  const mayBeNamed = values.length > 0 && namesCredential(text, 0, known, () => false);
  return values.some(
    (value) => [...names].some((name) => isNear(text, name, value)) || (mayBeNamed && hasNameNear(text, value, known)),
  );
}

/** Windows around quotations overlap, so that most words occur in many of them. */
function remembered(isCredential: (name: string) => boolean): (name: string) => boolean {
  const known = new Map<string, boolean>();
  return (name) => {
    const answer = known.get(name) ?? isCredential(name);
    known.set(name, answer);
    return answer;
  };
}

function quotationsIn(text: string): readonly Quotation[] {
  const found: Quotation[] = [];
  for (let start = 0; start < text.length; start++) {
    const close = MARKS[text[start] ?? ''];
    // A mark within a word is an apostrophe.
    if (close === undefined || isWordAt(text, start - 1)) continue;
    const length = closingIn(text.slice(start + 1, start + MAX_QUOTATION), close);
    if (length <= 0) continue;
    found.push({ start, end: start + length + 2, text: text.slice(start + 1, start + 1 + length) });
    start += length + 1;
  }
  return found;
}

/** Where a quotation ends, or -1. */
function closingIn(text: string, marks: string): number {
  for (let at = 0; at < text.length; at++) if (marks.includes(text[at] ?? '') && !isWordAt(text, at + 1)) return at;
  return -1;
}

function isWordAt(text: string, at: number): boolean {
  return /\w/.test(text[at] ?? '');
}

function isName({ text }: Quotation): boolean {
  return FIELD_NAME.test(text) && isSensitiveName(text);
}

function isNear(text: string, a: Quotation, b: Quotation): boolean {
  const between = a.end <= b.start ? text.slice(a.end, b.start) : text.slice(b.end, a.start);
  return between.length <= MAX_DISTANCE && !SENTENCE_END.test(between) && countWords(between) <= MOST_WORDS_BETWEEN;
}

function countWords(text: string): number {
  return text.split(/\s+/).filter(Boolean).length;
}

/** Whether a word beside a value, outside quotation marks, is the name of a credential. */
function hasNameNear(text: string, { start, end }: Quotation, isCredential: (name: string) => boolean): boolean {
  const before =
    text
      .slice(Math.max(start - MAX_DISTANCE, 0), start)
      .split(SENTENCE_END)
      .at(-1) ?? '';
  const after = text.slice(end, end + MAX_DISTANCE).split(SENTENCE_END)[0] ?? '';
  return namesCredential(before, 0, isCredential) || namesCredential(after, 0, isCredential);
}

/** Whether a word from the given one on is the name of a credential, alone or with the word before it. */
function namesCredential(text: string, from = 0, isCredential = isCredentialName, isSyntax = followsSyntax): boolean {
  const words = [...text.matchAll(WORD)];
  return words.some(
    ({ index, 0: word }, at) =>
      at >= from && [word, `${words[at - 1]?.[0] ?? ''} ${word}`].some(isCredential) && !isSyntax(text.slice(0, index)),
  );
}

function followsSyntax(before: string): boolean {
  return SYNTAX.test(before);
}

const FILLERS: ReadonlySet<string> = new Set('is was of value with given provided'.split(' '));
const BEFORE_NAME: ReadonlySet<string> = new Set('for at of in as the a field parameter property header'.split(' '));
const LEAST_VALUE_LENGTH = 6;

/** Whether a text has a value without marks beside the name of a credential: `Invalid password hunter2`. */
export function containsPlainValue(text: string): boolean {
  const words = text.split(' ');
  return words.some((word, at) => isValue(word) && (followsName(words, at) || isValueOfName(words, at)));
}

/** A word that mixes digits with characters of the alphabet is rather a value than prose. */
function isValue(word: string): boolean {
  return word.length >= LEAST_VALUE_LENGTH && /\d/.test(word) && /[A-Za-z]/.test(word);
}

function followsName(words: readonly string[], value: number): boolean {
  let at = value - 1;
  while (FILLERS.has(words[at] ?? '')) at--;
  return namesCredential(words.slice(Math.max(at - 1, 0), at + 1).join(' '), at > 0 ? 1 : 0);
}

/** `value hunter2 for the api key` */
function isValueOfName(words: readonly string[], value: number): boolean {
  if ((words[value - 1] ?? '').toLowerCase() !== 'value') return false;
  let at = value + 1;
  while (BEFORE_NAME.has(words[at] ?? '')) at++;
  return at > value + 1 && namesCredential(words.slice(at, at + 2).join(' '));
}
