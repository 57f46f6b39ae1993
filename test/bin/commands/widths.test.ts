import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import type { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createProgram } from '../../../bin/program.ts';
import { DynamoDBCircuitStore } from '../../../lambdas/adapters/circuit/dynamodb-circuit-store.ts';
import { incidentStore } from '../../../lambdas/adapters/escalation/incident-store.ts';
import { DynamoDBLedger } from '../../../lambdas/adapters/ledger/dynamodb-ledger.ts';
import { createDeadLetter } from '../../../lambdas/domain/ledger/dead-letter.ts';
import { escalate } from '../../../lambdas/use-cases/escalation/escalate.ts';
import { deadLetter } from '../../lambdas/domain/escalation/samples.ts';
import { MemorySqs } from '../../support/memory-sqs.ts';
import { captured, fakeClient, LANES, startOperator } from '../../support/operator.ts';
import { asking } from '../../support/questions.ts';
import { sampleEntry, sampleFailure, sampleUndo } from '../../support/samples.ts';
import { startTables, type Tables } from '../../support/tables.ts';
import { DEAD_LETTERS } from './dlq-scene.ts';

/*
 * Every command at the widths of terminals. No line is longer than the terminal, unless it is a command to copy, JSON,
 * a link, or one word; and no word is lost that a wide terminal shows.
 */

const WIDTHS = [60, 80, 120];
const NOW = Date.parse('2026-03-01T12:00:00Z');
const WHY = ['--why', 'the bank told us that the maintenance of its gateway is over'];

let tables: Tables;
/** Messages of the first dead-letter queue. */
const letters: string[] = [];
let patchFile: string;
beforeAll(async () => {
  tables = await startTables();
  const { client, ledger: table } = tables;
  const ledger = new DynamoDBLedger({ client, table, reconcileAfterMs: 60_000, now: () => NOW });
  const iso = (ms: number) => new Date(ms).toISOString();
  const expiresAt = Math.ceil(NOW / 1_000) + 86_400;
  const excerpt = 'message: the account of the customer is closed since the first of March, code: account-closed';
  const entry = (id: string, change: object) =>
    sampleEntry({ id, failure: sampleFailure({ id }), receivedAt: iso(NOW - 60_000), excerpt, expiresAt, ...change });
  await ledger.claim(entry('order-2026-03-01-running', {}));
  await ledger.claim(entry('order-2026-03-01-held', { held: 'circuit', notBefore: iso(NOW + 600_000) }));
  await ledger.claim(asking('order-2026-03-01-asks', {}, NOW));
  const over = {
    state: 'settled',
    outcome: 'dead-lettered',
    reason: 'permanent',
    settledAt: iso(NOW),
    deadOf: 'payments',
  } as const;
  for (const [id, change] of [
    ['order-2026-03-01-dead', over],
    ['order-2026-03-01-half-undone', { ...over, reason: 'exhausted', undo: sampleUndo() }],
  ] as const) {
    const { reason } = change;
    const dead = await ledger.claim(entry(id, change));
    letters.push(JSON.stringify(createDeadLetter(dead, { reason, now: NOW - 7_200_000, runbookUrl: 'runbook' })));
  }
  patchFile = join(await mkdtemp(join(tmpdir(), 'backstop-widths-')), 'patch.json');
  const note = 'the customer has called, and wants the order to be sent to the address of the office';
  await writeFile(patchFile, JSON.stringify({ body: { note } }));
  const store = incidentStore({ client, table });
  const ports = { store, channels: [], now: () => NOW, newToken: randomUUID };
  await escalate('payments', [deadLetter(1, { priority: 'P1' }), deadLetter(2, { priority: 'P1' })], ports);
  const circuits = new DynamoDBCircuitStore({ client, table: tables.circuits });
  await circuits.add('payments', { generation: 0, at: NOW, successes: 3, failures: 1, traffic: 4 }, NOW);
  const { backstop } = operator(200);
  await backstop('circuits', 'open', 'payments', '--for', '2h', ...WHY);
  await backstop('pause', 'orders', ...WHY);
});
afterAll(async () => {
  await rm(dirname(patchFile), { recursive: true });
  await tables.stop();
});

