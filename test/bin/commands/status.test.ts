import { randomUUID } from 'node:crypto';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DynamoDBCircuitStore } from '../../../lambdas/adapters/circuit/dynamodb-circuit-store.ts';
import { incidentStore } from '../../../lambdas/adapters/escalation/incident-store.ts';
import { DynamoDBLedger } from '../../../lambdas/adapters/ledger/dynamodb-ledger.ts';
import { escalate } from '../../../lambdas/use-cases/escalation/escalate.ts';
import { circuit, deadLetter } from '../../lambdas/domain/escalation/samples.ts';
import { tripCircuit } from '../../support/circuits.ts';
import { fakeClient, startOperator } from '../../support/operator.ts';
import { asking } from '../../support/questions.ts';
import { sampleEntry, sampleSettings } from '../../support/samples.ts';
import { startTables, type Tables } from '../../support/tables.ts';

let tables: Tables;
beforeAll(async () => {
  tables = await startTables();
});
afterAll(async () => tables.stop());

const OUTPUTS = {
  ParkedQueueUrl: 'http://127.0.0.1/queues/parked',
  RejectsQueueUrl: 'http://127.0.0.1/queues/rejects',
};

/** Two dead letters in the queue of `orders`, and one parked. */
const sqs = (broken = '') =>
  fakeClient<never>(({ input }) => {
    if (broken !== '' && JSON.stringify(input).includes(broken))
      throw Object.assign(new Error(), { name: 'AccessDenied' });
    const deadLetters = { 'orders-dead': '2', parked: '1' }[
      String('QueueUrl' in input && input.QueueUrl)
        .split('/')
        .at(-1) ?? ''
    ];
    return { Attributes: { ApproximateNumberOfMessages: deadLetters ?? '0' } };
  });
/** The lane of `payments` is paused. */
const lambda = () =>
  fakeClient<never>(({ input }) => ({
    State: 'UUID' in input && input.UUID === 'source-payments' ? 'Disabled' : 'Enabled',
  }));

function status(cloudwatch: CloudWatchClient, ...options: readonly string[]) {
  const clients = { sqs: sqs(), lambda: lambda(), cloudwatch };
  return startOperator({ tables, clients, deployment: { outputs: OUTPUTS } }).backstop('status', ...options);
}

/** A client that the SDK's paginators accept. */
function cloudWatch(answer: Parameters<typeof fakeClient>[0]): CloudWatchClient {
  return Object.assign(new CloudWatchClient({ region: 'us-east-1' }), fakeClient<object>(answer));
}

const alarmed = cloudWatch(({ constructor: { name } }) =>
  name === 'DescribeAlarmsCommand'
    ? {
        CompositeAlarms: [{ AlarmName: 'BackstopPipeline-Trouble' }],
        MetricAlarms: [{ AlarmName: 'BackstopPipeline-Rejects' }],
      }
    : {
        MetricDataResults: [
          { Id: 'o1x0', Values: [3, 4] },
          { Id: 'o1x4', Values: [2] },
          { Id: 'a1', Values: [90, 30] },
        ],
      },
);

it('begins with the alarms that ring, then what is paused, and says where to look next', async () => {
  const { out, code } = await status(alarmed);
  expect(code).toBe(0);
  expect(out.split('\n')).toEqual([
    'BackstopPipeline in us-east-1',
    '',
    '  No open incident: nobody needs to act.',
    '  ALARM  BackstopPipeline-Trouble',
    '  ALARM  BackstopPipeline-Rejects',
    '',
    '  lane      circuit  running  held  dead',
    '  payments  paused   0        0     0',
    '  orders    closed   0        0     0',
    '  all                0        0     0',
    '',
    '  lane    outcomes of the last hour',
    '  orders  7 recovered, 2 dead-lettered',
    '',
    '  rejected events: 0; parked: 1',
    '  dead-letter queue of orders: about 2 messages, more than its dead failures',
    '  next: backstop dlq ls',
    '  next: backstop dlq ls --parked',
    '',
  ]);
});

