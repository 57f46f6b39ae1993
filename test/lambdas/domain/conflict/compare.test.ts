import { describe, expect, it } from 'vitest';
import type { HttpOperation } from '../../../../lambdas/contract/failure.ts';
import type { ConflictSettings } from '../../../../lambdas/contract/settings.ts';
import { type CurrentState, stateDigest } from '../../../../lambdas/domain/conflict/compare.ts';
import { json } from '../../../support/json.ts';
import {
  ASK,
  add,
  BY_DATE,
  BY_FIELD,
  compared,
  current,
  FRESH,
  MERGE,
  patch,
  put,
  remove,
  TEXT,
  UNREADABLE,
} from './conflict-samples.ts';

const REJECT: ConflictSettings = { strategy: 'reject', sensitive: [] };
const FUNCTION: ConflictSettings = { strategy: 'function', sensitive: [] };
const GONE: CurrentState = { statusCode: 404 };

describe('what is never compared', () => {
  it.each([put({ a: 1 }), remove()])('$method, where the strategy is to reject', (operation) => {
    expect(compared(operation, current({}), REJECT)).toEqual({ kind: 'unresolvable', because: 'rejected' });
  });

  it.each(['GET', 'HEAD', 'OPTIONS', 'POST'] as const)('%s, which has no state to be', (method) => {
    const comparison = compared({ method, path: '/a' }, current({}), ASK);
    expect(comparison).toEqual({ kind: 'unresolvable', because: 'not-a-write' });
  });
});

describe.each([404, 410])('a resource that is gone (%i)', (statusCode) => {
  it('needs no deletion', () => {
    const comparison = compared(remove(), { statusCode });
    expect(comparison).toEqual({ kind: 'settled', how: 'already-deleted', winner: 'ours', fields: [] });
  });

  it.each([put({ a: 1 }), patch({ a: 1 }, 'merge-patch'), add('/a', 1)])('is a question for %j', (operation) => {
    expect(compared(operation, { statusCode })).toEqual({
      kind: 'undecided',
      because: 'deleted-meanwhile',
      shown: { ours: { a: 1 }, difference: [] },
      fields: [],
    });
  });
});

describe('a write that would change nothing', () => {
  const state = { a: 1, b: [1], changed: 5 };

  it.each([MERGE, ASK, FUNCTION, BY_DATE, BY_FIELD])('is made already, whatever the ETag ($strategy)', (settings) => {
    const theirs = current(state, { etag: '' });
    for (const operation of [
      put({ b: [1], a: 1, changed: 5 }, { ifMatch: 'W/"v1"' }),
      put(JSON.stringify(state), { headers: { 'content-type': 'application/json' } }),
      patch({ a: 1, c: null }, 'merge-patch'),
      patch(
        [
          { op: 'test', path: '/a', value: 1 },
          { op: 'replace', path: '/b/0', value: 1 },
        ],
        'json-patch',
      ),
    ]) {
      const comparison = compared(operation, theirs, settings, [FRESH]);
      expect(comparison).toEqual({ kind: 'settled', how: 'already-applied', winner: 'ours', fields: [] });
    }
  });

  it.each<[string, object]>([
    ['appends', [{ op: 'add', path: '/b/-', value: 2 }]],
    [
      'tests what it changes',
      [
        { op: 'test', path: '/b', value: [1] },
        { op: 'replace', path: '/b', value: [1, 2] },
      ],
    ],
  ])('is made already where theirs is what a patch makes of its base: one that %s', (_, body) => {
    const operation = patch(body, 'json-patch', { base: json(state) });
    for (const settings of [MERGE, ASK, BY_DATE]) {
      const comparison = compared(operation, current({ ...state, b: [1, 2] }), settings);
      expect(comparison).toMatchObject({ kind: 'settled', how: 'already-applied', winner: 'ours' });
    }
  });

  it('is made already where the very text is there', () => {
    const comparison = compared(put('hello', { headers: { 'content-type': 'text/plain' } }), TEXT, BY_DATE);
    expect(comparison).toMatchObject({ kind: 'settled', how: 'already-applied' });
  });

  it.each<[string, HttpOperation, CurrentState]>([
    ['it appends', add('/b/-', 1), current(state)],
    ['only a part came', put({ a: 1 }), current({ a: 1 }, { statusCode: 206 })],
    ['it is another language', put('hello', { headers: { 'content-type': 'text/csv' } }), current('hello')],
  ])('is not where %s', (_, operation, theirs) => {
    expect(compared(operation, theirs, ASK)).toMatchObject({ because: 'asked-for' });
  });
});

