import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { testNames } from './test-names.ts';

const ROOT = join(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const page = read('docs/simulation.md');
const named = [...page.matchAll(/\[([^\]]+)\]\(\.\.\/(test\/[^)]+)\)/g)];

describe('the page of the simulation', () => {
  it.each([...new Set(named.map(([, , file = '']) => file))])('names tests that are in their file: %s', (file) => {
    const names = testNames(read(file));
    const missing = named.filter(([, name = '', of]) => of === file && !names.includes(name)).map(([, name]) => name);
    expect(missing, names.join('\n')).toEqual([]);
  });
});