it('tells as one document what it tells in lines', async () => {
  expect(JSON.parse((await status(alarmed, '--json')).out)).toMatchObject({
    alarms: ['BackstopPipeline-Trouble', 'BackstopPipeline-Rejects'],
    lanes: [
      { lane: 'payments', paused: true, deadLetters: 0, outcomes: {} },
      {
        lane: 'orders',
        paused: false,
        deadLetters: 2,
        outcomes: { recovered: 7, 'dead-lettered': 2 },
        oldestSeconds: 90,
      },
    ],
    queues: { Rejects: 0, Parked: 1 },
  });
});

it('tells what it can where CloudWatch tells nothing, and says so', async () => {
  const dumb = cloudWatch(() => {
    throw Object.assign(new Error('slow down'), { name: 'ThrottlingException' });
  });
  const { out, err, code } = await status(dumb);
  expect(code).toBe(0);
  expect(err).toContain('CloudWatch did not return alarms: ThrottlingException\n');
  expect(err).toContain('CloudWatch did not return metrics: ThrottlingException\n');
  expect(out).toMatch(/\n {2}orders +closed +0 +0 +0 *\n/);
});

it('shows the rest where one queue is unreadable, and says which', async () => {
  const clients = { sqs: sqs('orders-dead'), lambda: lambda(), cloudwatch: alarmed };
  const { out, err, code } = await startOperator({ tables, clients, deployment: { outputs: OUTPUTS } }).backstop(
    'status',
  );
  expect(code).toBe(0);
  expect(err).toBe("Can't read the dead-letter queue of orders: AccessDenied\n");
  expect(out).toContain('dead-letter queue of orders: ? messages');
  expect(out).toContain('parked: 1');
});

it('shows the rest where the ledger is unreadable, and names no number that it has not read', async () => {
  const dynamodb = Object.assign(
    new DynamoDBClient({ region: 'us-east-1' }),
    fakeClient<object>(({ constructor: { name } }) => {
      if (name === 'ScanCommand') return {};
      throw Object.assign(new Error('slow down'), { name: 'ThrottlingException' });
    }),
  );
  const clients = { sqs: sqs(), lambda: lambda(), cloudwatch: alarmed, dynamodb };
  const { out, err, code } = await startOperator({ tables, clients, deployment: { outputs: OUTPUTS } }).backstop(
    'status',
  );
  expect(code).toBe(0);
  expect(err).toContain("Can't read the incidents: ThrottlingException\n");
  expect(err).toContain("Can't read how many failures there are: ThrottlingException\n");
  expect(out).toContain('Open incidents are unknown.');
  expect(out).toMatch(/orders +closed +\? +\? +\? +\? +\? +\? +1 min/);
});

it.each([60, 80, 120])('fits %i columns', async (columns) => {
  const clients = { sqs: sqs(), lambda: lambda(), cloudwatch: alarmed };
  const scene = startOperator({ tables, clients, columns, deployment: { outputs: OUTPUTS } });
  const { out } = await scene.backstop('status');
  for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(columns);
});

