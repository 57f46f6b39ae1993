import { describe, expect, it } from 'vitest';
import { applyMergePatch, diffMergePatch, overlayMergePatch } from '../../../../lambdas/domain/conflict/merge-patch.ts';
import { OVERLAP } from '../../../../lambdas/domain/conflict/merged.ts';
import type { Json } from '../../../../lambdas/domain/json/json-value.ts';

/** Appendix A of RFC 7396. */
const EXAMPLES: [target: Json, patch: Json, result: Json][] = [
  [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
  [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
  [{ a: 'b' }, { a: null }, {}],
  [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
  [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
  [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
  [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
  [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
  [
    ['a', 'b'],
    ['c', 'd'],
    ['c', 'd'],
  ],
  [{ a: 'b' }, ['c'], ['c']],
  [{ a: 'foo' }, null, null],
  [{ a: 'foo' }, 'bar', 'bar'],
  [{ e: null }, { a: 1 }, { e: null, a: 1 }],
  [[1, 2], { a: 'b', c: null }, { a: 'b' }],
  [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
];
const parsed = (text: string): Json => JSON.parse(text);

describe('applyMergePatch', () => {
  it.each(EXAMPLES)('makes of %j by %j the state %j', (target, patch, result) => {
    expect(applyMergePatch(target, patch)).toEqual(result);
  });

  it('takes names for names, whatever they mean to JavaScript', () => {
    const patched = applyMergePatch({}, parsed('{"constructor":{"prototype":1},"toString":null}'));
    expect(patched).toEqual({ constructor: { prototype: 1 } });
  });
});

describe('diffMergePatch', () => {
  it.each<[Json, Json, Json]>([
    [
      { a: 1, b: 2, c: 3 },
      { a: 1, b: 4 },
      { b: 4, c: null },
    ],
    [{ a: { b: 1, c: 2 } }, { a: { b: 1 } }, { a: { c: null } }],
    [{ a: [1, null] }, { a: [null] }, { a: [null] }],
    [{ a: null, b: 1 }, { a: null, b: 2 }, { b: 2 }],
    [[1], { a: 1 }, { a: 1 }],
    [{ a: 1 }, [2], [2]],
  ])('from %j to %j is %j', (from, to, patch) => {
    expect(diffMergePatch(from, to)).toEqual(patch);
    expect(applyMergePatch(from, patch)).toEqual(to);
  });

  it.each<[Json, Json]>([
    [{}, { a: null }],
    [{ a: 1 }, { a: null }],
    [{ a: { b: 1 } }, { a: { b: null } }],
    [{}, { a: { b: { c: null } } }],
    [[1], { a: null }],
  ])('from %j to %j is none: it would have to set null', (from, to) => {
    expect(diffMergePatch(from, to)).toBeUndefined();
  });
});

describe('a merge patch whose base nobody knows', () => {
  const byId = (path: readonly string[]) => (path.join('/') === 'lines' ? 'id' : undefined);

  it.each<[theirs: Json, patch: Json, merged: Json]>([
    [{ a: 1 }, { b: 2 }, { a: 1, b: 2 }],
    [{ a: 1 }, { a: 1 }, { a: 1 }],
    [{ a: { x: 1 } }, { a: { y: 2 }, b: { c: null, d: 1 } }, { a: { x: 1, y: 2 }, b: { d: 1 } }],
    [{ a: 1 }, { b: null }, { a: 1 }],
    [{ lines: [{ id: 1 }] }, { lines: [{ id: 2 }] }, { lines: [{ id: 1 }, { id: 2 }] }],
  ])('adds to %j by %j, which gives %j', (theirs, patch, merged) => {
    expect(overlayMergePatch(theirs, patch, byId)).toEqual(merged);
  });

  it.each<[theirs: Json, patch: Json]>([
    [{ a: 1 }, { a: 2 }],
    [{ a: 1 }, { a: null }],
    [{ a: 1 }, { a: { b: 1 } }],
    [{ a: { b: 1 } }, { a: 1 }],
    [{ a: [1] }, { a: [1, 2] }],
    [{ lines: [{ id: 1, n: 1 }] }, { lines: [{ id: 1, n: 2 }] }],
    [[1], { a: 1 }],
  ])('overlaps with %j where it is %j', (theirs, patch) => {
    expect(overlayMergePatch(theirs, patch, byId)).toBe(OVERLAP);
  });
});
