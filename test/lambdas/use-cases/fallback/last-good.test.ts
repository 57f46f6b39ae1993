import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answerStore } from '../../../../lambdas/adapters/fallback/answer-store.ts';
import { telemetry } from '../../../../lambdas/adapters/telemetry.ts';
import type { HttpOperation } from '../../../../lambdas/contract/failure.ts';
import type { LedgerEntry } from '../../../../lambdas/contract/ledger-entry.ts';
import type { FallbackSettings } from '../../../../lambdas/contract/settings.ts';
import type { CallResult } from '../../../../lambdas/domain/boundary/call-result.ts';
import { PENDING_SHARDS } from '../../../../lambdas/domain/ledger/pending-shard.ts';
import {
  loadAnswer,
  storeAnswer,
  storesAnswer,
  storingAnswers,
} from '../../../../lambdas/use-cases/fallback/last-good.ts';
import { ALWAYS } from '../../../support/departures.ts';
import { FallbackScene } from '../../../support/fallback-scene.ts';
import { NOW, sampleEntry, sampleFailure, sampleSettings } from '../../../support/samples.ts';
import { startTables, type Tables } from '../../../support/tables.ts';

let tables: Tables;
beforeAll(async () => {
  tables = await startTables();
});
afterAll(async () => tables.stop());

const MAX_AGE_MS = 60_000;
const LAST_GOOD: FallbackSettings = { kind: 'last-good', maxAgeMs: MAX_AGE_MS };
let paths = 0;
/** A unique operation for each test. */
const read = (change: Partial<HttpOperation> = {}): HttpOperation => ({
  method: 'GET',
  path: `/orders/${++paths}`,
  query: { page: '1', size: '20' },
  headers: { accept: 'text/plain', 'x-session': 'anna' },
  ...change,
});
const ok = (text: string): CallResult => ({ kind: 'ok', statusCode: 200, body: { contentType: 'text/plain', text } });

interface Around {
  readonly now?: number;
  readonly entry?: Partial<LedgerEntry>;
  readonly fallback?: FallbackSettings;
}

function ports(now = NOW) {
  return { answers: answerStore({ client: tables.client, table: tables.ledger }), ledger: { now }, telemetry };
}

function remember(operation: HttpOperation, result: CallResult, { now, entry, fallback = LAST_GOOD }: Around = {}) {
  const failed = sampleEntry({ failure: sampleFailure({ operation }), ...entry });
  return storeAnswer(failed, sampleSettings({ fallback }), result, ports(now));
}

function recall(operation: HttpOperation, { now, entry }: Around = {}) {
  return loadAnswer(sampleEntry(entry), operation, MAX_AGE_MS, ports(now));
}

