import { describe, expect, it } from 'vitest';
import { applyJsonPatch, diffJsonPatch, readJsonPatch } from '../../../../lambdas/domain/conflict/json-patch.ts';
import { overlayJsonPatch } from '../../../../lambdas/domain/conflict/json-patch-overlay.ts';
import type { Json } from '../../../../lambdas/domain/json/json-value.ts';

function patchOf(...operations: Json[]) {
  const patch = readJsonPatch(operations);
  if (!patch) throw new Error('no patch');
  return patch;
}
const apply = (target: Json, ...operations: Json[]) => applyJsonPatch(target, patchOf(...operations));

describe('readJsonPatch', () => {
  it.each<[string, Json]>([
    ['no array', { op: 'remove', path: '/a' }],
    ['an operation that is none', [1]],
    ['an unknown operation', [{ op: 'spam', path: '/a' }]],
    ['no operation', [{ path: '/a' }]],
    ['no path', [{ op: 'remove' }]],
    ['a path that is none', [{ op: 'remove', path: 'a' }]],
    ['no value', [{ op: 'add', path: '/a' }]],
    ['no source', [{ op: 'move', path: '/a' }]],
  ])('refuses %s', (_, body) => {
    expect(readJsonPatch(body)).toBeUndefined();
  });
});

describe('applyJsonPatch', () => {
  // Most cases are from RFC 6902, appendix A.
  it.each<[target: Json, operation: Json, state: Json]>([
    [{ foo: 'bar' }, { op: 'add', path: '/baz', value: 'qux' }, { foo: 'bar', baz: 'qux' }],
    [{ foo: ['bar', 'baz'] }, { op: 'add', path: '/foo/1', value: 'qux' }, { foo: ['bar', 'qux', 'baz'] }],
    [{ foo: ['bar'] }, { op: 'add', path: '/foo/-', value: ['abc'] }, { foo: ['bar', ['abc']] }],
    [{ foo: ['bar'] }, { op: 'add', path: '/foo/1', value: null }, { foo: ['bar', null] }],
    [{ baz: 1, foo: 2 }, { op: 'remove', path: '/baz' }, { foo: 2 }],
    [{ foo: [1, 2, 3] }, { op: 'remove', path: '/foo/1' }, { foo: [1, 3] }],
    [{ baz: 1 }, { op: 'replace', path: '/baz', value: 2 }, { baz: 2 }],
    [
      { a: { b: 1 }, c: {} },
      { op: 'move', from: '/a/b', path: '/c/d' },
      { a: {}, c: { d: 1 } },
    ],
    [[1, 2, 3], { op: 'move', from: '/0', path: '/2' }, [2, 3, 1]],
    [[1, { x: 0 }, { x: 1 }], { op: 'move', from: '/0', path: '/1/y' }, [{ x: 0 }, { x: 1, y: 1 }]],
    [{ a: 1 }, { op: 'move', from: '/a', path: '/a' }, { a: 1 }],
    [[1], { op: 'move', from: '', path: '' }, [1]],
    [{ a: [1] }, { op: 'copy', from: '/a', path: '/b' }, { a: [1], b: [1] }],
    [{ a: { b: 1 } }, { op: 'copy', from: '/a', path: '/a/c' }, { a: { b: 1, c: { b: 1 } } }],
    [{ a: 1 }, { op: 'replace', path: '', value: [2] }, [2]],
    [{ a: 1 }, { op: 'add', path: '', value: 3 }, 3],
    [{ a: { x: 1, y: [2] } }, { op: 'test', path: '/a', value: { y: [2], x: 1 } }, { a: { x: 1, y: [2] } }],
    [
      { '/': 9, '~1': 10 },
      { op: 'replace', path: '/~01', value: 11 },
      { '/': 9, '~1': 11 },
    ],
    [{}, { op: 'add', path: '/toString', value: 1 }, JSON.parse('{"toString":1}')],
  ])('makes of %j by %j the state %j', (target, operation, state) => {
    const before = JSON.stringify(target);
    expect(apply(target, operation)).toEqual({ kind: 'applied', state });
    expect(JSON.stringify(target)).toBe(before);
  });

  it.each<[target: Json, operation: Json]>([
    [{}, { op: 'remove', path: '/a' }],
    [{}, { op: 'replace', path: '/a', value: 1 }],
    [{}, { op: 'add', path: '/a/b', value: 1 }],
    [{ a: 1 }, { op: 'add', path: '/a/b', value: 1 }],
    [[1], { op: 'add', path: '/2', value: 1 }],
    [[1], { op: 'add', path: '/01', value: 1 }],
    [[1], { op: 'add', path: '/x', value: 1 }],
    [[1], { op: 'remove', path: '/-' }],
    [[1], { op: 'remove', path: '/length' }],
    [[1], { op: 'replace', path: '/length', value: 0 }],
    [[1, 2], { op: 'move', from: '/0', path: '/2' }],
    [{ a: {} }, { op: 'move', from: '/a', path: '/a/b' }],
    [{}, { op: 'copy', from: '/a', path: '/b' }],
    [{}, { op: 'remove', path: '/toString' }],
    [{}, { op: 'add', path: '/toString/x', value: 1 }],
    [{}, { op: 'add', path: '/__proto__/x', value: 1 }],
    [{}, { op: 'add', path: '/constructor/prototype/x', value: 1 }],
    [{ a: 1 }, { op: 'remove', path: '' }],
    [JSON.parse('{"constructor":{"a":1}}'), { op: 'add', path: '/constructor/b', value: 1 }],
  ])("can't be applied to %j: %j", (target, operation) => {
    expect(apply(target, operation)).toEqual({ kind: 'inapplicable' });
    expect(Object.hasOwn(Object.prototype, 'x')).toBe(false);
  });
});

