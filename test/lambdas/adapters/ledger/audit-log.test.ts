import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { auditLog } from '../../../../lambdas/adapters/ledger/audit-log.ts';
import { DynamoDBLedger } from '../../../../lambdas/adapters/ledger/dynamodb-ledger.ts';
import { publish } from '../../../../lambdas/adapters/ledger/outbox.ts';
import { readOutboxRecord } from '../../../../lambdas/adapters/ledger/outbox-record.ts';
import type { OutboxEntry } from '../../../../lambdas/contract/ledger-entry.ts';
import { asFailureKey } from '../../../../lambdas/domain/ledger/failure-key.ts';
import { findOverdue, reconcile } from '../../../../lambdas/use-cases/recovery/reconciliation.ts';
import { NOW } from '../../../support/samples.ts';
import { startTables, type Tables } from '../../../support/tables.ts';

let tables: Tables;
beforeAll(async () => {
  tables = await startTables();
});
afterAll(async () => tables.stop());

it('keeps what operators do, the latest first, and publishes it once as an event', async () => {
  const { client, ledger: table } = tables;
  let now = NOW;
  const audit = auditLog({ client, table, now: () => now });
  await audit.record({ action: 'lane-paused', dependency: 'payments', by: 'anna', why: 'repair', facts: { a: 1 } });
  now += 1_000;
  await audit.record({ action: 'discard', failureId: 'order-1', by: 'bob', principal: 'arn:b', why: 'a test order' });

  const acts = await audit.list({ since: NOW, limit: 10 });
  expect(acts).toEqual([
    {
      action: 'discard',
      failureId: 'order-1',
      by: 'bob',
      principal: 'arn:b',
      why: 'a test order',
      at: '2026-03-01T12:00:01.000Z',
    },
    {
      action: 'lane-paused',
      dependency: 'payments',
      by: 'anna',
      why: 'repair',
      facts: { a: 1 },
      at: '2026-03-01T12:00:00.000Z',
    },
  ]);
  expect(await audit.list({ since: NOW + 500, limit: 10 })).toHaveLength(1);
  expect(await audit.list({ since: NOW, limit: 1 })).toMatchObject([{ action: 'discard' }]);

  // The reconciler publishes records that the stream lost. After that they are only in the list of acts.
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
      id,
      outbox: { detailType: 'Operator Acted' },
    });
    const entry = await ledger.get(id);
    const publishOutbox = (id: string, outbox: OutboxEntry) =>
      publish(asFailureKey(id), outbox, { events: events as never, busName: 'bus', ledger });
    if (entry) expect(await reconcile(entry, { publish: publishOutbox } as never)).toBe('published');
  }
  expect(published.map(({ DetailType, Detail = '' }) => [DetailType, JSON.parse(Detail).action]).toSorted()).toEqual([
    ['Operator Acted', 'discard'],
    ['Operator Acted', 'lane-paused'],
  ]);
  expect(await findOverdue(ledger)).toEqual([]);
  expect(await audit.list({ since: NOW, limit: 10 })).toEqual(acts);
});
