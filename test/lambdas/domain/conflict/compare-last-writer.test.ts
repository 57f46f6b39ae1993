import { describe, expect, it } from 'vitest';
import type { HttpOperation } from '../../../../lambdas/contract/failure.ts';
import type { CurrentState } from '../../../../lambdas/domain/conflict/compare.ts';
import {
  BY_DATE,
  BY_FIELD,
  compared,
  current,
  FRESH,
  patch,
  put,
  remove,
  TEXT,
  UNREADABLE,
} from './conflict-samples.ts';

describe('the last writer, by Last-Modified', () => {
  const at = (lastModified?: string) => ({ ...TEXT, lastModified });

  it.each([put('x'), put({ a: 1 }), remove(), patch({ a: 1 }, 'merge-patch')])(
    '$method wins, as it is',
    (operation) => {
      expect(compared(operation, at('Sun, 01 Mar 2026 11:59:59 GMT'), BY_DATE)).toEqual({
        kind: 'resubmit',
        operation: { ...operation, ifMatch: FRESH },
        winner: 'ours',
        fields: [],
      });
    },
  );

  it.each([
    ['same-time', 'Sun, 01 Mar 2026 12:00:00 GMT'],
    // It arrived later but may be older.
    ['no-timestamps', 'Sun, 01 Mar 2026 12:00:01 GMT'],
    ['no-timestamps', undefined],
    ['no-timestamps', 'yesterday'],
  ])('is a question: %s', (because, lastModified) => {
    expect(compared(put({ a: 1 }), at(lastModified), BY_DATE)).toMatchObject({ kind: 'undecided', because });
  });
});

describe('the last writer, by a field', () => {
  const theirs = current({ a: 1, changed: '2026-03-01T12:00:00Z' });
  const stamped = (changed: unknown) => put({ a: 2, changed });

  it.each<[HttpOperation, string[]]>([
    [stamped('2026-03-01T12:00:00.001Z'), ['/a', '/changed']],
    [stamped(1772366401), ['/a', '/changed']],
    [patch({ changed: 1772366400001 }, 'merge-patch'), ['/changed']],
    [patch([{ op: 'add', path: '/changed', value: '2026-03-01T14:00:01+02:00' }], 'json-patch'), ['/changed']],
    [remove(), []],
  ])('wins, as it is: %j', (operation, fields) => {
    expect(compared(operation, theirs, BY_FIELD)).toEqual({
      kind: 'resubmit',
      operation: { ...operation, ifMatch: FRESH },
      winner: 'ours',
      fields,
    });
  });

  it.each([stamped('2026-03-01T11:59:59.999Z'), patch({ changed: 1772366399 }, 'merge-patch')])(
    'loses: %j',
    (operation) => {
      expect(compared(operation, theirs, BY_FIELD)).toMatchObject({
        kind: 'settled',
        how: 'theirs-newer',
        winner: 'theirs',
      });
    },
  );

  it.each<[because: string, HttpOperation, CurrentState]>([
    ['same-time', stamped('2026-03-01T13:00:00+01:00'), theirs],
    ['same-time', patch({ a: 2 }, 'merge-patch'), theirs],
    ['no-timestamps', put({ a: 2 }), theirs],
    ['no-timestamps', stamped('soon'), theirs],
    ['no-timestamps', stamped(1772366401), current({ a: 1 })],
    ['no-timestamps', remove(), current({ a: 1 })],
    ['not-comparable', put('text', { headers: { 'content-type': 'text/plain' } }), theirs],
    ['not-comparable', stamped(1772366401), TEXT],
    ['not-comparable', remove(), UNREADABLE],
    ['not-comparable', patch([{ op: 'remove', path: '/none' }], 'json-patch'), theirs],
  ])('is a question: %s for %j', (because, operation, state) => {
    expect(compared(operation, state, BY_FIELD)).toMatchObject({ kind: 'undecided', because });
  });
});
