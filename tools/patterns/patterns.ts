import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkSync } from 'recheck';
import { parseAst } from 'rolldown/parseAst';

// The checker's other backends are binaries, and slower to start than one pattern takes.
process.env.RECHECK_BACKEND = 'pure';

/** A pattern in the code, written as there: `/a+/g`. */
interface FoundPattern {
  readonly pattern: string;
  readonly file: string;
}

export const RECORD = join(import.meta.dirname, 'linear.json');

/** Patterns over short texts of Backstop itself, which need not take linear time. */
export const ACCEPTED: Readonly<Record<string, string>> = {
  '/\\B(?=(?:\\d{3})+$)/g': 'runs over the digits of one number in a message of Backstop',
  '/e.*$/i': 'runs over one number of JSON, which has one e and no line end',
  '/([\'"`](?:\\w+:\\/\\/)?).*@/': 'runs over a value of the config, cut to 100 characters',
  '/([?#]).+(?=[\'"`])/': 'runs over a value of the config, cut to 100 characters',
};

/**
 * Folders whose texts are cut before a pattern sees them, so that the checker's endless text can't occur. Their
 * patterns are built of lists, too, and some are larger than the checker can take.
 */
const BOUNDED: Readonly<Record<string, string>> = {
  'lambdas/domain/classification/': 'names have at most 256 characters, messages at most 4,000',
};

/** Whether a file's patterns see short texts only. */
export function seesShortTexts(file: string): boolean {
  return Object.keys(BOUNDED).some((folder) => file.startsWith(folder));
}

/** Patterns that were found linear before, so that no run checks them again. */
export function readRecord(): readonly string[] {
  return JSON.parse(readFileSync(RECORD, 'utf8'));
}

/** All literal patterns of some files, and `RegExp` where a file builds one of a text. */
export function patternsIn(sources: ReadonlyMap<string, string>): readonly FoundPattern[] {
  return [...sources].flatMap(([file, text]) => {
    const found: string[] = [];
    visit(parseAst(text, { lang: 'ts' }), found);
    return found.map((pattern) => ({ pattern, file }));
  });
}

interface Node {
  readonly type?: string;
  readonly regex?: { readonly pattern: string; readonly flags: string };
  readonly callee?: { readonly name?: string };
}

function visit(node: unknown, found: string[]): void {
  if (typeof node !== 'object' || node === null) return;
  const { type, regex, callee } = node as Node;
  if (regex) found.push(`/${regex.pattern}/${regex.flags}`);
  else if ((type === 'NewExpression' || type === 'CallExpression') && callee?.name === 'RegExp') found.push('RegExp');
  else for (const each of Object.values(node)) visit(each, found);
}

/** A repetition of at most this many characters costs a factor that nobody notices. */
const SHORT = 8;
const ESCAPED = String.raw`\[(?:[^\]\\]|\\.)*\]|\\[pPu]\{[^}]*\}|\\.`;
const REPETITION = /\{(\d+)(,?)(\d*)\}/;

/**
 * Replaces long repetitions by endless ones. `{1,200}` takes bounded time, but the bound is a factor of 200 for each
 * character; and the checker needs a state for each repetition.
 */
export function stretched(pattern: string): string {
  return pattern.replace(new RegExp(`${ESCAPED}|${REPETITION.source}`, 'g'), (part) => {
    const [, least, comma, most] = REPETITION.exec(part.startsWith('{') ? part : '') ?? [];
    if (least === undefined || (comma !== '' && most === '')) return part;
    if (Number(most || least) <= SHORT) return part;
    return least === '0' ? '*' : '+';
  });
}

/** Whether every repetition is short. Then no text takes more than linear time. */
function isShort(pattern: string): boolean {
  const bare = stretched(pattern).replace(new RegExp(ESCAPED, 'g'), 'x');
  return !/[*+]|\{\d+,\}/.test(bare);
}

/** Undefined if the pattern takes linear time on every text, else why not. The same on each run: nothing is timed. */
export function problemOf(literal: string): string | undefined {
  const end = literal.lastIndexOf('/');
  const [pattern, flags] = [literal.slice(1, end), literal.slice(end + 1)];
  if (end < 0) return 'the pattern is built of a text: write it as a literal';
  if (isShort(pattern)) return undefined;
  const checker = /\(\?<?[=!]|\\[1-9]|\\k</.test(pattern) ? 'fuzz' : 'automaton';
  const { status, ...facts } = checkSync(stretched(pattern), flags, { ...LIMITS, checker });
  if (status === 'safe') return undefined;
  return 'attack' in facts && facts.attack ? `slow on ${facts.attack.pattern}` : 'the checker does not know';
}

const LIMITS = { timeout: null, incubationTimeout: null, attackTimeout: null, randomSeed: 1 };