function operator(columns: number) {
  let now = NOW;
  const queues = new MemorySqs(() => now);
  queues.put(DEAD_LETTERS, ...letters);
  // Only one queue has messages to read. The others have counts of four digits.
  const sqs = fakeClient<never>((command) => {
    if ('QueueUrl' in command.input && command.input.QueueUrl === DEAD_LETTERS)
      return queues.client.send(command as never);
    const isRead = command.constructor.name === 'ReceiveMessageCommand';
    return isRead ? {} : { Attributes: { ApproximateNumberOfMessages: '1234' } };
  });
  const lambda = fakeClient<never>(() => ({ State: 'Disabled' }));
  const cloudwatch = Object.assign(
    new CloudWatchClient({ region: 'us-east-1' }),
    fakeClient<object>(({ constructor: { name } }) =>
      name === 'DescribeAlarmsCommand'
        ? { MetricAlarms: [{ AlarmName: 'BackstopPipeline-PaymentsLane-OldestMessage' }] }
        : {
            MetricDataResults: [
              { Id: 'o0x0', Values: [3_000] },
              { Id: 'o0x4', Values: [2_000] },
            ],
          },
    ),
  );
  const sleep = async (ms: number) => {
    now += ms;
  };
  const clients = { sqs, lambda, cloudwatch };
  const deployment = { lanes: LANES };
  return startOperator({ tables, clients, columns, now: () => now, sleep, deployment, showsPlans: true });
}

const SHOWS = [
  ['status'],
  ['failures'],
  ['trace', 'order-2026-03-01-dead'],
  ['trace', 'order-2026-03-01-held'],
  ['dlq', 'ls'],
  ['dlq', 'ls', '--rule', 'http-503'],
  ['dlq', 'redrive', 'payments', '--dry-run'],
  ['dlq', 'redrive', 'payments', ...WHY],
  ['dlq', 'edit', 'order-2026-03-01-dead', '--merge', 'PATCH', '--dry-run'],
  ['dlq', 'edit', 'order-2026-03-01-dead', '--merge', 'PATCH', ...WHY],
  ['dlq', 'discard', 'order-2026-03-01-half-undone', ...WHY],
  ['dlq', 'discard', '--dependency', 'payments', ...WHY],
  ['circuits', 'open', 'payments', '--for', '2h', ...WHY],
  ['dlq', 'show', 'order-2026-03-01-dead'],
  ['incidents'],
  ['incidents', 'preview', 'redrive', 'payments'],
  ['circuits'],
  ['decisions'],
  ['decisions', 'show', 'order-2026-03-01-asks'],
  ['audit', '--since', '1d'],
  ['whoami'],
  ['dlq', 'show', 'order-2026-03-01-nowhere'],
  ['failures', '--status', 'heldd'],
  ['failures', '--rule', 'http-bad-requst'],
  ['dlq', 'ls', '--rule', 'http-bad-requst'],
];

const COMMAND_OR_JSON = /^ *((next: )?backstop |["{}[\]]|npx |(execution|logs): https:)/;
/** Titles of first columns. Where one record stands below another, the name at its head needs none. */
const TITLES = ['lane', 'dependency', 'circuit', 'failure', 'id'];

function tooLong(text: string, columns: number): readonly string[] {
  return text
    .split('\n')
    .filter((line) => line.length > columns && !COMMAND_OR_JSON.test(line) && line.trim().includes(' '));
}

function squashed(text: string): string {
  return text.replaceAll(/\s+/g, '');
}

describe.each(WIDTHS)('at %i columns', (columns) => {
  it.each(SHOWS)('fits, and loses no word: backstop %s %s %s', async (...args) => {
    const given = args.map((arg) => (arg === 'PATCH' ? patchFile : arg));
    const [narrow, wide] = [await operator(columns).backstop(...given), await operator(1_000).backstop(...given)];
    const shown = narrow.out + narrow.err;
    expect(tooLong(shown, columns)).toEqual([]);
    const words = new Set((wide.out + wide.err).split(/\s+/));
    const all = squashed(shown);
    expect([...words].filter((word) => !all.includes(word) && !TITLES.includes(word))).toEqual([]);
    expect(words.size).toBeGreaterThan(5);
  });

  it('fits the help of every command', async () => {
    const { streams } = captured(columns);
    const program = await createProgram(() => Promise.reject(new Error('help opens no session')), { streams });
    const helps = all(program).map((command) => command.helpInformation());
    expect(helps.length).toBeGreaterThan(25);
    // Synopses and examples are commands, and an option stays in one piece.
    for (const help of helps) expect(tooLong(help.replace(/^Usage: .*/, ''), columns)).toEqual([]);
  });
});

function all(command: Command): readonly Command[] {
  return [command, ...command.commands.flatMap(all)];
}
