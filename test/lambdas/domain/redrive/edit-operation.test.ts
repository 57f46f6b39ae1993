import { describe, expect, it } from 'vitest';
import type { HttpOperation } from '../../../../lambdas/contract/failure.ts';
import type { JsonText } from '../../../../lambdas/contract/json-text.ts';
import type { LedgerEntry } from '../../../../lambdas/contract/ledger-entry.ts';
import { EditError } from '../../../../lambdas/domain/redrive/edit-error.ts';
import { editOperation, MAX_EDITS, type Patch } from '../../../../lambdas/domain/redrive/edit-operation.ts';
import { json } from '../../../support/json.ts';
import { sampleEntry, sampleFailure, sampleUndo } from '../../../support/samples.ts';

const REFUSED = { kind: 'permanent', category: 'data-integrity', effect: 'none', rule: 'http-422' } as const;
const charge: HttpOperation = {
  method: 'POST',
  path: '/charges',
  headers: { 'content-type': 'application/json' },
  body: json({ amount: 42, email: 'ada@example.com', card: { holder: 'Ada' } }),
};

function dead(change: Partial<LedgerEntry> = {}, operation: HttpOperation = charge): LedgerEntry {
  const over = { state: 'settled', outcome: 'dead-lettered', reason: 'permanent', verdict: REFUSED } as const;
  return sampleEntry({ ...over, failure: sampleFailure({ operation }), ...change });
}

const merge = (value: Patch['value']): Patch => ({ kind: 'merge-patch', value });
const replace = (path: string, value: Patch['value']): Patch => ({
  kind: 'json-patch',
  value: [{ op: 'replace', path, value }],
});
const amount = replace('/body/amount', 4_200);

