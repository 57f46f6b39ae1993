import { expect, it } from 'vitest';
import { fuzzBoundary } from '../../../tools/fuzz/fuzz-boundary.ts';

it('no generated message makes the boundary throw, and each kind of answer occurs (CWE-20, CWE-248)', () => {
  const { thrown, fates } = fuzzBoundary(3_000, 15);
  expect(thrown).toEqual([]);
  expect(Object.keys(fates)).toEqual(
    expect.arrayContaining([
      ...['accepted', 'redrive', 'invalid-field', 'unsafe-path', 'malformed-json', 'not-an-object'],
      ...['unknown-version', 'wrong-dependency'],
    ]),
  );
});
