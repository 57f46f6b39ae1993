import { describe, expect, it } from 'vitest';
import { isPlainObject, isStringRecord, jsonRoundTripProblem } from '../../../lambdas/contract/json-round-trip.ts';

describe('jsonRoundTripProblem', () => {
  it.each([
    ['null', 'null'],
    ['a nested value', '{"a":[1,-2.5,1e-7,true,"text",null,{"constructor":{"prototype":1}}]}'],
    ['the widest exact integer', '9007199254740991'],
    ['a whole surrogate pair', '"\\ud83d\\ude00"'],
  ])('accepts %s', (_, json) => {
    expect(jsonRoundTripProblem(JSON.parse(json))).toBeUndefined();
  });

  it.each([
    ['an identifier that lost digits', '{"a":[12345678901234567890]}', /lose digits/],
    ['a number out of range', '[1e400]', /out of range/],
    ['half a surrogate pair', '{"a":{"b":"x\\ud800"}}', /surrogate/],
    ['half a surrogate pair in a key', '{"\\udc00":1}', /surrogate/],
    ['a key that sets the prototype', '{"a":[{"__proto__":{"admin":true}}]}', /__proto__/],
    ['the same key, escaped', '{"\\u005f_proto__":1}', /__proto__/],
  ])('refuses %s', (_, json, reason) => {
    expect(jsonRoundTripProblem(JSON.parse(json))).toMatch(reason);
  });
});

describe('isPlainObject', () => {
  it.each([[null], [[]], ['text'], [1], [undefined]])('refuses %j', (value) => {
    expect(isPlainObject(value)).toBe(false);
  });

  it('accepts an object', () => {
    expect(isPlainObject({})).toBe(true);
  });
});

describe('isStringRecord', () => {
  it.each([
    [{}, true],
    [{ a: 'b' }, true],
    [{ a: 1 }, false],
    [{ a: ['b'] }, false],
    [['a'], false],
  ])('judges %j', (value, expected) => {
    expect(isStringRecord(value)).toBe(expected);
  });
});
