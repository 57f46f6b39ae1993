import { describe, expect, it } from 'vitest';
import type { HttpOperation } from '../../../../lambdas/contract/failure.ts';
import type { JsonText } from '../../../../lambdas/contract/json-text.ts';
import { type CurrentState, resubmission } from '../../../../lambdas/domain/conflict/compare.ts';
import { json } from '../../../support/json.ts';
import { compared, current, FRESH, ours, patch, put, remove, TEXT } from './conflict-samples.ts';

type Wanted = Parameters<typeof resubmission>[2];

const GONE: CurrentState = { statusCode: 410 };
const theirs = current({ a: 1, b: 2 });
const text = put('x', { headers: { 'content-type': 'text/plain' } });

function decided(operation: HttpOperation, state: CurrentState, wanted: Wanted, sensitive: readonly string[] = []) {
  return resubmission(ours(operation), state, wanted, { sensitive });
}

describe('ours', () => {
  it.each([
    put({ a: 5 }, { ifMatch: 'W/"v1"', headers: { 'if-unmodified-since': 'then', 'x-a': 'b' } }),
    patch({ a: 5 }, 'merge-patch'),
    patch([{ op: 'replace', path: '/a', value: 5 }], 'json-patch'),
    remove(),
  ])('goes out as it is, for the fresh version: $method', (operation) => {
    const { 'if-unmodified-since': _, ...headers }: Record<string, string> = { ...operation.headers };
    expect(decided(operation, theirs, 'ours')).toEqual({
      kind: 'resubmit',
      operation: { ...operation, headers: operation.headers && headers, ifMatch: FRESH },
      winner: 'ours',
      fields: operation.method === 'PUT' ? ['/a', '/b'] : operation.method === 'PATCH' ? ['/a'] : [],
    });
  });

  it("goes out if the states can't be compared", () => {
    expect(decided(text, TEXT, 'ours')).toMatchObject({
      kind: 'resubmit',
      operation: { body: json('x'), ifMatch: FRESH },
    });
  });

  it('brings back what was deleted, unless somebody else has', () => {
    const operation = put({ a: 1 }, { ifMatch: '"v1"', headers: { 'if-match': '"v1"' } });
    expect(decided(operation, GONE, 'ours')).toEqual({
      kind: 'resubmit',
      operation: put({ a: 1 }, { headers: { 'if-none-match': '*' } }),
      winner: 'ours',
      fields: [],
    });
  });

  it('is done already where it would change nothing', () => {
    expect(decided(put({ b: 2, a: 1 }), theirs, 'ours')).toMatchObject({ how: 'already-applied', winner: 'ours' });
    expect(decided(remove(), GONE, 'ours')).toMatchObject({ how: 'already-deleted', winner: 'ours' });
  });
});

describe('another state', () => {
  it.each<[HttpOperation, body: unknown]>([
    [put({ a: 5 }), { a: 7 }],
    [patch({ a: 5 }, 'merge-patch'), { a: 7, b: null }],
    [
      patch([{ op: 'add', path: '/c', value: 5 }], 'json-patch'),
      [
        { op: 'remove', path: '/b' },
        { op: 'replace', path: '/a', value: 7 },
      ],
    ],
  ])('goes out in the language of %j', (operation, body) => {
    expect(decided(operation, theirs, { body: json({ a: 7 }) })).toEqual({
      kind: 'resubmit',
      operation: { ...operation, ifMatch: FRESH, body: json(body) },
      winner: 'merged',
      fields: ['/a', '/b'],
    });
  });

  it('may be a text, which is sent as one', () => {
    expect(decided(text, TEXT, { body: json('y') })).toMatchObject({
      kind: 'resubmit',
      operation: { body: json('y') },
    });
    const headers = { 'content-type': 'application/json' };
    expect(decided(put({ a: 1 }), theirs, { body: json('y') })).toMatchObject({
      operation: { body: json('"y"'), headers },
    });
  });

  it('takes the place of a claimed body, which stays claimed if ours wins', () => {
    const bodyClaim = { key: 'k', sha256: 'x', bytes: 70_000 };
    const claimed: HttpOperation = { method: 'PUT', path: '/a', headers: { 'content-type': 'text/plain' }, bodyClaim };
    const given = decided(claimed, TEXT, { body: json('y') });
    expect(given).toMatchObject({ kind: 'resubmit', operation: { body: json('y') } });
    expect(given).not.toHaveProperty('operation.bodyClaim');
    expect(decided(claimed, TEXT, 'ours')).toMatchObject({
      kind: 'resubmit',
      operation: { bodyClaim, ifMatch: FRESH },
    });
    expect(compared(claimed, TEXT)).toMatchObject({
      kind: 'undecided',
      because: 'not-comparable',
      shown: { ours: { bytes: 70_000 } },
    });
  });

  it('takes the place of what was deleted, by a PUT', () => {
    const operation = put({ a: 7 }, { headers: { 'if-none-match': '*' } });
    expect(decided(put({ a: 1 }), GONE, { body: json({ a: 7 }) })).toMatchObject({
      kind: 'resubmit',
      operation,
      winner: 'merged',
    });
  });

  it('is there already', () => {
    expect(decided(put({ a: 5 }), theirs, { body: json({ b: 2, a: 1 }) })).toMatchObject({
      how: 'already-applied',
      winner: 'merged',
    });
  });
});

describe("a write that can't be sent", () => {
  it.each<[string, because: string, HttpOperation, CurrentState, Wanted]>([
    ['a patch of what is gone', 'deleted-meanwhile', patch({ a: 'hidden' }, 'merge-patch'), GONE, 'ours'],
    [
      'a patch to a state, of what is gone',
      'deleted-meanwhile',
      patch({ a: 'hidden' }, 'merge-patch'),
      GONE,
      { body: json({}) },
    ],
    ['a state instead of a deletion', 'not-comparable', remove(), theirs, { body: json({}) }],
    ['a state instead of a deletion that was made', 'deleted-meanwhile', remove(), GONE, { body: json({}) }],
    [
      'null, by a merge patch',
      'not-comparable',
      patch({ a: 'hidden' }, 'merge-patch'),
      theirs,
      { body: json({ a: null }) },
    ],
    ['a patch of a text', 'not-comparable', patch({ a: 'hidden' }, 'merge-patch'), TEXT, { body: json({}) }],
    ['JSON as a text', 'not-comparable', text, TEXT, { body: json({}) }],
    ['a member twice', 'not-comparable', put({ a: 'hidden' }), theirs, { body: '{"b":1,"b":2}' as JsonText }],
  ])('%s, is asked about again', (_, because, operation, state, wanted) => {
    const comparison = decided(operation, state, wanted, ['/a']);
    expect(comparison).toMatchObject({ kind: 'undecided', because });
    expect(JSON.stringify(comparison)).not.toContain('hidden');
  });

  it('is unprotected without an ETag', () => {
    const missing = { kind: 'unresolvable', because: 'etag-missing' };
    expect(decided(put({ a: 5 }), { ...theirs, etag: '' }, 'ours')).toEqual(missing);
    expect(decided(put({ a: 5 }), { ...theirs, etag: '*' }, { body: json({}) })).toEqual(missing);
  });

  it("isn't a write", () => {
    const read: HttpOperation = { method: 'GET', path: '/a' };
    expect(decided(read, theirs, 'ours')).toEqual({ kind: 'unresolvable', because: 'not-a-write' });
  });
});
