import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { RULES } from '../../lambdas/domain/classification/rules.ts';

const ROOT = join(import.meta.dirname, '../..');
const files = (folder: string, ending: string) =>
  readdirSync(join(ROOT, folder))
    .filter((name) => name.endsWith(ending))
    .map((name) => join(folder, name));
const pages = ['README.md', ...files('docs', '.md'), ...files('bin/commands', '.ts'), ...files('bin/session', '.ts')];
const names = new Set(RULES.map(({ name }) => name));

it.each(pages)('names no rule that there is not, which no letter would ever match: %s', (path) => {
  const text = readFileSync(join(ROOT, path), 'utf8');
  const named = text.matchAll(
    /(?:--rule |"rule": "|by the rule |(?:verdict [a-z]+|\)), rule |rule, such as |permanent:)([a-z][a-z\d-]+)/g,
  );
  expect([...named].map(([, name = '']) => name).filter((name) => !names.has(name))).toEqual([]);
});