describe('the tests of a patch', () => {
  it.each<[Json, Json]>([
    ['/a', 1],
    ['/b/constructor', 2],
  ])('hold at %j', (path, value) => {
    const target: Json = JSON.parse('{"a":1,"b":{"constructor":2}}');
    expect(apply(target, { op: 'test', path, value })).toEqual({ kind: 'applied', state: target });
  });

  it.each<[Json, Json]>([
    ['/a', 2],
    ['/a', '1'],
    ['/c', null],
    ['/b/toString', 1],
  ])('fail at %j, where not %j is', (path, value) => {
    expect(apply({ a: 1, b: {} }, { op: 'test', path, value })).toEqual({ kind: 'test-failed' });
  });

  it('see what came before them', () => {
    const set = { op: 'replace', path: '/a', value: 2 };
    expect(apply({ a: 1 }, set, { op: 'test', path: '/a', value: 2 }).kind).toBe('applied');
  });

  it('compare long arrays at once', () => {
    const long = Array.from({ length: 30_000 }, () => 1);
    const other = long.map(() => 2);
    expect(apply(long, { op: 'test', path: '', value: other })).toEqual({ kind: 'test-failed' });
  });
});

it('a patch that copies without end is not applied', () => {
  const copies = Array.from({ length: 40 }, (_, at) => ({ op: 'copy', from: '', path: `/${at}` }));
  expect(apply({ a: 'x'.repeat(100) }, ...copies)).toEqual({ kind: 'inapplicable' });
});

describe('diffJsonPatch', () => {
  it.each<[from: Json, to: Json]>([
    [{ a: 1, b: { c: 2 } }, { b: { c: 3, d: null } }],
    [{ a: [1, 2, 3] }, { a: [3] }],
    [{ 'a/b': 1, '~': 2 }, { 'a/b': 2 }],
    [{ a: 1 }, [1]],
    [[1], [1]],
  ])('leads from %j to %j', (from, to) => {
    const steps = readJsonPatch(diffJsonPatch(from, to) ?? null);
    expect(steps && applyJsonPatch(from, steps)).toEqual({ kind: 'applied', state: to });
  });

  it('puts an array in the place of another, however long they are', () => {
    const long = Array.from({ length: 30_000 }, (_, at) => at);
    expect(diffJsonPatch({ a: long }, { a: [] })).toEqual([{ op: 'replace', path: '/a', value: [] }]);
  });

  it("doesn't name a path that the package can't follow", () => {
    expect(diffJsonPatch(JSON.parse('{"constructor":{"a":1}}'), JSON.parse('{"constructor":{"a":2}}'))).toBeUndefined();
  });
});