describe('editOperation', () => {
  it.each([
    ['a JSON Patch', amount],
    ['a JSON Merge Patch', merge({ body: { amount: 4_200 } })],
  ])('changes the operation by %s, and tells the field', (_, patch) => {
    const edit = editOperation(dead(), patch);
    expect(edit.failure.operation).toEqual({
      ...charge,
      body: json({ amount: 4_200, email: 'ada@example.com', card: { holder: 'Ada' } }),
    });
    expect(edit).toMatchObject({ number: 1, fields: ['/body/amount'] });
    expect(edit.difference).toEqual([{ path: '/body/amount', theirs: 42, ours: 4_200 }]);
  });

  it('keeps the text of a body that it does not change, and the digits of one that it does', () => {
    const body = '{"amount": 1.000000000000000001, "id":12345678901234567890}' as JsonText;
    const put: HttpOperation = { method: 'PUT', path: '/orders/1', body };
    expect(editOperation(dead({}, put), merge({ path: '/orders/2' })).failure.operation.body).toBe(body);
    const edit = editOperation(dead({}, put), merge({ body: { note: 'x' } }));
    expect(edit.failure.operation.body).toBe('{"amount":1.000000000000000001,"id":12345678901234567890,"note":"x"}');
    expect(edit.fields).toEqual(['/body/note']);
  });

  it("keeps a body that can't be parsed without loss, unless the edit replaces it", () => {
    const body = '{"a":1,"a":2}' as JsonText;
    const put: HttpOperation = { method: 'PUT', path: '/orders/1', body };
    expect(editOperation(dead({}, put), merge({ path: '/orders/2' })).failure.operation.body).toBe(body);
    const whole: Patch = { kind: 'json-patch', value: [{ op: 'add', path: '/body', value: { a: 3 } }] };
    expect(editOperation(dead({}, put), whole).failure.operation.body).toBe('{"a":3}');
    expect(() => editOperation(dead({}, put), replace('/body/a', 3))).toThrow('something that does not exist');
    expect(() => editOperation(dead({}, put), merge({ body: { a: 3 } }))).toThrow('replace it as a whole');
  });

  it('replaces a claimed body by one of its own, and keeps it otherwise', () => {
    const key = 'bodies/shop/-/0123456789abcdef';
    const claimed: HttpOperation = {
      ...charge,
      body: undefined,
      bodyClaim: { key, sha256: '0a'.repeat(32), bytes: 70_000 },
    };
    const edit = (value: Patch['value']) => {
      const entry = dead({}, claimed);
      const failure = entry.failure && { ...entry.failure, version: 2 as const, dependency: 'shop' };
      return editOperation({ ...entry, failure }, merge(value)).failure.operation;
    };
    expect(edit({ path: '/charges/2' })).toMatchObject({ bodyClaim: claimed.bodyClaim });
    const { bodyClaim, body } = edit({ bodyClaim: null, body: { amount: 1 } });
    expect({ bodyClaim, body }).toEqual({ bodyClaim: undefined, body: json({ amount: 1 }) });
    expect(() => edit({ body: { amount: 1 } })).toThrow('remove bodyClaim, and add body');
    expect(() => editOperation(dead({}, claimed), replace('/body/amount', 1))).toThrow(
      'remove bodyClaim, and add body',
    );
    expect(() => edit({ bodyClaim: { key: key.replace('shop', 'other') } })).toThrow('of its dependency and tenant');
  });

  it('holds an operation to what the kind of its dependency takes', () => {
    const invoke = { method: 'POST', path: '/', body: json({ amount: 42 }) } as const;
    expect(() => editOperation(dead({}, invoke), merge({ path: '/other' }), { kind: 'lambda' })).toThrow(
      'must be / for a function',
    );
  });

  it('holds an operation to what the config accepts', () => {
    const accepted = { accepts: { methods: ['POST'], paths: ['/charges'] }, allowHeaders: ['x-tenant'] } as const;
    const edit = (patch: Patch) => editOperation(dead(), patch, { accepted }).failure.operation;
    expect(edit(merge({ path: '/charges/1', headers: { 'x-tenant': 'eu' } })).path).toBe('/charges/1');
    expect(() => edit(replace('/path', '/admin'))).toThrow('operation.path must be one that its dependency accepts');
    expect(() => edit(replace('/method', 'PUT'))).toThrow('operation.method must be one that its dependency accepts');
    expect(() => edit(merge({ headers: { 'x-other': '1' } }))).toThrow('see allowHeaders');
  });

  it('masks what nobody may see, unless every value is asked for', () => {
    const patch = merge({ body: { email: 'bob@example.com', card: { holder: 'Bob' } } });
    const told = JSON.stringify(editOperation(dead(), patch, { sensitive: ['/card/holder'] }).difference);
    expect(told).not.toMatch(/Ada|ada|Bob|bob/);
    expect(JSON.stringify(editOperation(dead(), patch, { isRevealed: true }).difference)).toContain('bob@example.com');
  });

  it('gives the changed operation a key of its own where the caller had used one', () => {
    const keyed = { ...charge, headers: { 'idempotency-key': 'order-1' } };
    const { failure } = editOperation(dead({ edited: 2 }, keyed), amount);
    expect(failure.operation.headers).toEqual({ 'idempotency-key': 'order-1#edit#3' });
    const own = merge({ headers: { 'idempotency-key': 'mine' } });
    expect(editOperation(dead({}, keyed), own).failure.operation.headers).toEqual({ 'idempotency-key': 'mine' });
  });

  it.each([
    ['"8e03"', '"8e03#edit#1"'],
    ['"a\\"b"; v=1', '"a\\"b#edit#1"; v=1'],
    ['"', '"#edit#1'],
    ['"a"b"', '"a"b"#edit#1'],
    ['a"b"', 'a"b"#edit#1'],
  ])('keeps the form of the key %s', (key, edited) => {
    const keyed = { ...charge, headers: { 'idempotency-key': key } };
    expect(editOperation(dead({}, keyed), amount).failure.operation.headers).toEqual({ 'idempotency-key': edited });
  });

  it.each<readonly [string, Patch, string]>([
    ['leads out of the dependency', replace('/path', '/../admin'), 'operation.path must not contain a segment of dots'],
    ['brings a header that it may not', merge({ headers: { host: 'evil' } }), 'operation.headers must not set host'],
    ['has no method', merge({ method: null }), 'operation.method'],
    [
      'tests what is not so',
      { kind: 'json-patch', value: [{ op: 'test', path: '/method', value: 'PUT' }] },
      'a test in the patch fails',
    ],
    ['names what is not there', replace('/body/nothing', 1), 'does not exist'],
    ['is no JSON Patch', { kind: 'json-patch', value: { op: 'add' } }, 'must be a JSON Patch'],
    ['changes nothing', replace('/body/amount', 42), 'changes nothing'],
    ['holds what was masked', merge({ body: { amount: 4_200, email: '***' } }), 'must not contain ***'],
    ['is too large', merge({ body: { text: 'x'.repeat(9_000) } }), 'at most 8192 bytes'],
  ])('refuses a patch that %s', (_, patch, because) => {
    expect(() => editOperation(dead(), patch)).toThrow(EditError);
    expect(() => editOperation(dead(), patch)).toThrow(because);
  });

  it.each<readonly [string, Partial<LedgerEntry>, string]>([
    ['is open', { state: 'open' }, 'not a dead letter: it is still in progress'],
    ['is over', { outcome: 'recovered' }, 'not a dead letter: recovered'],
    ['has steps that are being undone', { undo: sampleUndo() }, 'never sent again'],
    ['has a call whose end nobody has heard of', { inFlight: { token: 't', until: '' } }, 'may have taken effect'],
    ['has an unknown result', { uncertain: 'attempt' }, 'may have taken effect'],
    ['was sent to a backup', { backupCalled: 'other' }, 'may have taken effect'],
    ['was changed too often', { edited: MAX_EDITS }, 'which is the maximum'],
    ['was changed by too much', { edited: 4, edits: Array(4).fill('x'.repeat(8_190)) }, 'at most 32768 bytes'],
    ['has an outcome that is not told yet', { outbox: { eventId: 'e', detailType: 't', detail: '{}' } }, 'in a moment'],
  ])('refuses a failure that %s', (_, change, because) => {
    expect(() => editOperation(dead(change), amount)).toThrow(because);
  });

  it('refuses another execution after a first one has started, because Backstop would wait for that', () => {
    const path = (name: string) => `/executions/${name}/redrive`;
    const entry = dead({ awaited: { execution: 'file-7', redrives: 1 } }, { method: 'POST', path: path('file-7') });
    const other = merge({ path: path('file-8') });
    expect(() => editOperation(entry, other, { kind: 'state-machine' })).toThrow('may have taken effect');
    const { awaited: _, ...untouched } = entry;
    expect(editOperation(untouched, other, { kind: 'state-machine' }).fields).toEqual(['/path']);
  });

  describe('where an earlier call may have taken effect', () => {
    const put: HttpOperation = { method: 'PUT', path: '/orders/1', body: json({ total: 5 }) };
    const maybe = { possibleEffect: true } as const;

    it('lets a write be changed that replaces what the last one has left', () => {
      expect(editOperation(dead(maybe, put), replace('/body/total', 6)).fields).toEqual(['/body/total']);
    });

    it.each<readonly [string, HttpOperation, Patch]>([
      ['another resource', put, replace('/path', '/orders/2')],
      ['another method', put, merge({ method: 'DELETE', body: null })],
      ['a second charge', charge, amount],
    ])('refuses what would add to it: %s', (_, operation, patch) => {
      expect(() => editOperation(dead(maybe, operation), patch)).toThrow('find out first');
    });
  });
});
