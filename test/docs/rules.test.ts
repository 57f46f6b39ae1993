import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { classify } from '../../lambdas/domain/classification/classify.ts';
import { RULES } from '../../lambdas/domain/classification/rules.ts';

const ROOT = join(import.meta.dirname, '../..');
const files = (folder: string, ending: string) =>
  readdirSync(join(ROOT, folder))
    .filter((name) => name.endsWith(ending))
    .map((name) => join(folder, name));
const pages = ['README.md', ...files('docs', '.md'), ...files('bin/commands', '.ts'), ...files('bin/session', '.ts')];
const names = new Set(RULES.map(({ name }) => name));

it.each(pages)('names only rules that exist, because no dead letter would match another: %s', (path) => {
  const text = readFileSync(join(ROOT, path), 'utf8');
  const named = text.matchAll(
    /(?:--rule |"rule": "|by the rule |(?:verdict [a-z]+|\)), rule |rule, such as |permanent:)([a-z][a-z\d-]+)/g,
  );
  expect([...named].map(([, name = '']) => name).filter((name) => !names.has(name))).toEqual([]);
});

describe('the table of rules', () => {
  const text = readFileSync(join(ROOT, 'docs/classification.md'), 'utf8');
  const rows = [...text.matchAll(/^\| <a id="([a-z\d-]+)"><\/a>`\1` \| (\w+) \| (\w+) \| `(.+)` \| (.+) \|$/gm)].map(
    ([, name = '', kind, effect, example = '', source]) => ({
      name,
      kind,
      effect,
      example: JSON.parse(example),
      source,
    }),
  );
  const FIRST = { rules: [], refreshable: true, attempts: 0, now: 0 };
  const AGAIN = { rules: [], refreshable: false, attempts: 1, now: 0 };

  it('has every rule once, in the order of the code', () => {
    expect(rows.map(({ name }) => name)).toEqual(RULES.map(({ name }) => name));
  });

  it.each(rows)('says of $name what the code says', ({ name, kind, effect, example }) => {
    const { kind: actualKind, effect: actualEffect } = RULES.find((rule) => rule.name === name) ?? {};
    expect([kind, effect]).toEqual([actualKind, actualEffect]);
    const verdicts = [FIRST, AGAIN].map((context) => classify(example, context));
    expect(verdicts).toContainEqual(expect.objectContaining({ rule: name, kind, effect }));
  });
});