describe('a JSON Patch whose base nobody knows', () => {
  const THEIRS = { status: 'open', tags: ['a', 'b'], lines: [{ id: 1 }, { id: 2 }] };
  const overlay = (...operations: Json[]) => overlayJsonPatch(THEIRS, patchOf(...operations)).kind;
  const test = (path: string, value: Json) => ({ op: 'test', path, value });
  const close = { op: 'replace', path: '/status', value: 'closed' };

  it.each<[string, Json[]]>([
    ['add a field', [{ op: 'add', path: '/note', value: 'x' }]],
    ['append to an array', [{ op: 'add', path: '/tags/-', value: 'c' }]],
    ['set what is so already', [{ op: 'replace', path: '/status', value: 'open' }]],
    ['change what it has tested', [test('/status', 'open'), close]],
    [
      'change what is within what it has tested',
      [test('/lines/0', { id: 1 }), { op: 'add', path: '/lines/0/n', value: 1 }, { op: 'remove', path: '/lines/0/id' }],
    ],
    [
      'change all, having tested all',
      [test('', THEIRS), close, { op: 'remove', path: '/tags/0' }, { op: 'remove', path: '/tags/0' }],
    ],
    [
      'insert into an array that it has tested',
      [test('/tags', ['a', 'b']), { op: 'add', path: '/tags/1', value: 'x' }],
    ],
    [
      'change what it has set',
      [
        { op: 'add', path: '/note', value: 'x' },
        { op: 'replace', path: '/note', value: 'y' },
      ],
    ],
    ['copy to where nothing is', [{ op: 'copy', from: '/status', path: '/was' }]],
    ['move what is there to where it is', [{ op: 'move', from: '/status', path: '/status' }]],
    [
      'append, and change what it has tested before',
      [
        test('/tags/0', 'a'),
        { op: 'add', path: '/tags/-', value: 'c' },
        { op: 'replace', path: '/tags/0', value: 'x' },
      ],
    ],
    ['move what it has tested', [test('/status', 'open'), { op: 'move', from: '/status', path: '/was' }]],
  ])('may %s', (_, operations) => {
    expect(overlay(...operations)).toBe('applied');
  });

  it.each<[string, Json[]]>([
    ['change what is there', [close]],
    ['put something in its place', [{ op: 'add', path: '/status', value: 'closed' }]],
    ['remove it', [{ op: 'remove', path: '/status' }]],
    ['move it', [{ op: 'move', from: '/status', path: '/was' }]],
    ['copy over it', [{ op: 'copy', from: '/tags', path: '/status' }]],
    ['insert into an array', [{ op: 'add', path: '/tags/0', value: 'x' }]],
    [
      'change what is beside what it has tested',
      [test('/lines/0/id', 1), { op: 'replace', path: '/lines/0', value: { id: 3 } }],
    ],
    ['test it too late', [close, test('/status', 'closed')]],
    [
      'change what has moved since it was tested',
      [
        test('/lines/0', { id: 1 }),
        test('/lines/1', { id: 2 }),
        { op: 'remove', path: '/lines/0' },
        { op: 'remove', path: '/lines/0' },
      ],
    ],
    ['change what it has set to what it was', [{ op: 'replace', path: '/status', value: 'open' }, close]],
    [
      'remove what it has copied over itself',
      [
        { op: 'copy', from: '/tags', path: '/tags' },
        { op: 'remove', path: '/tags/1' },
      ],
    ],
    ['put all in the place of all', [{ op: 'replace', path: '', value: {} }]],
  ])('may not %s', (_, operations) => {
    expect(overlay(...operations)).toBe('inapplicable');
  });

  it('is not applied where a test fails', () => {
    expect(overlay(test('/status', 'closed'), close)).toBe('test-failed');
  });
});
