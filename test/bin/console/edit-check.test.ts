import { describe, expect, it } from 'vitest';
import { jsonMistakes, patchMistakes } from '../../../bin/console/page/edit-check.ts';

const OPERATION = { method: 'POST', path: '/orders', query: { dry: 'no' }, body: { amount: 1, email: '***' } };
const mistakes = (text: string) =>
  patchMistakes(text, OPERATION).map(({ from, to, message }) => `${text.slice(from, to)}: ${message}`);

describe('an edit of an operation, while it is typed', () => {
  it.each([
    '{ "body": { "amount": 2 } }',
    '{ "body": null, "method": "GET" }',
    '{ "query": null, "headers": { "x-shop": "de" } }',
    '{ "path": "/orders/7" }',
    '{}',
  ])('takes %s', (text) => {
    expect(mistakes(text)).toEqual([]);
  });

  it.each([
    ['{ "body": ', /not JSON/],
    ['{ "body": 1, }', /^,|^}: not JSON/],
    ['[1]', /^\[1\]: must be an object/],
    ['{ "url": "https://x" }', /^"url": unknown field; valid fields: method, path/],
    ['{ "method": "SEND" }', /^"SEND": must be one of GET,/],
    ['{ "path": "orders" }', /^"orders": must be a path that begins with \//],
    ['{ "path": "/a/../b" }', /^"\/a\/\.\.\/b": must be a path/],
    ['{ "query": { "dry": 1 } }', /^1: .*(string|type)/i],
    ['{ "path": null }', /must leave method and path/],
    ['{ "body": { "email": "***" } }', /^"\*\*\*": \*\*\* stands for a value that you were not shown/],
    ['{ "method": "GET" , "body": { "a": 1 } }', /a GET or HEAD has no body/],
  ])('marks the mistake in %s', (text, mistake) => {
    expect(mistakes(text)).toEqual(expect.arrayContaining([expect.stringMatching(mistake)]));
  });

  it('does not blame the operator for what is stored already', () => {
    expect(patchMistakes('{ "body": 1 }', { ...OPERATION, path: '***' })).toEqual([]);
  });

  it('marks one mistake of a text that is not JSON, and masks in one that is', () => {
    expect(jsonMistakes('{ "a": tru, "b": ')).toHaveLength(1);
    expect(jsonMistakes('{ "a": ["***"] }')).toMatchObject([{ from: 8, to: 13 }]);
    expect(jsonMistakes('{ "a": true }')).toEqual([]);
  });
});
