import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DynamoDBLedger } from '../../../lambdas/adapters/ledger/dynamodb-ledger.ts';
import type { LedgerEntry } from '../../../lambdas/contract/ledger-entry.ts';
import { startOperator } from '../../support/operator.ts';
import { NOW, sampleEntry } from '../../support/samples.ts';
import { startTables, type Tables } from '../../support/tables.ts';

let tables: Tables;
beforeAll(async () => {
  tables = await startTables();
});
afterAll(() => tables.stop());

const DEAD = { state: 'settled', outcome: 'dead-lettered', reason: 'exhausted' } as const;
const LATER = new Date(NOW + 60_000).toISOString();

it.each<[string, Partial<LedgerEntry>, string, string]>([
  ['is a dead letter', DEAD, 'in the dead-letter queue of its lane: exhausted', 'dlq redrive payments --id ID'],
  ['is parked', { ...DEAD, cycle: 5, parkedAfter: 5 }, 'parked, all cycles used up', 'dlq redrive --parked ID'],
  ['was parked in an earlier cycle', { ...DEAD, cycle: 6, parkedAfter: 5 }, 'in the dead-letter queue of its lane', ''],
  ['waits for an execution', { held: 'execution', notBefore: LATER }, 'the execution is still running', ''],
])('tells where a failure is that %s, and what helps next', async (_, change, where, next) => {
  const ledger = new DynamoDBLedger({
    client: tables.client,
    table: tables.ledger,
    reconcileAfterMs: 1_000,
    now: () => NOW,
  });
  const id = randomUUID();
  await ledger.claim(sampleEntry({ id, ...change }));
  const { out } = await startOperator({ tables, now: () => NOW }).backstop('trace', id);
  expect(out).toContain(where);
  expect(out).toContain(next.replace('ID', id));
});

it('says why it failed: the excerpt, the rule, and where the rule stands', async () => {
  const { client, ledger: table } = tables;
  const ledger = new DynamoDBLedger({ client, table, reconcileAfterMs: 1_000, now: () => NOW });
  const id = randomUUID();
  const verdict = {
    kind: 'transient',
    category: 'external-dependency',
    effect: 'none',
    rule: 'http-unavailable',
  } as const;
  await ledger.claim(sampleEntry({ id, ...DEAD, verdict, excerpt: 'message: no upstream' }));
  const { out } = await startOperator({ tables, now: () => NOW }).backstop('trace', id);
  expect(out).toMatch(/error +message: no upstream\n/);
  expect(out).toMatch(/rule +docs\/classification\.md#http-unavailable\n/);
  const told = await startOperator({ tables, now: () => NOW }).backstop('trace', id, '--json');
  const [failure] = JSON.parse(told.out).failures;
  expect(failure).toMatchObject({
    excerpt: 'message: no upstream',
    ruleLink: 'docs/classification.md#http-unavailable',
  });
});

it('links its logs, but not in an emulator, which has no console of AWS', async () => {
  const { client, ledger: table } = tables;
  const ledger = new DynamoDBLedger({ client, table, reconcileAfterMs: 1_000, now: () => NOW });
  const id = randomUUID();
  await ledger.claim(sampleEntry({ id }));
  const linksOf = async (isEmulated: boolean) => {
    const { out } = await startOperator({ tables, now: () => NOW, isEmulated }).backstop('trace', id, '--json');
    return JSON.parse(out).failures[0].links;
  };
  expect(await linksOf(false)).toMatchObject({ logs: expect.stringContaining('filter*20failureId') });
  expect(await linksOf(true)).toBeUndefined();
});
