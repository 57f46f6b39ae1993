import { describe, expect, it } from 'vitest';
import {
  buildConflictView,
  differingFields,
  type ViewableState,
} from '../../../../lambdas/domain/conflict/difference.ts';
import { redaction } from '../../../../lambdas/domain/conflict/redact.ts';
import type { Json } from '../../../../lambdas/domain/json/json-value.ts';

const NONE = redaction([]);
const json = (state: Json): ViewableState => ({ kind: 'json', state });
const rows = (ours: Json, theirs: Json, base?: Json) =>
  buildConflictView({ base, ours: json(ours), theirs: json(theirs) }, NONE).difference;

describe('the difference', () => {
  it('goes down to the leaves, with the base where it is known', () => {
    const base = { a: { b: 1, c: 1 }, d: [1, 2], g: 1 };
    const ours = { a: { b: 2, c: 1 }, d: [1, 3], e: { f: null } };
    const theirs = { a: { b: 3, c: 1 }, d: [1, 2], g: 1 };
    expect(rows(ours, theirs, base)).toEqual([
      { path: '/a/b', base: 1, ours: 2, theirs: 3 },
      { path: '/d/1', base: 2, ours: 3, theirs: 2 },
      { path: '/e/f', ours: null },
      { path: '/g', base: 1, theirs: 1 },
    ]);
  });

  it('says how many more fields there are than it has room for', () => {
    const fields = (count: number, value: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, n) => [`f${n}`, value]));
    const shown = (count: number) =>
      buildConflictView({ base: undefined, ours: json(fields(count, 1)), theirs: json(fields(count, 2)) }, NONE);
    expect(shown(100).more).toBeUndefined();
    expect(shown(103)).toMatchObject({ more: 3 });
    expect(shown(103).difference).toHaveLength(100);
  });

  it.each<[Json, Json]>([
    [[1], [1, 2]],
    [{}, []],
    [{ b: 1 }, 1],
  ])('shows %j and %j as a whole', (ours, theirs) => {
    expect(rows({ a: ours }, { a: theirs })).toEqual([{ path: '/a', ours, theirs }]);
  });

  it('does not look into what nobody may see', () => {
    expect(rows({ address: { city: 'x' } }, { address: { city: 'y' } })).toEqual([
      { path: '/address', ours: '***', theirs: '***' },
    ]);
  });

  it('has at most 100 rows', () => {
    const many = (value: Json) => Object.fromEntries(Array.from({ length: 150 }, (_, at) => [`f${at}`, value]));
    expect(rows(many(1), many(2))).toHaveLength(100);
    expect(JSON.stringify(rows(many('x'.repeat(200)), many('y'.repeat(200)))).length).toBeLessThan(33_000);
  });

  it('keeps what is shown within limits, whatever the states are', () => {
    const big = (text: string) => Array.from({ length: 400 }, (_, at) => ({ [`f${at}`]: text.repeat(190) }));
    const shown = buildConflictView(
      { base: undefined, ours: json({ a: big('x') }), theirs: json({ a: big('y') }) },
      NONE,
    );
    expect(shown.ours).toEqual({ mediaType: 'application/json', bytes: expect.any(Number) });
    expect(JSON.stringify(shown).length).toBeLessThan(70_000);
    expect(JSON.stringify(rows({ a: ['x'.repeat(150).split('')] }, { a: 1 }))).toContain('…');
  });
});

describe('what is shown', () => {
  it('is a state as it may be seen', () => {
    const shown = buildConflictView(
      { base: undefined, ours: json({ a: 1, pin: 1 }), theirs: { kind: 'absent' } },
      NONE,
    );
    expect(shown).toEqual({ ours: { a: 1, pin: '***' }, difference: [] });
  });

  it('is of another than JSON its type and size only', () => {
    const theirs: ViewableState = { kind: 'other', mediaType: 'text/plain', bytes: 7 };
    expect(buildConflictView({ base: undefined, ours: json(1), theirs }, NONE)).toEqual({
      ours: 1,
      theirs: { mediaType: 'text/plain', bytes: 7 },
      difference: [],
    });
  });

  it('is of what could not be read only that', () => {
    const shown = buildConflictView(
      { base: undefined, ours: json(1), theirs: { kind: 'other', mediaType: 'unknown' } },
      NONE,
    );
    expect(shown.theirs).toEqual({ mediaType: 'unknown' });
  });
});

describe('the fields on which two states differ', () => {
  it('are sorted pointers, at most 50', () => {
    expect(differingFields({ b: 1, a: { c: 1 } }, { b: 2, a: {} }, NONE)).toEqual(['/a/c', '/b']);
    const many = Object.fromEntries(Array.from({ length: 60 }, (_, at) => [`f${at}`, at]));
    expect(differingFields(many, {}, NONE)).toHaveLength(50);
  });

  it('are as many as have room, however long their names are and however deep they are', () => {
    const deep = (value: number) =>
      Array.from({ length: 20 }).reduce<Json>(
        (inner) => ({ ['ü'.repeat(200)]: inner }),
        Object.fromEntries(Array.from({ length: 50 }, (_, at) => [`f${at}`, value])),
      );
    const fields = differingFields(deep(1), deep(2), NONE);
    expect(fields).toHaveLength(1);
    expect(Buffer.byteLength(fields.join(''))).toBeLessThan(8_193);
  });

  it('are none where one is absent', () => {
    expect(differingFields({ a: 1 }, undefined, NONE)).toEqual([]);
  });
});
