import { describe, expect, it } from 'vitest';
import { matchesPath, pathOf, pointerOf, valueAt } from '../../../../lambdas/domain/conflict/json-pointer.ts';

describe('a JSON Pointer', () => {
  it.each([
    ['', []],
    ['/', ['']],
    ['/a/0/b', ['a', '0', 'b']],
    ['/a~1b/m~0n/~01', ['a/b', 'm~n', '~1']],
  ])('%j leads along %j, and back', (pointer, path) => {
    expect(pathOf(pointer)).toEqual(path);
    expect(pointerOf(path)).toBe(pointer);
  });

  it.each(['a', 'a/b', '/a~', '/~2'])('%j is none', (pointer) => {
    expect(pathOf(pointer)).toBeUndefined();
  });
});

describe('valueAt', () => {
  const state = JSON.parse('{"a":[{"b":1},[2]],"constructor":{"name":3},"":4}');

  it.each([
    ['', state],
    ['/a/0/b', 1],
    ['/a/1/0', 2],
    ['/constructor/name', 3],
    ['/', 4],
    ['/a/2', undefined],
    ['/a/-', undefined],
    ['/a/00', undefined],
    ['/a/length', undefined],
    ['/toString', undefined],
    ['/a/0/constructor', undefined],
    ['/a/0/b/c', undefined],
  ])('finds at %j only what is there', (pointer, value) => {
    expect(valueAt(state, pathOf(pointer) ?? [])).toEqual(value);
  });
});

describe('matchesPath', () => {
  it.each([
    ['/a/*/c', '/a/0/c', true],
    ['/a/*/c', '/a/b/c', true],
    ['/*', '/*', true],
    ['/a/*', '/a', false],
    ['/a/*', '/a/b/c', false],
    ['/a', '/b', false],
  ])('takes %j for %j: %s', (pattern, pointer, matches) => {
    expect(matchesPath(pathOf(pattern) ?? [], pathOf(pointer) ?? [])).toBe(matches);
  });
});
