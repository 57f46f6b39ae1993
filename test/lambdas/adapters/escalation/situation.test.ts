import { type DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
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

/** What the index of dead letters needs. */
function addDead(dependency: string, id: string) {
  const Item = { id: { S: id }, deadOf: { S: dependency }, settledAt: { S: '2026-03-01T12:00:00.000Z' } };
  return tables.client.send(new PutItemCommand({ TableName: tables.ledger, Item }));
}

it('counts what waits of the dependency, and reads the error of the first failure', async () => {
  const table = { client: tables.client, table: tables.ledger };
  const ledger = new DynamoDBLedger({ ...table, reconcileAfterMs: 1_000, now: () => NOW });
  await ledger.claim(sampleEntry({ id: 'a' }));
  await ledger.claim(sampleEntry({ id: 'b', tenant: 'acme', excerpt: 'message: no upstream' }));
  await ledger.claim(sampleEntry({ id: 'c', dependency: 'orders' }));
  for (const id of ['d', 'e', 'f']) await addDead('payments', id);
  await addDead('orders', 'g');
  const sample = { failureId: 'b', tenant: 'acme', correlationId: 't', reason: 'exhausted', rule: 'r', attempts: 1 };
  const incident = { ...sampleIncident, samples: [sample] };
  expect(await situationOf('payments', incident, table)).toEqual({
    waiting: 2,
    isMore: false,
    dead: { count: 3, isCut: false },
    excerpt: 'message: no upstream',
  });
  expect(await situationOf('', incident, table)).toEqual({});
  expect(await situationOf('orders', { ...incident, samples: [] }, table)).toMatchObject({
    waiting: 1,
    dead: { count: 1 },
  });
});

it('counts what waits and is dead even if the error of the first failure is unreadable', async () => {
  const client = fakeClient<DynamoDBClient>(({ constructor: { name } }) => {
    if (name === 'GetItemCommand') throw new Error('not allowed');
    return { Items: [], Count: 0 };
  });
  const sample = { failureId: 'a', correlationId: 't', reason: 'exhausted', rule: 'r', attempts: 1 };
  const incident = { ...sampleIncident, samples: [sample] };
  const situation = await situationOf('payments', incident, { client, table: 'ledger' });
  expect(situation).toEqual({ waiting: 0, isMore: false, dead: { count: 0, isCut: false }, excerpt: undefined });
});

it('counts what waits even if nobody can count the dead letters, and counts one page of them', async () => {
  const answers = (dead: () => object) =>
    fakeClient<DynamoDBClient>(({ input }) => (JSON.stringify(input).includes('deadOf') ? dead() : { Items: [] }));
  const of = (client: DynamoDBClient) => situationOf('payments', sampleIncident, { client, table: 'ledger' });
  const denied = answers(() => {
    throw new Error('not allowed');
  });
  expect(await of(denied)).toMatchObject({ waiting: 0, dead: undefined });
  const many = answers(() => ({ Count: 6_000, LastEvaluatedKey: { id: { S: 'x' } } }));
  expect(await of(many)).toMatchObject({ waiting: 0, dead: { count: 6_000, isCut: true } });
});
