import { describe, expect, it } from 'vitest';
import { mergeThreeWay } from '../../../../lambdas/domain/conflict/merge-three-way.ts';
import { arrayKeyLookup } from '../../../../lambdas/domain/conflict/merge-write.ts';
import { OVERLAP } from '../../../../lambdas/domain/conflict/merged.ts';
import type { Json } from '../../../../lambdas/domain/json/json-value.ts';

type Side = Json | undefined;
const KEYS = arrayKeyLookup({ '/lines': 'id', '/lines/*/parts': 'name' });

/** Merges in both directions, which must give the same result. */
function merge(base: Side, one: Side, other: Side) {
  const merged = mergeThreeWay({ base, ours: one, theirs: other }, KEYS);
  expect(mergeThreeWay({ base, ours: other, theirs: one }, KEYS)).toEqual(merged);
  return merged;
}

describe('fields', () => {
  it.each<[string, base: Side, one: Side, other: Side, merged: Side]>([
    ['changed by one', { a: 1, b: 1 }, { a: 2, b: 1 }, { a: 1, b: 1 }, { a: 2, b: 1 }],
    ['changed by each, another one', { a: 1, b: 1 }, { a: 2, b: 1 }, { a: 1, b: 2 }, { a: 2, b: 2 }],
    ['changed by both in the same way', { a: 1 }, { a: 2 }, { a: 2 }, { a: 2 }],
    ['added by each', {}, { a: 1 }, { b: 2 }, { a: 1, b: 2 }],
    ['removed by one', { a: 1, b: 1 }, { b: 1 }, { a: 1, b: 2 }, { b: 2 }],
    ['removed by both', { a: 1, b: 1 }, { b: 1 }, { b: 1 }, { b: 1 }],
    ['set to null by one', { a: 1 }, { a: null }, { a: 1, b: 1 }, { a: null, b: 1 }],
    [
      'deep inside',
      { a: { b: { c: 1, d: 1 } } },
      { a: { b: { c: 2, d: 1 } } },
      { a: { b: { c: 1, d: 2 } } },
      { a: { b: { c: 2, d: 2 } } },
    ],
    ['of an object that both have added', {}, { a: { x: 1 } }, { a: { y: 2 } }, { a: { x: 1, y: 2 } }],
    ['that have become another type for one', { a: { b: 1 } }, { a: [1] }, { a: { b: 1 }, c: 1 }, { a: [1], c: 1 }],
    ['with an array that one has changed', { a: [1], b: 1 }, { a: [2], b: 1 }, { a: [1], b: 2 }, { a: [2], b: 2 }],
    ['whose order is another', { a: 1, b: 2 }, { b: 2, a: 1 }, { a: 1, b: 3 }, { a: 1, b: 3 }],
  ])('%s', (_, base, one, other, merged) => {
    expect(merge(base, one, other)).toEqual(merged);
  });

  it.each<[string, base: Side, one: Side, other: Side]>([
    ['changed by both, each in its own way', { a: 1 }, { a: 2 }, { a: 3 }],
    ['added by both, each in its own way', {}, { a: 2 }, { a: 3 }],
    ['removed by one, changed by the other', { a: 1 }, {}, { a: 2 }],
    ['of an object that one has removed', { a: { b: 1 } }, {}, { a: { b: 1, c: 1 } }],
    ['of an object that was none', { a: 1 }, { a: { b: 1 } }, { a: { c: 1 } }],
    ['whose type differs', { a: 1 }, { a: '1' }, { a: true }],
    ['with an array that both have changed', { a: [1] }, { a: [1, 2] }, { a: [1, 3] }],
    ['with an array that both have added', {}, { a: [1] }, { a: [2] }],
    ['at the root', 1, 2, 3],
  ])('%s, are a conflict', (_, base, one, other) => {
    expect(merge(base, one, other)).toBe(OVERLAP);
  });

  it('may have any name', () => {
    const base: Json = JSON.parse('{"constructor":{"a":1},"hasOwnProperty":1}');
    const one: Json = JSON.parse('{"constructor":{"a":2},"hasOwnProperty":1}');
    const other: Json = JSON.parse('{"constructor":{"a":1},"toString":3}');
    expect(merge(base, one, other)).toEqual(JSON.parse('{"constructor":{"a":2},"toString":3}'));
  });
});

describe('without a base', () => {
  it.each<[one: Json, other: Json, merged: Json]>([
    [
      { a: 1, c: 1 },
      { b: 2, c: 1 },
      { a: 1, b: 2, c: 1 },
    ],
    [{ a: { x: 1 } }, { a: { y: 1 } }, { a: { x: 1, y: 1 } }],
    [{ lines: [{ id: 1, x: 1 }] }, { lines: [{ id: 1, y: 1 }] }, { lines: [{ id: 1, x: 1, y: 1 }] }],
  ])('%j and %j do not overlap', (one, other, merged) => {
    expect(merge(undefined, one, other)).toEqual(merged);
  });

  it.each<[one: Json, other: Json]>([
    [{ a: 1 }, { a: 2 }],
    [{ a: [1] }, { a: [1, 2] }],
    [{ a: {} }, { a: [] }],
    [{ lines: [{ id: 1 }, { id: 2 }] }, { lines: [{ id: 2 }, { id: 1 }] }],
  ])('%j and %j overlap', (one, other) => {
    expect(merge(undefined, one, other)).toBe(OVERLAP);
  });
});

