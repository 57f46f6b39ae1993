import { describe, expect, it } from 'vitest';
import { BusyError } from '../../../../lambdas/contract/errors.ts';
import type { LedgerEntry } from '../../../../lambdas/contract/ledger-entry.ts';
import type { CallResult } from '../../../../lambdas/domain/boundary/call-result.ts';
import { json } from '../../../support/json.ts';
import { NOW } from '../../../support/samples.ts';
import { BASE, failed, found, OURS, round } from './round-scene.ts';

describe('the time of a write', () => {
  it.each([
    // With its own time it would have won.
    ['that it was reported at, where its own lies ahead', 3_600_000, 'Sun, 01 Mar 2026 12:00:02 GMT', 'undecided', []],
    ['its own', -1_000, 'Sun, 01 Mar 2026 11:59:57 GMT', 'ok', [{ a: 2, b: 1 }]],
  ])('is %s', async (_, aheadMs, lastModified, end, made) => {
    const state = found({ a: 3 });
    const read =
      state.kind === 'ok' ? { ...state, headers: { ...state.headers, 'last-modified': lastModified } } : state;
    const settings = { conflict: { strategy: 'last-writer-wins', sensitive: [] } } as const;
    const entry = { occurredAt: new Date(NOW + aheadMs).toISOString() };
    const { ended, writes } = await round({ settings, entry, read });
    expect(ended.kind).toBe(end);
    expect(writes.map(({ body }) => JSON.parse(body ?? ''))).toEqual(made);
  });
});

describe('the read of a round', () => {
  it('asks for the same resource, past all caches, without body, conditions and key', async () => {
    const { reads } = await round({ settings: { idempotencyKeys: true } });
    expect(reads).toHaveLength(1);
    const [get, settings] = reads[0] ?? [];
    const { path, query } = OURS;
    expect(get).toEqual({
      method: 'GET',
      path,
      query,
      headers: { 'accept-language': 'de', 'cache-control': 'no-cache' },
    });
    expect(settings).toMatchObject({ idempotencyKeys: false });
  });

  it.each([
    ['fails', failed(503)],
    ['is refused', failed(403)],
    ['has no answer', { kind: 'failed', error: { name: 'TimeoutError' } } as const],
  ])('ends the round where it %s, and nothing was sent', async (_, read) => {
    const { ended, writes } = await round({ read });
    expect(ended).toEqual(read);
    expect('sent' in ended).toBe(false);
    expect(writes).toEqual([]);
  });

  it.each([404, 410])('finds that it is gone by %i', async (statusCode) => {
    const { ended } = await round({ read: failed(statusCode) });
    expect(ended).toMatchObject({ kind: 'undecided', because: 'deleted-meanwhile', state: 'gone' });
    expect('version' in ended).toBe(false);
  });
});

describe('the question of a round', () => {
  it('masks what an edit copied from a masked field', async () => {
    const edits = ['{"kind":"json-patch","value":[],"masked":["/body/a","/base/b"]}'];
    const settings = { conflict: { strategy: 'ask', sensitive: [] } } as const;
    const { ended } = await round({ settings, entry: { edits }, read: found({ a: 3, b: 3, c: 4 }) });
    expect(ended).toMatchObject({ shown: { theirs: { a: '***', b: '***', c: 4 } } });
  });
});

