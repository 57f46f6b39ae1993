import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DynamoDBLedger } from '../../../../lambdas/adapters/ledger/dynamodb-ledger.ts';
import { publish } from '../../../../lambdas/adapters/ledger/outbox.ts';
import { readOutboxRecord } from '../../../../lambdas/adapters/ledger/outbox-record.ts';
import { announcing } from '../../../../lambdas/adapters/operator/announcement.ts';
import { auditLog, auditRecords } from '../../../../lambdas/adapters/operator/audit-log.ts';
import { asFailureKey } from '../../../../lambdas/contract/failure-key.ts';
import type { OutboxEntry } from '../../../../lambdas/contract/ledger-entry.ts';
import { reconcile } from '../../../../lambdas/use-cases/recovery/reconciliation.ts';
import { ADA } from '../../../support/desk.ts';
import { findOverdue } from '../../../support/overdue.ts';
import { NOW } from '../../../support/samples.ts';
import { startTables, type Tables } from '../../../support/tables.ts';

const BOB = 'arn:aws:sts::123456789012:assumed-role/Operators/bob';
let tables: Tables;
let now = NOW;
beforeAll(async () => {
  tables = await startTables();
});
afterAll(async () => tables.stop());

const log = () => {
  const { client, ledger, audit: table } = tables;
  return auditLog({ client, table, announce: announcing({ client, table: ledger }), now: () => now });
};
const list = (range: Parameters<typeof auditRecords>[1]) =>
  auditRecords({ client: tables.client, table: tables.audit }, range);

it('keeps what operators do and how it ended, the latest first, and publishes the begin once as an event', async () => {
  const audit = log();
  const paused = { action: 'lane-paused', dependency: 'payments', why: 'repair', facts: { a: 1 } } as const;
  const first = await audit.begin({ ...paused, principal: ADA, name: 'night shift' });
  now += 1_000;
  const second = await audit.begin({ action: 'discard', failureId: 'order-1', principal: BOB, why: 'a test order' });
  now += 1_000;
  await audit.end(first, { result: 'done', facts: { moved: 3 } });

  const acts = await list({ since: NOW, limit: 10 });
  expect(acts).toEqual([
    {
      id: second,
      action: 'discard',
      failureId: 'order-1',
      by: 'bob',
      principal: BOB,
      why: 'a test order',
      at: '2026-03-01T12:00:01.000Z',
    },
    {
      id: first,
      ...paused,
      by: 'ada as night shift',
      name: 'night shift',
      principal: ADA,
      at: '2026-03-01T12:00:00.000Z',
      end: { at: '2026-03-01T12:00:02.000Z', result: 'done', facts: { moved: 3 } },
    },
  ]);
  expect(await list({ since: NOW + 500, limit: 10 })).toHaveLength(1);
  expect(await list({ since: NOW, limit: 1 })).toMatchObject([{ action: 'discard' }]);

  // The reconciler publishes records that the stream lost. After that they are only in the audit table.
  const { client, ledger: table } = tables;
  const ledger = new DynamoDBLedger({ client, table, reconcileAfterMs: 60_000, now: () => now + 3_600_000 });
  const ids = await findOverdue(ledger);
  expect(ids).toHaveLength(2);
  const published: { DetailType?: string; Detail?: string }[] = [];
  const events = {
    send: async ({ input }: { input: { Entries: typeof published } }) => {
      published.push(...input.Entries);
      return { Entries: [{}] };
    },
  };
  for (const id of ids) {
    const { Item } = await client.send(new GetItemCommand({ TableName: table, Key: { id: { S: id } } }));
    expect(readOutboxRecord({ dynamodb: { NewImage: Item as never } })).toMatchObject({
      key: id,
      outbox: { detailType: 'Operator Acted' },
    });
    const entry = await ledger.get(id);
    const publishOutbox = (id: string, outbox: OutboxEntry) =>
      publish(asFailureKey(id), outbox, { events: events as never, busName: 'bus', ledger });
    if (entry) expect(await reconcile(entry, { publish: publishOutbox } as never, id)).toBe('published');
  }
  expect(published.map(({ DetailType, Detail = '' }) => [DetailType, JSON.parse(Detail).action]).toSorted()).toEqual([
    ['Operator Acted', 'discard'],
    ['Operator Acted', 'lane-paused'],
  ]);
  expect(await findOverdue(ledger)).toEqual([]);
  expect(await list({ since: NOW, limit: 10 })).toEqual(acts);
});

it('adds records and never changes one: the first end stands', async () => {
  const audit = log();
  const id = await audit.begin({ action: 'discard', principal: ADA, why: 'first' });
  expect(await audit.running(id)).toMatchObject({ id, why: 'first', principal: ADA });
  await audit.end(id, { result: 'refused', message: 'too late' });
  await audit.end(id, { result: 'done' });
  expect(await audit.running(id)).toBeUndefined();
  expect(await audit.running(`${id}#end`)).toBeUndefined();
  const [latest] = await list({ since: now, limit: 1 });
  expect(latest).toMatchObject({ id, end: { result: 'refused', message: 'too late' } });
});

it('begins nothing that it could not announce', async () => {
  const { client, audit: table } = tables;
  const announce = async () => {
    throw new Error('throttled');
  };
  const audit = auditLog({ client, table, announce, now: () => now });
  await expect(audit.begin({ action: 'discard', principal: ADA, why: 'w' })).rejects.toThrow('throttled');
});
