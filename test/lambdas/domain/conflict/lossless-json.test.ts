import { describe, expect, it } from 'vitest';
import { readJson } from '../../../../lambdas/domain/conflict/lossless-json.ts';

describe('readJson', () => {
  it.each([
    'null',
    '{"a":[1,-2.5,"text",true,{}]}',
    '0.1',
    '1.10',
    '-0.00',
    '0e5',
    '1E3',
    '123456789012345',
    '9007199254740991',
    '0.30000000000000004',
  ])('reads %s', (text) => {
    expect(readJson(text)).toEqual(JSON.parse(text));
  });

  it.each([
    ['no JSON', '{'],
    ['nothing', ''],
    ['an identifier that would lose digits', '12345678901234567890'],
    ['the first integer that no double has', '9007199254740993'],
    ['a fraction that would lose digits', '[0.12345678901234567890]'],
    ['an amount that would be another', '{"a":123456789012345.67890}'],
    ['a number out of range', '1e400'],
    ['a number that would be zero', '1e-400'],
    ['a number of which a double has fewer digits', '1.2345678901234e-320'],
    ['half a surrogate pair', '"\\ud800"'],
    ['a key that sets the prototype', '{"__proto__":{"admin":true}}'],
    ['what nests too deep', '['.repeat(65) + ']'.repeat(65)],
  ])('refuses %s', (_, text) => {
    expect(readJson(text)).toBeUndefined();
  });
});
