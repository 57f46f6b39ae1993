import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { JsonText } from '../../../../lambdas/contract/json-text.ts';
import { canonicalJson } from '../../../../lambdas/domain/json/canonical-json.ts';
import { fingerprint } from '../../../../lambdas/domain/ledger/fingerprint.ts';
import { anyJsonText } from '../../../support/any-json-text.ts';
import { json } from '../../../support/json.ts';

const of = (body: string, base?: string) =>
  fingerprint({
    dependency: 'shop',
    operation: { method: 'PUT', path: '/', body: body as JsonText, base: base as JsonText },
  });

it('of a claimed body is that of the body, wherever a report has put it', () => {
  const claimed = (key: string, sha256: string) =>
    fingerprint({ dependency: 'shop', operation: { method: 'PUT', path: '/', bodyClaim: { key, sha256, bytes: 7 } } });
  expect(claimed('a', 'x')).toBe(claimed('b', 'x'));
  expect(claimed('a', 'x')).not.toBe(claimed('a', 'y'));
});

const digestOf = (text: string) => createHash('sha256').update(text).digest('hex');

it('of an operation does not change with the order of fields, white space or the way to write a number', () => {
  expect(of('{"a":1,"b":[2]}')).toBe(of('{ "b": [2.0], "a": 1e0 }'));
  expect(of('{}', '{"a":1,"b":2}')).toBe(of('{}', '{"b":2,"a":1}'));
});

it.each([
  ['{"a":1}', '{"a":2}'],
  ['{"a":1.000000000000000001}', '{"a":1}'],
  ['12345678901234567890', '12345678901234567891'],
  ['{"a":1,"a":2}', '{"a":2}'],
  ['1e-400', '0'],
  ['[1,2]', '[2,1]'],
])('of %s and %s differ', (one, other) => {
  expect(of(one)).not.toBe(of(other));
});

it('is the one that an event had before bodies were text', () => {
  // The digest of the parsed operation, as entries of earlier versions hold it.
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const operation = { method: 'PUT', path: '/', body: value } as const;
      const before = canonicalJson({ dependency: 'shop', operation: JSON.parse(JSON.stringify(operation)) });
      const text = json(value);
      fc.pre(!text.includes('__proto__'));
      expect(of(text)).toBe(digestOf(before));
    }),
  );
});

it('is the same for the same text, whatever it is', () => {
  fc.assert(
    fc.property(anyJsonText, (text) => {
      expect(of(text)).toBe(of(text));
    }),
  );
});
