import { SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { Watch } from '../../../tools/demo/watch.ts';
import { deskOn } from '../../support/desk.ts';
import { startTables, type Tables } from '../../support/tables.ts';

let tables: Tables;
beforeAll(async () => {
  tables = await startTables();
});
afterAll(() => tables.stop());

it('takes nothing that an operator has done for the end of a failure', async () => {
  const { client, ledger: table } = tables;
  await deskOn({ tables })('turn-lane', { lane: 'payments', paused: true, why: 'a test' });
  const sqs = new SQSClient({ region: 'us-east-1' });
  vi.spyOn(sqs, 'send').mockImplementation(async () => ({}));
  const watch = new Watch({ dynamodb: client, sqs, ledgerTable: table, rejectsQueueUrl: 'rejects' });
  expect(await watch.poll()).toEqual([]);
});