describe('the ETag of the state', () => {
  const theirs = (etag?: string) => current({ a: 1 }, { etag });

  it.each([undefined, '', '*', '"a", "b"'])('%j protects nothing', (etag) => {
    expect(compared(put({ a: 2 }), theirs(etag))).toEqual({ kind: 'unresolvable', because: 'etag-missing' });
  });

  it.each([
    ['"v1"', 'W/"v2"'],
    ['W/"v1"', 'v2'],
    ['v1', '"v2"'],
    ['"v1"', 'v2'],
  ])('differs in form: %s became %s', (ifMatch, etag) => {
    expect(compared(put({ a: 2 }, { ifMatch }), theirs(etag))).toMatchObject({ because: 'etag-format-changed' });
    const headers = { 'if-match': ifMatch };
    expect(compared(put({ a: 2 }, { headers }), theirs(etag))).toMatchObject({ because: 'etag-format-changed' });
  });

  it('may be strong where the caller had a weak one, as from a proxy that compresses', () => {
    const operation = put({ b: 2 }, { ifMatch: 'W/"v1"' });
    expect(compared(operation, theirs('"v2"'))).toMatchObject({ kind: 'resubmit', operation: { ifMatch: '"v2"' } });
  });

  it('was refused although it is the current one', () => {
    const same = { kind: 'undecided', because: 'same-version' };
    expect(compared(put({ b: 2 }), theirs('"v2"'), MERGE, ['"v1"', '"v2"'])).toMatchObject(same);
    expect(compared(put({ b: 2 }, { ifMatch: '"v2"' }), theirs('"v2"'))).toMatchObject(same);
  });

  it.each(['"v2"', 'W/"v2"', 'v2'])('goes back as it came: %s', (etag) => {
    const headers = { 'if-match': '*', 'if-none-match': 'x', 'if-unmodified-since': 'then', 'x-a': 'b' };
    const operation = put({ b: 2 }, { headers, query: { q: '1' }, resourceId: 'r' });
    expect(compared(operation, theirs(etag))).toEqual({
      kind: 'resubmit',
      operation: { ...operation, headers: { 'x-a': 'b' }, ifMatch: etag, body: json({ a: 1, b: 2 }) },
      winner: 'merged',
      fields: ['/b'],
    });
  });
});

describe.each([ASK, FUNCTION])('the strategy $strategy', (settings) => {
  it('always asks, with both states and their difference', () => {
    const operation = put({ a: 2, pin: 1, note: 'x' }, { base: json({ a: 0 }) });
    const sensitive = { ...settings, sensitive: ['/note'] };
    expect(compared(operation, current({ a: 1, pin: 2 }), sensitive)).toEqual({
      kind: 'undecided',
      because: 'asked-for',
      shown: {
        ours: { a: 2, pin: '***', note: '***' },
        theirs: { a: 1, pin: '***' },
        difference: [
          { path: '/a', base: 0, ours: 2, theirs: 1 },
          { path: '/pin', ours: '***', theirs: '***' },
          { path: '/note', ours: '***' },
        ],
      },
      fields: ['/a', '/note', '/pin'],
    });
  });

  it('shows of a deletion what would be deleted', () => {
    const { shown } = { shown: undefined, ...compared(remove(), current({ a: 1 }), settings) };
    expect(shown).toEqual({ theirs: { a: 1 }, difference: [] });
  });

  it('shows of a text its type and size only', () => {
    expect(compared(put({ a: 2 }), TEXT, settings)).toMatchObject({
      shown: { ours: { a: 2 }, theirs: { mediaType: 'text/plain', bytes: 5 }, difference: [] },
    });
  });
});

describe('the digest of a state', () => {
  it.each<[CurrentState, CurrentState, same: boolean]>([
    [current({ a: 1, b: 2 }), current({ b: 2, a: 1.0 }), true],
    [current({ a: 1 }), current({ a: 1 }, { etag: '"v3"' }), true],
    [current({ a: 1 }), current({ a: 2 }), false],
    [TEXT, { ...TEXT, etag: '"v3"' }, true],
    [UNREADABLE, UNREADABLE, true],
    [UNREADABLE, { ...UNREADABLE, etag: '"v3"' }, false],
  ])('of %j and %j is the same: %s', (one, other, same) => {
    expect(stateDigest(one)).toMatch(/^[\da-f]{64}$/);
    expect(stateDigest(one) === stateDigest(other)).toBe(same);
  });

  it('says that it is gone', () => {
    expect(stateDigest(GONE)).toBe('gone');
  });
});
