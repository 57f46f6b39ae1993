import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Ledger } from '../../../lambdas/shared/ledger/ledger.ts';
import type { LedgerEntry } from '../../../lambdas/shared/ledger/ledger-entry.ts';
import { fakeClient, startDesk } from '../../support/desk.ts';
import { NOW, sampleEntry } from '../../support/samples.ts';
import { startTables, type Tables } from '../../support/tables.ts';

let tables: Tables;
beforeAll(async () => {
  tables = await startTables();
});
afterAll(async () => tables.stop());

const GROUPS = [
  { ResourceType: 'AWS::Logs::LogGroup', PhysicalResourceId: '/aws/lambda/worker' },
  { ResourceType: 'AWS::SQS::Queue', PhysicalResourceId: 'queue' },
];

let count = 0;
async function traced(change: Partial<LedgerEntry>, ...options: readonly string[]) {
  const ledger = new Ledger({ client: tables.client, table: tables.ledger, reconcileAfterMs: 1_000, now: () => NOW });
  const id = `trace-${++count}`;
  await ledger.claim(sampleEntry({ id, correlationId: id, ...change }));
  // One that its paginators take for a client.
  const cloudformation = Object.assign(
    new CloudFormationClient({ region: 'us-east-1' }),
    fakeClient<object>(() => ({ StackResourceSummaries: GROUPS })),
  );
  const { desk } = startDesk({ tables, clients: { cloudformation }, now: () => NOW });
  return { id, ...(await desk('trace', id, ...options)) };
}

const at = (seconds: number) => new Date(NOW + seconds * 1_000).toISOString();

it.each<[string, Partial<LedgerEntry>]>([
  ["with its lane's worker", { tier: 'hot' }],
  ['in the Recovery machine', { tier: 'warm' }],
  [
    `waits until ${at(60).slice(0, 19).replace('T', ' ')}Z: the circuit is open`,
    { notBefore: at(60), held: 'circuit' },
  ],
  [
    `waits until ${at(60).slice(0, 19).replace('T', ' ')}Z: the retry budget is spent`,
    { notBefore: at(60), held: 'retry-budget' },
  ],
  [
    `waits until ${at(60).slice(0, 19).replace('T', ' ')}Z: the execution that was redriven still runs`,
    { notBefore: at(60), held: 'execution' },
  ],
  [`waits until ${at(60).slice(0, 19).replace('T', ' ')}Z: its dependency asked for it`, { notBefore: at(60) }],
  ['over: recovered', { state: 'settled', outcome: 'recovered' }],
  [
    'in the dead-letter queue of its lane: exhausted',
    { state: 'settled', outcome: 'dead-lettered', reason: 'exhausted' },
  ],
  [
    'parked, since its cycles are used up: exhausted',
    { state: 'settled', outcome: 'dead-lettered', reason: 'exhausted', cycle: 5, parkedAfter: 5 },
  ],
  [
    'in the dead-letter queue of its lane: deadline',
    { state: 'settled', outcome: 'dead-lettered', reason: 'deadline', cycle: 6, parkedAfter: 5 },
  ],
])('says where a failure stands: %s', async (where, change) => {
  const { out, id } = await traced(change);
  expect(out.split('\n')[0]).toBe(`${id}  ${where}`);
});

it('names the command by which a letter goes on, which is another one where it is parked', async () => {
  const dead = { state: 'settled', outcome: 'dead-lettered', reason: 'exhausted' } as const;
  const [waiting, parked] = [await traced(dead), await traced({ ...dead, cycle: 5, parkedAfter: 5 })];
  expect(waiting.out).toContain(`next: backstop dlq redrive payments --id ${waiting.id} --why '…'\n`);
  expect(parked.out).toContain(`next: backstop dlq redrive --parked ${parked.id} --why '…'\n`);
});

it('links the log lines of all functions, over the time of the failure', async () => {
  const { out, id } = await traced({ state: 'settled', outcome: 'recovered', settledAt: at(5) }, '--json');
  const [{ links }] = JSON.parse(out).failures;
  const query = decodeURIComponent(links.logs.replaceAll('$', '%'));
  expect(query).toContain(`filter*20failureId*20*3d*20*27${id}*27`);
  expect(query).toContain("source~(~'*2faws*2flambda*2fworker)");
  expect(query).toContain("timeType~'ABSOLUTE");
});
