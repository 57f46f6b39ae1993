import { describe, expect, it } from 'vitest';
import type { Answer, Question } from '../../../../lambdas/contract/conflict-record.ts';
import type { HttpOperation } from '../../../../lambdas/contract/failure.ts';
import type { LedgerEntry } from '../../../../lambdas/contract/ledger-entry.ts';
import type { ConflictSettings, DependencySettings, HttpSettings } from '../../../../lambdas/contract/settings.ts';
import type { CallResult } from '../../../../lambdas/domain/boundary/call-result.ts';
import { stateDigest } from '../../../../lambdas/domain/conflict/compare.ts';
import type { Advice } from '../../../../lambdas/use-cases/conflict/advice.ts';
import { resolveRound } from '../../../../lambdas/use-cases/conflict/resolve-round.ts';
import { json } from '../../../support/json.ts';
import { NOW, sampleEntry, sampleFailure, sampleSettings } from '../../../support/samples.ts';

const MERGE: ConflictSettings = { strategy: 'merge', arrayKeys: {}, sensitive: [] };
const ASK: ConflictSettings = { strategy: 'ask', sensitive: [] };
const FUNCTION: ConflictSettings = { strategy: 'function', sensitive: [] };
const BASE = { a: 1, b: 1 };
const OURS: HttpOperation = {
  method: 'PUT',
  path: '/orders/1',
  query: { tenant: 'x' },
  headers: {
    'accept-language': 'de',
    'content-type': 'application/json',
    'if-unmodified-since': 'Sun, 01 Mar 2026 00:00:00 GMT',
    'idempotency-key': 'the-callers-own',
  },
  body: json({ a: 2, b: 1 }),
  base: json(BASE),
  ifMatch: '"v1"',
};
const MADE: CallResult = { kind: 'ok', statusCode: 200 };
const failed = (statusCode: number): CallResult => ({ kind: 'failed', error: { statusCode } });

function found(state: unknown, etag: string | undefined = '"v2"'): CallResult {
  const body = { contentType: 'application/json', text: JSON.stringify(state) };
  return { kind: 'ok', statusCode: 200, body, headers: etag === undefined ? {} : { etag } };
}

interface Scene {
  readonly operation?: HttpOperation;
  readonly settings?: Partial<HttpSettings>;
  readonly entry?: Partial<LedgerEntry>;
  readonly read?: CallResult;
  readonly write?: CallResult;
  readonly advice?: () => Promise<Advice>;
}

/** Runs one round and records its calls. */
async function round({ operation = OURS, settings, entry, read = found(BASE), write = MADE, advice }: Scene = {}) {
  const reads: [HttpOperation, DependencySettings][] = [];
  const writes: HttpOperation[] = [];
  const failure = sampleFailure({ operation });
  const begun = sampleEntry({ failure, conflict: { rounds: 0, refused: ['"v1"'] }, ...entry });
  const ended = await resolveRound(begun, operation, sampleSettings({ conflict: MERGE, ...settings }), {
    read: async (...about) => {
      reads.push([about[0], about[1]]);
      return read;
    },
    call: async (made) => {
      writes.push(made);
      return write;
    },
    askResolver: advice ?? (() => Promise.reject(new Error('nobody was to be asked'))),
    log: () => undefined,
  });
  return { ended, reads, writes };
}

