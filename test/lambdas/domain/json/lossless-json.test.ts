import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ExactNumber } from '../../../../lambdas/domain/json/exact-number.ts';
import { isJsonArray, sameJson } from '../../../../lambdas/domain/json/json-value.ts';
import { readJson, writeJson } from '../../../../lambdas/domain/json/lossless-json.ts';

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
    ['half a surrogate pair', '"\\ud800"'],
    ['half a surrogate pair in a name', '{"\\udc00":1}'],
    ['a member twice', '{"a":1,"b":2,"a":1}'],
    ['a member twice, once escaped', '[{"a":1,"\\u0061":1}]'],
    ['a key that sets the prototype', '{"__proto__":{"admin":true}}'],
    ['what nests too deep', '['.repeat(65) + ']'.repeat(65)],
  ])('refuses %s', (_, text) => {
    expect(readJson(text)).toBeUndefined();
  });

  it.each([
    ['an identifier', '12345678901234567890'],
    ['the first integer that no double has', '9007199254740993'],
    ['a fraction', '0.12345678901234567890'],
    ['an amount', '123456789012345.67890'],
    ['a number out of range', '1e400'],
    ['a number that would be zero', '-1e-400'],
    ['a number of which a double has fewer digits', '1.2345678901234e-320'],
  ])('keeps the digits of %s', (_, text) => {
    expect(readJson(text)).toEqual(new ExactNumber(text));
    expect(readJson(`{"a":[${text}]}`)).toEqual({ a: [new ExactNumber(text)] });
  });

  it('reads what JSON.parse reads, where that loses nothing', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(undefined, 1, '\t'), (value, space) => {
        const text = JSON.stringify(value, undefined, space);
        expect(readJson(text) ?? JSON.parse(text)).toEqual(JSON.parse(text));
      }),
    );
  });
});

/** A JSON number, however it is written. */
const numberText = fc
  .tuple(
    fc.constantFrom('', '-'),
    fc.oneof(fc.constant('0'), fc.stringMatching(/^[1-9]\d{0,24}$/)),
    fc.option(fc.stringMatching(/^\d{1,25}$/), { nil: '' }),
    fc.option(fc.stringMatching(/^[eE][+-]?\d{1,3}$/), { nil: '' }),
  )
  .map(([sign, whole, fraction, exponent]) => `${sign}${whole}${fraction && `.${fraction}`}${exponent}`);

describe('a number', () => {
  it('keeps its value from read to write', () => {
    fc.assert(
      fc.property(numberText, (text) => {
        const read = readJson(`[${text}]`);
        if (!read || !isJsonArray(read)) throw new Error('not read');
        const again = readJson(writeJson(read));
        expect(sameJson(again, read)).toBe(true);
        if (read[0] instanceof ExactNumber) expect(writeJson(read)).toBe(`[${text}]`);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    ['1', '1.000000000000000000000', true],
    ['1', '1.000000000000000000001', false],
    ['100000000000000000000000', '1e23', true],
    ['12345678901234567890', '1234567890123456789e1', true],
    ['12345678901234567890', '12345678901234567891', false],
    ['0', '-0.000000000000000000000', true],
    ['1e400', '10E399', true],
    ['1e400', '-1e400', false],
    ['0.30000000000000004', '0.300000000000000040000', true],
    ['1e99999999999999999999999', '1e99999999999999999999999', true],
  ])('%s and %s: equal %s', (one, other, equal) => {
    expect(sameJson(readJson(one), readJson(other))).toBe(equal);
  });
});
