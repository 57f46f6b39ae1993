import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { testNames } from './test-names.ts';

const ROOT = join(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const page = read('docs/failure-modes.md');

const RATING =
  /^\*\*Probability:\*\* (?:High|Medium|Low|Very low) · \*\*Impact:\*\* (?:Critical|High|Medium|Low) · \*\*Detection:\*\* ./;
const TEST = /^- (?:\[[^\]]+\]\(\.\.\/test\/|Not tested: \w)/;
const DEPENDENCIES = '### Dependencies and recovery\n\n| Depends on | When that fails | Instead |';

const sections = page
  .split(/^## /m)
  .slice(1)
  .map((text) => [text.slice(0, text.indexOf('\n')), text] as const);

describe.each(sections)('the failure modes of: %s', (_, section) => {
  const [head = '', ...entries] = section.slice(0, section.indexOf(DEPENDENCIES)).split(/^### /m);

  it('say how likely and how bad each is, who notices, what is done, and which test shows it', () => {
    expect(head).toMatch(/(?:^|\. )Code: `?\w/m);
    expect(entries.length).toBeGreaterThan(0);
    for (const entry of entries) {
      const [title, rating, mitigation, tests = '', ...others] = entry.trim().split('\n\n');
      expect([title, rating, mitigation, others], title).toEqual([
        expect.stringMatching(/\w/),
        expect.stringMatching(RATING),
        expect.stringMatching(/^\S.*[.!?]$/),
        [],
      ]);
      for (const test of tests.split('\n')) expect(test, title).toMatch(TEST);
    }
  });

  it('say what the part depends on, and how it recovers, by itself and by the runbook', () => {
    expect(section).toContain(DEPENDENCIES);
    expect(section).toMatch(/^- \*\*Automatic recovery\.\*\* \w/m);
    expect(section).toMatch(/^- \*\*Manual recovery\.\*\* .*\]\(runbook\.md#[\w-]+\)/m);
  });
});

describe('a test that the failure modes name', () => {
  const named = [...page.matchAll(/\[([^\]]+)\]\(\.\.\/(test\/[^)]+)\)/g)];
  const files = [...new Set(named.map(([, , file = '']) => file))];

  it.each(files)('is in its file: %s', (file) => {
    const names = testNames(read(file));
    const missing = named.flatMap(([, name = '', of]) => (of === file && !names.includes(name) ? [name] : []));
    expect(missing).toEqual([]);
  });
});

describe('what has failure modes', () => {
  const code = [...page.matchAll(/(?<=^|\n)(?:.* )?Code: (.*)$/gm)].map(([, list]) => list).join(' ');

  it('is every function', () => {
    const handlers = readdirSync(join(ROOT, 'lambdas'))
      .filter((file) => file.endsWith('.ts'))
      .map((file) => file.slice(0, -'.ts'.length));
    expect(handlers.filter((name) => !code.includes(`\`${name}\``))).toEqual([]);
  });

  it('is every construct', () => {
    const files = readdirSync(join(ROOT, 'lib'), { recursive: true, encoding: 'utf8' });
    const sources = files.filter((file) => file.endsWith('.ts')).map((file) => read(join('lib', file)));
    const constructs = sources.flatMap((source) => [...source.matchAll(/^export class (\w+) extends (?!Error)/gm)]);
    expect(constructs.map(([, name]) => name).filter((name) => !code.includes(`\`${name}\``))).toEqual([]);
  });
});

describe('the names of the tests of a file', () => {
  it('are those of its groups and its own, with … for what differs from case to case', () => {
    const source = [
      "describe.concurrent('a queue', () => {",
      "  it('is empty', async () => {",
      "    await it.skipped(later('not this', 1));",
      '  });',
      '  it.each<[string, number]>([',
      "    ['a', of('b', 1)],",
      '  ])(',
      "    'holds %s and $more',",
      '    async () => {},',
      '  );',
      "  it.skip('is skipped', () => {});",
      '});',
      'it("isn\'t in a group", () => {});',
    ].join('\n');
    expect(testNames(source)).toEqual(['a queue is empty', 'a queue holds … and …', "isn't in a group"]);
  });
});
