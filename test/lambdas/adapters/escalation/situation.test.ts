import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { situationOf } from '../../../../lambdas/adapters/escalation/situation.ts';
import { DynamoDBLedger } from '../../../../lambdas/adapters/ledger/dynamodb-ledger.ts';
import { fakeClient } from '../../../support/operator.ts';
import { NOW, sampleEntry } from '../../../support/samples.ts';
import { startTables, type Tables } from '../../../support/tables.ts';
import { sampleIncident } from '../../domain/escalation/samples.ts';

let tables: Tables;
beforeAll(async () => {
  tables = await startTables();
});
afterAll(() => tables.stop());

it('counts what waits of the dependency, and reads the error of the first failure', async () => {
  const table = { client: tables.client, table: tables.ledger };
  const ledger = new DynamoDBLedger({ ...table, reconcileAfterMs: 1_000, now: () => NOW });
  await ledger.claim(sampleEntry({ id: 'a' }));
  await ledger.claim(sampleEntry({ id: 'b', tenant: 'acme', excerpt: 'message: no upstream' }));
  await ledger.claim(sampleEntry({ id: 'c', dependency: 'orders' }));
  const sample = { failureId: 'b', tenant: 'acme', correlationId: 't', reason: 'exhausted', rule: 'r', attempts: 1 };
  const incident = { ...sampleIncident, samples: [sample] };
  expect(await situationOf('payments', incident, table)).toEqual({
    waiting: 2,
    isMore: false,
    excerpt: 'message: no upstream',
  });
  expect(await situationOf('', incident, table)).toEqual({});
  expect(await situationOf('orders', { ...incident, samples: [] }, table)).toMatchObject({ waiting: 1 });
});

it('counts what waits even if the error of the first failure is unreadable', async () => {
  const client = fakeClient<DynamoDBClient>(({ constructor: { name } }) => {
    if (name === 'GetItemCommand') throw new Error('not allowed');
    return { Items: [] };
  });
  const sample = { failureId: 'a', correlationId: 't', reason: 'exhausted', rule: 'r', attempts: 1 };
  const incident = { ...sampleIncident, samples: [sample] };
  const situation = await situationOf('payments', incident, { client, table: 'ledger' });
  expect(situation).toEqual({ waiting: 0, isMore: false, excerpt: undefined });
});