function decided(choice: Answer['choice'], about: CallResult, body?: string): { readonly question: Question } {
  const at = new Date(NOW).toISOString();
  const state = about.kind === 'ok' ? stateDigest(about) : 'gone';
  const answer = { choice, by: 'ops', why: 'so', at, ...(body !== undefined && { body }) };
  const version = about.kind === 'ok' ? about.headers?.etag : undefined;
  const seen = { state, shown: '{}', ...(version !== undefined && { version }) };
  return { question: { id: '1.1', because: 'asked-for', askedAt: at, until: at, ...seen, answer } };
}

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

  it('on which both differ is shown, and is no reason to write', async () => {
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

describe('a decision', () => {
  const theirs = found({ a: 3, b: 1 });

  it('for ours makes the write upon the state that was looked at', async () => {
    const { ended, writes } = await round({
      read: theirs,
      entry: decided('ours', theirs),
      settings: { conflict: ASK },
    });
    expect(writes).toMatchObject([{ ifMatch: '"v2"', body: OURS.body }]);
    expect(ended).toMatchObject({ kind: 'ok', resolution: { how: 'resubmitted', winner: 'ours' } });
  });

  it('for theirs makes no call at all', async () => {
    const conflict = { rounds: 0, refused: ['"v1"'], fields: ['/a'] };
    const { ended, reads, writes } = await round({ entry: { ...decided('theirs', theirs), conflict } });
    expect([...reads, ...writes]).toEqual([]);
    const resolution = { how: 'decided', winner: 'theirs', fields: ['/a'], version: '"v2"' };
    expect(ended).toEqual({ kind: 'ok', statusCode: 204, resolution });
  });

  it('for a merged state writes that', async () => {
    const { ended, writes } = await round({ read: theirs, entry: decided('merged', theirs, '{"a":9}') });
    expect(writes).toMatchObject([{ ifMatch: '"v2"', body: json({ a: 9 }) }]);
    expect(ended).toMatchObject({ kind: 'ok', resolution: { winner: 'merged' } });
  });

  it('for what was deleted makes it anew, unless somebody else has', async () => {
    const gone = failed(404);
    const { ended: made, writes } = await round({ read: gone, entry: decided('ours', gone) });
    expect(made).toEqual({
      kind: 'ok',
      statusCode: 200,
      resolution: { how: 'resubmitted', winner: 'ours', fields: [] },
    });
    expect(writes).toMatchObject([{ method: 'PUT', headers: { 'if-none-match': '*' }, body: OURS.body }]);
    expect(writes[0]?.ifMatch).toBeUndefined();
    const { ended } = await round({ read: theirs, entry: decided('ours', gone) });
    expect(ended).toMatchObject({ kind: 'undecided', because: 'changed-since' });
  });

  it.each(['ours', 'merged'] as const)('for %s is asked anew where the state is another by now', async (choice) => {
    const entry = decided(choice, theirs, choice === 'merged' ? '{"a":9}' : undefined);
    const { ended, writes } = await round({ read: found({ a: 4, b: 1 }, '"v3"'), entry });
    expect(ended).toMatchObject({ kind: 'undecided', because: 'changed-since', version: '"v3"' });
    expect(writes).toEqual([]);
  });

  it('holds where only the version has changed', async () => {
    const { writes } = await round({ read: found({ b: 1, a: 3 }, '"v3"'), entry: decided('ours', theirs) });
    expect(writes).toMatchObject([{ ifMatch: '"v3"' }]);
  });

  it.each([
    ['ours', { a: 2, b: 1 }, undefined],
    ['merged', { a: 9 }, '{"a":9}'],
  ] as const)(
    'for %s is not asked anew where it was carried out already, its answer lost',
    async (choice, state, body) => {
      const { ended, writes } = await round({ read: found(state, '"v3"'), entry: decided(choice, theirs, body) });
      expect(ended).toMatchObject({ kind: 'ok', resolution: { how: 'already-applied', winner: choice } });
      expect(writes).toEqual([]);
    },
  );

  it('does not send a version that was refused', async () => {
    const entry = { ...decided('ours', theirs), conflict: { rounds: 1, refused: ['"v1"', '"v2"'] } };
    const { ended, writes } = await round({ read: theirs, entry });
    expect(ended).toMatchObject({ kind: 'undecided', because: 'same-version' });
    expect(writes).toEqual([]);
  });
});

describe("the advice of a team's own function", () => {
  const settings = { conflict: FUNCTION };
  const theirs = found({ a: 3, b: 1 });
  const advised = (advice: Advice) => round({ read: theirs, settings, advice: async () => advice });

  it.each<[string, Advice, unknown, unknown]>([
    ['keeps ours', { resolution: 'ours' }, { winner: 'ours', how: 'resubmitted' }, { a: 2, b: 1 }],
    ['keeps theirs', { resolution: 'theirs' }, { winner: 'theirs', how: 'decided' }, undefined],
    ['merges', { resolution: 'merged', body: json({ a: 9 }) }, { winner: 'merged', how: 'resubmitted' }, { a: 9 }],
    [
      'merges into what is there',
      { resolution: 'merged', body: json({ a: 3, b: 1 }) },
      { how: 'already-applied' },
      undefined,
    ],
  ])('%s', async (_, advice, resolution, body) => {
    const { ended, writes } = await advised(advice);
    expect(ended).toMatchObject({ kind: 'ok', resolution });
    expect(writes.map((write) => JSON.parse(write.body ?? ''))).toEqual(body === undefined ? [] : [body]);
  });

  it('may want a human', async () => {
    const { ended } = await advised({ resolution: 'ask' });
    expect(ended).toMatchObject({ kind: 'undecided', because: 'asked-for' });
  });

  it('is none where it fails', async () => {
    const { ended, writes } = await round({
      read: theirs,
      settings,
      advice: () => Promise.reject(new Error('secret')),
    });
    expect(ended).toEqual({ kind: 'no-advice' });
    expect(writes).toEqual([]);
  });

  it('is not asked for where nothing is to be decided, or it could not be carried out', async () => {
    for (const read of [found({ a: 2, b: 1 }), failed(404), found({ a: 3 }, '"v1"')]) {
      const { ended } = await round({ read, settings });
      expect(ended.kind).not.toBe('no-advice');
    }
  });
});