describe('an outage', () => {
  beforeAll(async () => {
    const { client, ledger: table } = tables;
    const ledger = new DynamoDBLedger({ client, table, reconcileAfterMs: 1_000 });
    const notBefore = new Date(Date.now() + 600_000).toISOString();
    for (const id of ['a', 'b']) await ledger.claim(sampleEntry({ id, held: 'circuit', notBefore }));
    const over = { state: 'settled', outcome: 'dead-lettered', settledAt: new Date().toISOString() } as const;
    await ledger.claim(sampleEntry({ id: 'c', ...over, deadOf: 'payments' }));
    await ledger.claim(sampleEntry({ id: 'd' }));
    await ledger.claim(asking('e', {}, Date.now()));
    const store = incidentStore({ client, table });
    const ports = { store, channels: [], now: Date.now, newToken: randomUUID };
    const refused = deadLetter(1, { reason: 'permanent', priority: 'P1' });
    await escalate('payments', [refused, circuit(2, 'open')], ports);
    const circuits = new DynamoDBCircuitStore({ client, table: tables.circuits });
    await tripCircuit({ now: Date.now() }, circuits, sampleSettings({ name: 'payments' }));
  });

  it('comes first: what is down, whether to act, what waits, and the commands that fit', async () => {
    const { out } = await status(alarmed);
    expect(out).toMatch(
      /^.*\n\n {2}All 2 open incidents need a human\.\n {2}P2 payments, down now, open for .*\n {5}Act in/,
    );
    expect(out).toContain('Failures of payments: 3 under way or held, 1 dead. Backstop holds the failures');
    expect([...out.matchAll(/next: backstop (.*)/g)].map(([, command]) => command)).toEqual([
      'incidents',
      'circuits ls',
      'failures --status held',
      'dlq ls',
      'decisions',
      'dlq ls --parked',
    ]);
  });

  it('has each failure in one column, and the columns sum', async () => {
    const { out } = await status(alarmed);
    expect(out).toMatch(/payments +paused, open +1 +2 +1 +1 +\d.*\n/);
    expect(out).toMatch(/all +1 +2 +1 +1 *\n/);
    const { counts, lanes, needsHuman } = JSON.parse((await status(alarmed, '--json')).out);
    expect(counts).toEqual({ running: 1, held: 2, decision: 1, undoing: 0, dead: 1, total: 5, isExact: true });
    expect(lanes[0].counts).toMatchObject(counts);
    expect(needsHuman).toBe(true);
  });

  it('has the same counts in the list of failures', async () => {
    const { backstop } = startOperator({ tables, deployment: { outputs: OUTPUTS } });
    const { counts, total } = JSON.parse((await backstop('failures', '--json')).out);
    expect({ counts, total }).toEqual({ counts: { running: 1, held: 2, decision: 1, dead: 1 }, total: 5 });
  });

  it.each([60, 80, 120])('fits %i columns', async (columns) => {
    const clients = { sqs: sqs(), lambda: lambda(), cloudwatch: alarmed };
    const { out } = await startOperator({ tables, clients, columns, deployment: { outputs: OUTPUTS } }).backstop(
      'status',
    );
    for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(columns);
    if (columns >= 80) expect(out).toMatch(/\n {2}lane +circuit +running +held +decision +dead +oldest\n/);
  });
});

describe('a dependency that answers again', () => {
  const of = 'orders';
  beforeAll(async () => {
    const { client, ledger: table } = tables;
    const ledger = new DynamoDBLedger({ client, table, reconcileAfterMs: 1_000 });
    const receivedAt = new Date(Date.now() - 7_200_000).toISOString();
    await ledger.claim(sampleEntry({ id: 'f', dependency: of, held: 'circuit', receivedAt }));
    const ports = { store: incidentStore({ client, table }), channels: [], now: Date.now, newToken: randomUUID };
    const halfDone = deadLetter(1, { compensation: 'incomplete', failureId: 'undo-fails' });
    await escalate(of, [{ ...halfDone, dependency: of }], ports);
    const others = Array.from({ length: 4 }, (_, n) => deadLetter(n, { reason: 'permanent', rule: `r${n}` }));
    await escalate(of, [...others.map((each) => ({ ...each, dependency: of }))], ports);
    const by = { kind: 'operator', by: 'ada', action: 'redrive', acknowledges: ['permanent:r0'] } as const;
    await escalate(of, [{ ...by, dependency: of, at: new Date().toISOString() }], ports);
  });

  it('drains: status says how much is left, how old it is, and which failure is half undone', async () => {
    const { out } = await status(alarmed);
    expect(out).toContain('\n  orders: recovered, 1 draining.\n');
    expect(out).toMatch(/\n {2}orders +closed +0 +1 .* 2 h *\n/);
    expect(out).toContain('\n  next: backstop dlq show undo-fails\n');
  });

  it('counts the incidents that need a human among all that are open', async () => {
    const { out } = await status(alarmed);
    expect(out).toContain('\n  6 of 7 open incidents need a human.\n');
    expect(out).toContain('\n  2 more of 7 in the list of incidents.\n');
    expect(out.match(/^ {2}P[12] /gm)).toHaveLength(5);
  });
});