describe('the last good answer', () => {
  it.each<FallbackSettings>([LAST_GOOD, { kind: 'read-only', maxAgeMs: MAX_AGE_MS }])(
    'is kept for $kind, and found with its age',
    async (fallback) => {
      const operation = read();
      await remember(operation, ok('open'), { fallback });
      expect(await recall(operation, { now: NOW + 5_000 })).toEqual({
        statusCode: 200,
        body: { contentType: 'text/plain', text: 'open' },
        ageMs: 5_000,
      });
    },
  );

  it('is the same whatever the order of query and headers, and whatever differs with each call', async () => {
    const operation = read();
    await remember({ ...operation, headers: { ...operation.headers, 'idempotency-key': 'a' } }, ok('open'));
    const headers = { traceparent: 'b', 'x-session': 'anna', accept: 'text/plain' };
    expect(await recall({ ...operation, query: { size: '20', page: '1' }, headers })).toMatchObject({
      statusCode: 200,
    });
  });

  it.each<[string, Partial<HttpOperation>, Partial<LedgerEntry>]>([
    ['another path', { path: '/other' }, {}],
    ['another query', { query: { page: '2', size: '20' } }, {}],
    ['another session', { headers: { accept: 'text/plain', 'x-session': 'bob' } }, {}],
    ['another version', { ifMatch: '"v2"' }, {}],
    ['another tenant', {}, { tenant: 'b' }],
    ['no tenant', {}, { tenant: undefined }],
    ['another dependency', {}, { dependency: 'stock' }],
  ])("doesn't answer %s", async (_, change, entry) => {
    const operation = read();
    await remember(operation, ok('open'), { entry: { tenant: 'a' } });
    expect(await recall(operation, { entry: { tenant: 'a' } })).toMatchObject({ statusCode: 200 });
    expect(await recall({ ...operation, ...change }, { entry: { tenant: 'a', ...entry } })).toBe('nothing-kept');
  });

  it('is used until it is too old, whatever the table still holds', async () => {
    const operation = read();
    await remember(operation, ok('open'));
    expect(await recall(operation, { now: NOW + MAX_AGE_MS })).toMatchObject({ ageMs: MAX_AGE_MS });
    expect(await recall(operation, { now: NOW + MAX_AGE_MS + 1 })).toBe('too-old');
  });

  it('is as young as the clock of another function allows', async () => {
    const operation = read();
    await remember(operation, ok('open'), { now: NOW + 50 });
    expect(await recall(operation)).toMatchObject({ ageMs: 0 });
  });

  it('is replaced by a newer one, never by an older one', async () => {
    const operation = read();
    await remember(operation, ok('second'), { now: NOW + 2 });
    await remember(operation, ok('first'), { now: NOW + 1 });
    expect(await recall(operation)).toMatchObject({ body: { text: 'second' } });
    await remember(operation, ok('third'), { now: NOW + 3 });
    expect(await recall(operation)).toMatchObject({ body: { text: 'third' } });
  });

  it.each<[string, CallResult]>([
    ['a failure', { kind: 'failed', error: { statusCode: 500 } }],
    ['a part', { kind: 'ok', statusCode: 206, body: { contentType: 'text/plain', text: 'o' } }],
    ['what has no body that can be kept', { kind: 'ok', statusCode: 200 }],
  ])('is not %s', async (_, result) => {
    const operation = read();
    await remember(operation, result);
    expect(await recall(operation)).toBe('nothing-kept');
  });

  it('expires, and is nothing that is left to do', async () => {
    const operation = read();
    await remember(operation, ok('open'));
    const { Items = [] } = await tables.client.send(new ScanCommand({ TableName: tables.ledger }));
    const { id, expiresAt, outbox, pendingShard } = Items.find(({ id }) => id?.S?.startsWith('answer#')) ?? {};
    expect(id?.S).toMatch(/^answer#payments\/[0-9a-f]{64}$/);
    expect(Number(expiresAt?.N)).toBeGreaterThanOrEqual((NOW + MAX_AGE_MS) / 1_000);
    expect([outbox, pendingShard]).toEqual([undefined, undefined]);
    const { ledger } = new FallbackScene(tables);
    const due = await Promise.all(PENDING_SHARDS.map((shard) => ledger.due(shard, 100)));
    expect(due.flat().filter((each) => each.startsWith('answer#'))).toEqual([]);
  });

  it('is stored as part of the call', async () => {
    const operation = read();
    const entry = sampleEntry({ failure: sampleFailure({ operation }) });
    const call = storingAnswers(async () => ok('open'), ports());
    expect(await call(operation, sampleSettings({ fallback: LAST_GOOD }), entry, ALWAYS)).toEqual(ok('open'));
    expect(await recall(operation)).toMatchObject({ body: { text: 'open' } });
  });

  it("causes no failure if it can't be stored", async () => {
    const away = { keep: () => Promise.reject(new Error('the table is away')), find: async () => undefined };
    const entry = sampleEntry({ failure: sampleFailure({ operation: read() }) });
    const settings = sampleSettings({ fallback: LAST_GOOD });
    await expect(
      storeAnswer(entry, settings, ok('open'), { answers: away, ledger: { now: NOW }, telemetry }),
    ).resolves.toBeUndefined();
  });

  it.each<[HttpOperation['method'], FallbackSettings | undefined, boolean]>([
    ['GET', LAST_GOOD, true],
    ['GET', { kind: 'read-only', maxAgeMs: 1 }, true],
    ['HEAD', LAST_GOOD, false],
    ['POST', LAST_GOOD, false],
    ['GET', { kind: 'skip' }, false],
    ['GET', { kind: 'backup', dependency: 'backup' }, false],
    ['GET', undefined, false],
  ])('of %s with %o is wanted: %s', (method, fallback, wanted) => {
    expect(storesAnswer({ method, path: '/' }, { fallback })).toBe(wanted);
  });
});
