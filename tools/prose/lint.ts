/**
 * Checks the prose of the documents, or of the files given: `node tools/prose/lint.ts [file …]`. In a `.ts` file it
 * checks the docstrings.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join, relative } from 'node:path';
import { TextlintKernel, type TextlintRuleModule } from '@textlint/kernel';
import markdown from '@textlint/textlint-plugin-markdown';
import { docstringsOf } from './docstrings.ts';
import { lineLength, passives, sentenceLength, words } from './rules.ts';
import instead from './words.json' with { type: 'json' };

const ROOT = join(import.meta.dirname, '../..');

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
  const text = extname(path) === '.ts' ? docstringsOf(source) : source;
  const { messages } = await kernel.lintText(text, { ...settings, filePath: path });
  return messages.map(({ loc: { start }, message, ruleId }) => {
    return `${path}:${start.line}:${start.column}: ${message} (${ruleId})`;
  });
}

function pages(): readonly string[] {
  const docs = readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' });
  const all = [...readdirSync(ROOT), ...docs.map((name) => join('docs', name))];
  return all.filter((name) => name.endsWith('.md'));
}

if (import.meta.main) {
  const given = process.argv.slice(2).map((path) => relative(ROOT, join(process.cwd(), path)));
  const files = given.length > 0 ? given : pages();
  const found = await Promise.all(files.map((path) => mistakesIn(path, readFileSync(join(ROOT, path), 'utf8'))));
  for (const mistake of found.flat()) console.error(mistake);
  if (found.flat().length > 0) process.exitCode = 1;
}
