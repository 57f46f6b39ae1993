import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { testNames } from './test-names.ts';

const ROOT = join(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const page = read('docs/threat-model.md');
const boundaries = page.slice(page.indexOf('## Boundaries'), page.indexOf('## What is left'));
const rows = boundaries.split('\n').filter((line) => /^\| (?!attack |---)/.test(line));

describe('the threat model', () => {
  it('names a test for each attack', () => {
    expect(rows.length).toBeGreaterThan(15);
    for (const row of rows) expect(row).toMatch(/\]\(\.\.\/test\/[^)]+\) \|$/);
  });

  const named = [...page.matchAll(/\[([^\]]+)\]\(\.\.\/(test\/[^)]+)\)/g)];

  it.each([...new Set(named.map(([, , file = '']) => file))])('names tests that are in their file: %s', (file) => {
    const names = testNames(read(file));
    const missing = named.filter(([, name = '', of]) => of === file && !names.includes(name)).map(([, name]) => name);
    expect(missing, names.join('\n')).toEqual([]);
  });
});
