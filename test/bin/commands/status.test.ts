import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DynamoDBLedger } from '../../../lambdas/adapters/ledger/dynamodb-ledger.ts';
import { fakeClient, startOperator } from '../../support/operator.ts';
import { sampleEntry } from '../../support/samples.ts';
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
    'ALARM  BackstopPipeline-Trouble',
    'ALARM  BackstopPipeline-Rejects',
    '',
    '  lane      circuit  waiting  in flight  held  oldest  dead letters  last hour',
    '  payments  paused   0        0          0             0',
    '  orders    closed   0        0          0     1 min   2             7 recovered, 2 dead-lettered',
    '',
    '  failures in progress: 0; open decisions: 0',
    '  rejected events: 0; parked: 1',
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
  expect(out).toMatch(/\n {2}orders +closed +0 +0 +0 +2 *\n/);
});

it('shows the rest where one queue is unreadable, and says which', async () => {
  const clients = { sqs: sqs('orders-dead'), lambda: lambda(), cloudwatch: alarmed };
  const { out, err, code } = await startOperator({ tables, clients, deployment: { outputs: OUTPUTS } }).backstop(
    'status',
  );
  expect(code).toBe(0);
  expect(err).toBe("Can't read the dead-letter queue of orders: AccessDenied\n");
  expect(out).toMatch(/orders +closed +0 +0 +0 +1 min +\? /);
  expect(out).toContain('parked: 1');
});

it.each([60, 80, 120])('fits %i columns', async (columns) => {
  const clients = { sqs: sqs(), lambda: lambda(), cloudwatch: alarmed };
  const scene = startOperator({ tables, clients, columns, deployment: { outputs: OUTPUTS } });
  const { out } = await scene.backstop('status');
  for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(columns);
});

it('says how many failures of an outage are held, and how to list them', async () => {
  const ledger = new DynamoDBLedger({ client: tables.client, table: tables.ledger, reconcileAfterMs: 1_000 });
  const notBefore = new Date(Date.now() + 600_000).toISOString();
  for (const id of ['a', 'b']) await ledger.claim(sampleEntry({ id, held: 'circuit', notBefore }));
  const { out } = await status(alarmed);
  expect(out).toMatch(/payments +paused +0 +0 +2 /);
  expect(out).toContain('next: backstop failures --status held');
});
