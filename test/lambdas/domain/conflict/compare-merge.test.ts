import { describe, expect, it } from 'vitest';
import type { HttpOperation } from '../../../../lambdas/contract/failure.ts';
import type { JsonText } from '../../../../lambdas/contract/json-text.ts';
import type { ConflictSettings } from '../../../../lambdas/contract/settings.ts';
import type { Comparison, CurrentState } from '../../../../lambdas/domain/conflict/compare.ts';
import { json } from '../../../support/json.ts';
import { add, compared, current, FRESH, patch, put, remove, TEXT, UNREADABLE } from './conflict-samples.ts';

/** The body of a resubmission, parsed. */
function sentBy(comparison: Comparison): unknown {
  return comparison.kind === 'resubmit' ? JSON.parse(comparison.operation.body ?? '') : undefined;
}

describe('a merge', () => {
  it('keeps all digits of both sides, and of identifiers that no double has', () => {
    const text = (fields: string) => `[{"id":12345678901234567890,${fields}},{"id":12345678901234567891,"n":1e-400}]`;
    const theirs = current(0, {
      body: { contentType: 'application/json', text: text('"a":1.000000000000000001,"b":1') },
    });
    const operation = {
      method: 'PUT',
      path: '/a',
      body: text('"a":0,"b":2.00') as JsonText,
      base: text('"a":0,"b":1') as JsonText,
    } as const;
    const comparison = compared(operation, theirs, { strategy: 'merge', arrayKeys: { '': 'id' }, sensitive: [] });
    expect(comparison).toMatchObject({ kind: 'resubmit', operation: { body: text('"a":1.000000000000000001,"b":2') } });
  });

  const theirs = current({
    a: 1,
    b: 2,
    lines: [
      { id: 1, n: 1 },
      { id: 2, n: 5 },
    ],
  });
  const BASE = {
    a: 1,
    b: 1,
    lines: [
      { id: 1, n: 1 },
      { id: 2, n: 1 },
    ],
  };
  const base = json(BASE);
  const merged = {
    a: 9,
    b: 2,
    lines: [
      { id: 1, n: 9 },
      { id: 2, n: 5 },
    ],
  };

  it.each<[string, HttpOperation, body: unknown]>([
    [
      'PUT',
      put(
        {
          ...BASE,
          a: 9,
          lines: [
            { id: 1, n: 9 },
            { id: 2, n: 1 },
          ],
        },
        { base },
      ),
      merged,
    ],
    [
      'a merge patch',
      patch(
        {
          a: 9,
          lines: [
            { id: 1, n: 9 },
            { id: 2, n: 1 },
          ],
        },
        'merge-patch',
        { base },
      ),
      { a: 9, lines: merged.lines },
    ],
    [
      'a JSON Patch',
      patch(
        [
          { op: 'replace', path: '/a', value: 9 },
          { op: 'replace', path: '/lines/0/n', value: 9 },
        ],
        'json-patch',
        { base },
      ),
      [
        { op: 'replace', path: '/a', value: 9 },
        { op: 'replace', path: '/lines', value: merged.lines },
      ],
    ],
  ])('of %s with a base is a resubmission of the same kind', (_, operation, body) => {
    expect(compared(operation, theirs)).toEqual({
      kind: 'resubmit',
      operation: { ...operation, ifMatch: FRESH, body: json(body) },
      winner: 'merged',
      fields: ['/a', '/lines/0/n'],
    });
  });

  it.each<[string, HttpOperation, body: unknown]>([
    [
      'PUT',
      put({ a: 1, c: 3 }),
      {
        a: 1,
        b: 2,
        c: 3,
        lines: [
          { id: 1, n: 1 },
          { id: 2, n: 5 },
        ],
      },
    ],
    ['PATCH', { method: 'PATCH', path: '/a', body: json({ c: 3, b: 2 }) }, { c: 3 }],
    ['a JSON Patch', add('/c', 3), [{ op: 'add', path: '/c', value: 3 }]],
  ])('of %s without a base takes what does not overlap', (_, operation, body) => {
    const comparison = compared(operation, theirs);
    expect(comparison).toMatchObject({
      kind: 'resubmit',
      operation: { ifMatch: FRESH },
      fields: ['/c'],
    });
    expect(sentBy(comparison)).toEqual(body);
  });

  it.each<[string, HttpOperation, body: unknown]>([
    ['PUT', put([{ id: 1, n: 9 }]), [{ id: 1, n: 9 }, { id: 2 }]],
    ['a merge patch', patch([{ id: 1, n: 9 }], 'merge-patch'), [{ id: 1, n: 9 }, { id: 2 }]],
    ['a JSON Patch', add('/0/n', 9), [{ op: 'replace', path: '', value: [{ id: 1, n: 9 }, { id: 2 }] }]],
  ])('of %s is made of a state that is an array itself', (_, operation, body) => {
    const byId: ConflictSettings = { strategy: 'merge', arrayKeys: { '': 'id' }, sensitive: [] };
    const comparison = compared(operation, current([{ id: 1 }, { id: 2 }]), byId);
    expect(comparison).toMatchObject({
      kind: 'resubmit',
      operation: { ifMatch: FRESH, body: json(body) },
      winner: 'merged',
    });
  });

  it('of what is a part of theirs already needs nothing more', () => {
    const applied = { kind: 'settled', how: 'already-applied', winner: 'merged' };
    expect(compared(put({ a: 1, b: 2 }), theirs)).toMatchObject(applied);
    expect(compared(put({ ...BASE, b: 2 }, { base }), theirs)).toMatchObject(applied);
  });

  it('of a deletion asks, unless what is to be deleted is what it was', () => {
    const both = { kind: 'undecided', because: 'both-changed' };
    expect(compared(remove(), theirs)).toMatchObject(both);
    expect(compared(remove({ base }), theirs)).toMatchObject(both);
    expect(compared(remove({ base }), current(BASE))).toEqual({
      kind: 'resubmit',
      operation: remove({ base, ifMatch: FRESH }),
      winner: 'ours',
      fields: [],
    });
  });

  it.each<[string, HttpOperation]>([
    ['PUT', put({ a: 1, b: 9 })],
    ['PUT with a base', put({ ...BASE, b: 9 }, { base })],
    ['a merge patch', patch({ b: 9 }, 'merge-patch')],
    ['a merge patch with a base', patch({ b: 9 }, 'merge-patch', { base })],
    ['a JSON Patch', patch([{ op: 'replace', path: '/b', value: 9 }], 'json-patch')],
    ['a JSON Patch with a base', patch([{ op: 'remove', path: '/b' }], 'json-patch', { base })],
    ['a JSON Patch that theirs does not have a place for', add('/x/y', 1)],
    ['a JSON Patch that does not fit its base', patch([{ op: 'remove', path: '/x' }], 'json-patch', { base })],
    [
      'a JSON Patch whose test fails for theirs',
      patch(
        [
          { op: 'test', path: '/b', value: 1 },
          { op: 'add', path: '/c', value: 1 },
        ],
        'json-patch',
        { base },
      ),
    ],
  ])('asks where both have changed the same: %s', (_, operation) => {
    expect(compared(operation, theirs)).toMatchObject({ kind: 'undecided', because: 'both-changed' });
  });

  it('asks if a JSON Patch does not fit its own base, although nobody has changed that', () => {
    const operation = patch([{ op: 'remove', path: '/x' }], 'json-patch', { base });
    expect(compared(operation, current(base))).toMatchObject({ kind: 'undecided', because: 'both-changed' });
  });

  it.each<[string, HttpOperation, CurrentState]>([
    ['theirs is no JSON', put({ a: 2 }), TEXT],
    ['theirs could not be read', put({ a: 2 }), UNREADABLE],
    [
      'theirs names a member twice',
      put({ a: 2 }),
      current(0, { body: { contentType: 'application/json', text: '{"b":1,"b":2}' } }),
    ],
    ['theirs is only a part', put({ a: 2 }), current({}, { statusCode: 206 })],
    ['ours is no JSON', put('{"a":2}'), theirs],
    ['ours is no patch', patch({ op: 'add' }, 'json-patch'), theirs],
    [
      'ours is in an unknown language',
      patch({ a: 1 }, 'merge-patch', { headers: { 'content-type': 'application/x+json' } }),
      theirs,
    ],
  ])('asks where %s', (_, operation, state) => {
    expect(compared(operation, state)).toMatchObject({ kind: 'undecided', because: 'not-comparable' });
  });

  it('drops what speaks of the body that it was', () => {
    const headers = { 'content-md5': 'x', 'repr-digest': 'y', 'content-type': 'application/vnd.order+json' };
    const comparison = compared(put({ c: 1 }, { headers }), theirs);
    expect(comparison).toMatchObject({ operation: { headers: { 'content-type': 'application/vnd.order+json' } } });
    expect(JSON.stringify(comparison)).not.toMatch(/md5|digest/);
  });
});