describe('the resubmission of a round', () => {
  it('carries the fresh version, and no other condition', async () => {
    const { ended, writes } = await round({ read: found({ a: 1, b: 2 }) });
    expect(writes).toMatchObject([{ method: 'PUT', path: '/orders/1', ifMatch: '"v2"', body: json({ a: 2, b: 2 }) }]);
    expect(Object.keys(writes[0]?.headers ?? {})).not.toContain('if-unmodified-since');
    expect(ended).toEqual({
      kind: 'ok',
      statusCode: 200,
      resolution: { how: 'resubmitted', winner: 'merged', fields: ['/a'], version: '"v2"' },
    });
  });

  it('is not sent where the version has been refused before', async () => {
    const entry = { conflict: { rounds: 1, refused: ['"v1"', '"v2"'] } };
    const { ended, writes } = await round({ entry });
    expect(ended).toMatchObject({ kind: 'undecided', because: 'same-version', version: '"v2"' });
    expect(writes).toEqual([]);
  });

  it('has a key of its own for each content where the dependency honours keys', async () => {
    const settings = { idempotencyKeys: true };
    const keyOf = async (read: CallResult, entry: Partial<LedgerEntry> = {}) => {
      const { writes } = await round({ settings, read, entry });
      return writes[0]?.headers?.['idempotency-key'];
    };
    const key = await keyOf(found(BASE));
    expect(key).toMatch(/^order-1\.[0-9a-f]{16}$/);
    expect(await keyOf(found(BASE))).toBe(key);
    const others = [
      await keyOf(found(BASE, '"v3"')),
      await keyOf(found({ a: 1, b: 2 })),
      await keyOf(found(BASE), { id: 'order-2' }),
    ];
    expect(new Set([key, 'the-callers-own', ...others]).size).toBe(5);
  });

  it('leaves the key of the caller alone where the dependency honours none', async () => {
    const { writes } = await round();
    expect(writes[0]?.headers?.['idempotency-key']).toBe('the-callers-own');
  });

  it.each([
    ['refused', failed(412)],
    ['throttled', failed(429)],
    ['lost', { kind: 'failed', error: { name: 'TimeoutError' } } as const],
  ])('says which version was sent where it was %s', async (_, write) => {
    const { ended } = await round({ write });
    expect(ended).toEqual({ ...write, sent: '"v2"', fields: ['/a'] });
  });

  it.each([404, 410])('finds by %i that it was deleted between the two calls', async (statusCode) => {
    const { ended } = await round({ write: failed(statusCode) });
    expect(ended).toMatchObject({ kind: 'undecided', because: 'deleted-meanwhile', state: 'gone' });
    const { body: _, ...operation } = { ...OURS, method: 'DELETE' as const };
    const deletion = await round({ operation, write: failed(statusCode) });
    expect(deletion.writes).toMatchObject([{ method: 'DELETE', ifMatch: '"v2"' }]);
    expect(deletion.ended).toMatchObject({ kind: 'ok', resolution: { how: 'already-deleted', winner: 'ours' } });
  });
});

describe('a state', () => {
  it('that is the one to be needs no write', async () => {
    const { ended, writes } = await round({ read: found({ b: 1, a: 2 }) });
    expect(ended).toMatchObject({ resolution: { how: 'already-applied', winner: 'ours', version: '"v2"' } });
    expect(writes).toEqual([]);
  });

  it('that no version protects is left alone', async () => {
    const { ended, writes } = await round({ read: { ...found({ a: 1, b: 2 }), headers: {} } as CallResult });
    expect(ended).toEqual({ kind: 'unresolvable', because: 'etag-missing' });
    expect(writes).toEqual([]);
  });

  it("that differs on both sides is shown, and doesn't cause a write", async () => {
    const { ended, writes } = await round({ read: found({ a: 3, b: 1 }) });
    expect(ended).toMatchObject({
      kind: 'undecided',
      because: 'both-changed',
      fields: ['/a'],
      version: '"v2"',
      shown: { difference: [{ path: '/a', base: 1, ours: 2, theirs: 3 }] },
    });
    expect(writes).toEqual([]);
  });
});

describe('a round whose lease is over', () => {
  it.each([
    [0, 'read'],
    [1, 'question to the resolver function'],
    [2, 'write'],
  ])('ends before its next request leaves: %i have left, not the %s', async (allowed) => {
    let asked = 0;
    const depart = () => {
      asked += 1;
      if (asked > allowed) throw new BusyError('the lease is about to expire');
    };
    const settings = { conflict: { strategy: 'function', sensitive: [] } } as const;
    const advice = async () => ({ resolution: 'ours' }) as const;
    await expect(round({ settings, read: found({ a: 3 }), advice, depart })).rejects.toThrow(BusyError);
    expect(asked).toBe(allowed + 1);
  });
});
