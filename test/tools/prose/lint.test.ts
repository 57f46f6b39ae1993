import { describe, expect, it } from 'vitest';
import { docstringsOf } from '../../../tools/prose/docstrings.ts';
import { helpTexts } from '../../../tools/prose/help.ts';
import { mistakesIn } from '../../../tools/prose/lint.ts';

const LONG = `${'word '.repeat(25)}word.`;
const rulesOf = async (text: string, path = 'page.md') => {
  const found = await mistakesIn(path, text);
  return found.map((mistake) => /\(([a-z-]+)\)$/.exec(mistake)?.[1]);
};

describe('the prose linter', () => {
  it.each([
    ['a sentence of more than 25 words', LONG, 'sentence-length'],
    ['the same in a cell of a table', `| a |\n| --- |\n| ${LONG} |`, 'sentence-length'],
    ['the same behind a sentence that ends with a number or a unit', `It answers 503. ${LONG}`, 'sentence-length'],
    ['a word that has a better one', 'It pages whoever is on call.', 'words'],
    ['the same through emphasis', 'The operator is **told** of it.', 'words'],
    ['a letter that is a dead letter', 'A letter waits.', 'words'],
    ['a negation of a noun', 'It is no setting.', 'words'],
    ['two passives in one sentence', 'The call was made and the result was written.', 'passives'],
    ['a line of more than 400 characters', 'Short. '.repeat(60), 'line-length'],
    ['the same as a row of a table', `| a |\n| --- |\n| ${'Short. '.repeat(60)} |`, 'line-length'],
  ])('finds %s', async (_, text, rule) => {
    expect(await rulesOf(text)).toEqual([rule]);
  });

  it.each([
    ['25 words', `${'word '.repeat(24)}word.`],
    ['two sentences of 20 words', `${'word '.repeat(19)}word. W${'ord w'.repeat(19)}ord.`],
    ['one passive', 'The call was made.'],
    ['code', `\`${LONG}\` and \`whoever\`\n\n\`\`\`\n${LONG}\n\`\`\``],
    ['the name of a test', `[${LONG} whoever](../test/some.test.ts)`],
    ['a letter of the alphabet', '1 to 64 letters, digits or hyphens; a lower-case letter.'],
    ['a dead letter', 'A dead letter waits in the dead-letter queue.'],
    ['a plain no', 'There is no account, and the lane is no longer there.'],
  ])('takes %s', async (_, text) => {
    expect(await rulesOf(text)).toEqual([]);
  });

  it('says where it is, and what to write instead', async () => {
    expect(await mistakesIn('page.md', '# Title\n\nFine.\nIt pages whoever is on call.')).toEqual([
      "page.md:4:10: 'whoever': write the person by role: the operator, the on-call engineer, the owner (words)",
    ]);
  });

  it('reads the docstrings of code, and nothing else of it', async () => {
    const source = `/** Short. */\nconst whoever = 1; // whoever\n/**\n * It pages whoever {@link calls}.\n * @default 1\n */\n`;
    expect(docstringsOf(source)).toContain('It pages whoever `calls`.');
    const [mistake = '', ...others] = await mistakesIn('lib/code.ts', source);
    expect(mistake).toMatch(/^lib\/code\.ts:4:/);
    expect(others).toEqual([]);
  });

  it('finds a line of more than 120 characters in a comment, but not in code, a directive or an example', async () => {
    const wide = 'Word. '.repeat(20);
    const fits = `/** ${'x'.repeat(113)} */`;
    const source = [
      fits,
      `/** ${wide} */`,
      `// ${wide}`,
      `// biome-ignore lint/x: ${wide}`,
      `const text = '${wide}';`,
      '/**',
      ' * Word.',
      ' * @example',
      ` * const text = '${wide}';`,
      ' */',
    ].join('\n');
    expect(await mistakesIn('lib/code.ts', source)).toEqual([
      "lib/code.ts:2:1: 127 characters in a comment's line: wrap it (comment-width)",
      "lib/code.ts:3:1: 123 characters in a comment's line: wrap it (comment-width)",
    ]);
  });

  it('reads the comments on lines of their own, without directives', async () => {
    const source = 'const one = 1;\n  // It pages whoever\n  // is on call.\n  // biome-ignore lint/x: whoever\n';
    expect(await mistakesIn('bin/console/page/code.tsx', source)).toEqual([
      expect.stringMatching(/^bin\/console\/page\/code\.tsx:2:\d+: 'whoever'/),
    ]);
  });

  it('reads the titles of tests', async () => {
    const source = [
      "describe.concurrent('a person', () => {",
      "  it.each([['whoever']])('is whoever %s', () => 'whoever');",
      '  it(`asks anew`, () => {});',
      `  it('${LONG}', () => {});`,
      '});',
    ].join('\n');
    const found = await mistakesIn('test/code.test.ts', source);
    expect(found.map((mistake) => mistake.replace(/:\d+: .*\(/, ' ('))).toEqual([
      'test/code.test.ts:2 (words)',
      'test/code.test.ts:3 (words)',
      'test/code.test.ts:4 (sentence-length)',
    ]);
    expect(await mistakesIn('test/code.ts', source)).toEqual([]);
  });

  it('reads each tag of a docstring on its own, and no example', async () => {
    const tags = ['@param a the first', '@param b the second', '@throws Error if a is after b'].map(
      (tag) => ` * ${tag} ${'word '.repeat(12)}`,
    );
    const example = [' * @example', ` * const ours = whoever('${LONG}');`, ' *', ' * whoever();'];
    const docstring = (...lines: readonly string[]) => ['/**', ' * Short', ...lines, ' */', 'const a = 1;'].join('\n');
    expect(await mistakesIn('a.ts', docstring(...tags, ...example))).toEqual([]);
    expect(await rulesOf(docstring(...example, ' * @throws Error to whoever asks'), 'a.ts')).toEqual(['words']);
    expect(await rulesOf(`${docstring(...example)}\n/** Pages whoever asks. */`, 'a.ts')).toEqual(['words']);
  });
});

describe('the help of the command line', async () => {
  it('has its prose checked', async () => {
    expect(await rulesOf('It pages whoever is on call.', 'backstop decide --help')).toEqual(['words']);
  });

  const helps = new Map(await helpTexts());

  it('is read for every command: descriptions, arguments, options and what follows, without examples', () => {
    expect(helps.size).toBeGreaterThan(20);
    expect(helps.get('backstop --help')).toContain('See what failed');
    const decide = helps.get('backstop decide --help');
    expect(decide).toContain('\n\nwhich version wins, or abandon\n\n');
    expect(decide).toContain('reason for the audit log');
    expect(decide).toContain('\nIf that version has changed, Backstop asks again.');
    expect([...helps.values()].join()).not.toMatch(/^ *backstop /m);
  });
});