describe('arrays whose elements have names', () => {
  const lines = (...ids: (number | string)[]) => ({ lines: ids.map((id) => ({ id })) });
  const order = (merged: unknown) =>
    JSON.stringify(merged)
      .match(/(?<="id":)[^,}]+/g)
      ?.join(' ');

  it.each<[string, base: (number | string)[], one: (number | string)[], other: (number | string)[], merged: string]>([
    ['added by one', [1, 2], [1, 2, 3], [1, 2], '1 2 3'],
    ['added by one in front, and removed by the other', [1, 2], [3, 1, 2], [2], '3 2'],
    ['added by both at the end', [1], [1, 10], [1, 9], '1 9 10'],
    ['added by both, each in its own order', [1], [1, 10, 9], [1, 'b', 2], '1 10 9 "b" 2'],
    ['added by both, in front and in between', [1, 2], [3, 1, 2], [1, 4, 2], '3 1 4 2'],
    ['added by both to nothing', [], [3, 1], [2], '2 3 1'],
    ['added by both, one of them the same', [1], [1, 2], [1, 3, 2], '1 3 2'],
    ['removed by each, another one', [1, 2, 3], [2, 3], [1, 2], '2'],
    ['moved by one', [1, 2, 3], [3, 1, 2], [1, 2, 3], '3 1 2'],
    ['moved by one, and changed in number by the other', [1, 2], [2, 1], [1, 2], '2 1'],
    ['moved by both to the same place', [1, 2, 3], [3, 1, 2], [3, 1, 2], '3 1 2'],
    ['1 and "1"', [1], [1, '1'], [1], '1 "1"'],
  ])('%s', (_, base, one, other, merged) => {
    expect(order(merge(lines(...base), lines(...one), lines(...other)))).toBe(merged);
  });

  it.each<[string, base: number[], one: number[], other: number[]]>([
    ['moved by both, each to another place', [1, 2, 3], [3, 1, 2], [2, 3, 1]],
    ['moved by one, while the other adds one', [1, 2], [2, 1], [1, 2, 3]],
    ['added by both, each in another order', [1], [1, 2, 3], [1, 3, 2]],
  ])('%s, are a conflict', (_, base, one, other) => {
    expect(merge(lines(...base), lines(...one), lines(...other))).toBe(OVERLAP);
  });

  it.each<[base: Json | undefined, one: Json, other: Json, merged: Json]>([
    [[{ id: 1, n: 1 }], [{ id: 1, n: 2 }], [{ id: 1, n: 1 }, { id: 2 }], [{ id: 1, n: 2 }, { id: 2 }]],
    [undefined, [{ id: 2 }], [{ id: 1 }], [{ id: 1 }, { id: 2 }]],
    [undefined, [{ id: 1, parts: [{ name: 'a' }] }], [{ id: 1, parts: [] }], [{ id: 1, parts: [{ name: 'a' }] }]],
  ])('may be all that the state is: from %j, %j and %j', (base, one, other, merged) => {
    const keys = arrayKeyLookup({ '': 'id', '/*/parts': 'name' });
    expect(mergeThreeWay({ base, ours: one, theirs: other }, keys)).toEqual(merged);
    expect(mergeThreeWay({ base, ours: other, theirs: one }, keys)).toEqual(merged);
    // Without keys in the config, the same change overlaps.
    expect(mergeThreeWay({ base, ours: one, theirs: other }, KEYS)).toBe(OVERLAP);
  });

  it('are merged one by one, within others too', () => {
    const line = (n: number, parts: Json) => ({ lines: [{ id: 'x', n, parts }] });
    const base = line(1, [{ name: 'a', v: 1 }]);
    const one = line(2, [{ name: 'a', v: 1 }, { name: 'c' }]);
    const other = line(1, [{ name: 'a', v: 2 }, { name: 'b' }]);
    expect(merge(base, one, other)).toEqual(line(2, [{ name: 'a', v: 2 }, { name: 'b' }, { name: 'c' }]));
  });

  it.each<[string, base: Json, one: Json, other: Json]>([
    ['one is removed here and changed there', [{ id: 1, n: 1 }], [], [{ id: 1, n: 2 }]],
    ['one is changed by both', [{ id: 1, n: 1 }], [{ id: 1, n: 2 }], [{ id: 1, n: 3 }]],
    ['one has no name', [{ id: 1 }], [{ id: 1 }, { n: 1 }], [{ id: 1 }, { id: 2 }]],
    ['two have the same name', [{ id: 1 }], [{ id: 1 }, { id: 1, n: 1 }], [{ id: 1 }, { id: 2 }]],
    ['a name is no text and no number', [], [{ id: true }], [{ id: 2 }]],
    ['one is no object', [1], [1, 2], [1, 3]],
  ])('are a conflict where %s', (_, base, one, other) => {
    expect(merge({ lines: base }, { lines: one }, { lines: other })).toBe(OVERLAP);
  });
});
