/**
 * Checks the prose of the documents, the docstrings, the comments, the titles of tests and the command line's help.
 * With files, it checks only those: `node tools/prose/lint.ts [file …]`.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { TextlintKernel, type TextlintRuleModule } from '@textlint/kernel';
import markdown from '@textlint/textlint-plugin-markdown';
import { commentsOf, docstringsOf, longCommentLines } from './docstrings.ts';
import { helpTexts } from './help.ts';
import { lineLength, passives, sentenceLength, words } from './rules.ts';
import { titlesOf } from './titles.ts';
import instead from './words.json' with { type: 'json' };

const ROOT = join(import.meta.dirname, '../..');
/** Sources have prose in comments and titles. Documents and helps are prose. */
const SOURCE = /\.tsx?$/;
const SOURCE_FOLDERS = ['bin', 'examples', 'lambdas', 'lib', 'test', 'tools'];

const kernel = new TextlintKernel();
// Each rule checks its own options. The kernel accepts rules with any options.
const rule = <Options extends object>(ruleId: string, module: TextlintRuleModule<Options>, options: Options) => ({
  ruleId,
  options,
  rule: module as TextlintRuleModule,
});
const settings = {
  ext: '.md',
  plugins: [{ pluginId: 'markdown', plugin: 'default' in markdown ? markdown.default : markdown }],
  rules: [
    rule('sentence-length', sentenceLength, { max: 25 }),
    rule('passives', passives, { max: 1 }),
    rule('words', words, { instead }),
    rule('line-length', lineLength, { max: 400 }),
  ],
};

/** Returns the problems of a text, as `file:line:column: message`. */
export async function mistakesIn(path: string, source: string): Promise<readonly string[]> {
  const found = await Promise.all(
    textsIn(path, source).map((text) => kernel.lintText(text, { ...settings, filePath: path })),
  );
  const prose = found.flatMap(({ messages }) =>
    messages.map(
      ({ loc: { start }, message, ruleId }) => `${path}:${start.line}:${start.column}: ${message} (${ruleId})`,
    ),
  );
  return [...prose, ...longLinesIn(path, source)];
}

function longLinesIn(path: string, source: string): readonly string[] {
  if (!SOURCE.test(path)) return [];
  return longCommentLines(source).map(
    ({ line, length }) => `${path}:${line}:1: ${length} characters in a comment's line: wrap it (comment-width)`,
  );
}

function textsIn(path: string, source: string): readonly string[] {
  if (!SOURCE.test(path)) return [source];
  const texts = [docstringsOf(source), commentsOf(source)];
  if (path.endsWith('.test.ts')) texts.push(titlesOf(source));
  return texts.filter((text) => text.trim() !== '');
}

/** Documents, and sources with docstrings. */
function prosePaths(): readonly string[] {
  const folders = ['docs', ...SOURCE_FOLDERS].flatMap(pathsBelow);
  return [...readdirSync(ROOT), ...folders].filter((path) => /\.(?:md|tsx?)$/.test(path));
}

function pathsBelow(folder: string): readonly string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => !name.includes('node_modules'))
    .map((name) => join(folder, name));
}

if (import.meta.main) {
  const given = process.argv.slice(2).map((path) => relative(ROOT, join(process.cwd(), path)));
  const files = given.length > 0 ? given : prosePaths();
  const texts = files.map((path) => [path, readFileSync(join(ROOT, path), 'utf8')] as const);
  const helps = given.length > 0 ? [] : await helpTexts();
  const found = await Promise.all([...texts, ...helps].map(([path, text]) => mistakesIn(path, text)));
  for (const mistake of found.flat()) console.error(mistake);
  if (found.flat().length > 0) process.exitCode = 1;
}
