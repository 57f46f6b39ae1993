import { expect, it } from 'vitest';
import { loadedAtStart } from '../../../tools/bench/report-start.ts';

it('a function that reports loads at most 15 KB at its start, and no client', () => {
  const { bytes, packages } = loadedAtStart();
  expect(bytes).toBeGreaterThan(5_000);
  expect(bytes).toBeLessThan(15_000);
  expect([...new Set(packages)].toSorted()).toEqual(['node:async_hooks']);
});
