import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { StartExecutionCommand } from '@aws-sdk/client-sfn';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import type { App } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { buildSync } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CheckoutStack } from '../../examples/lambda-fetch/stack.ts';
import { FailedChargesStack } from '../../examples/pipe/stack.ts';
import { OrderStack } from '../../examples/saga/stack.ts';
import { OrdersStack } from '../../examples/sqs-batch/stack.ts';
import { OrderStack as OrderMachineStack } from '../../examples/step-functions/stack.ts';
import { WebhookStack } from '../../examples/webhook/stack.ts';
import type { PipelineStack } from '../../lib/pipeline/pipeline-stack.ts';
import type { CloudCall, Fault } from '../../tools/local/cloud.ts';
import { onClock } from '../support/on-clock.ts';
import { startWorld, type World } from './world.ts';

/**
 * An API that does a request once for each key. Its first answer to each order is a 503, or is lost. It is down for
 * three requests of orders `down-…`, and refuses charges of orders `refused-…`.
 */
class Shop {
  /** Method, path, order and key of each request that took effect. */
  readonly done: string[] = [];
  /** The last body of each order. */
  readonly bodies = new Map<string, string>();
  private readonly asked = new Map<string, number>();
  private readonly server = createServer(async (request, response) => {
    const { method, url = '', headers } = request;
    const given = await text(request);
    const order: string = given === '' ? (url.split('/').at(-1) ?? '') : JSON.parse(given).order;
    this.bodies.set(order, given);
    const times = (this.asked.get(order) ?? 0) + 1;
    this.asked.set(order, times);
    const answer = answerTo(order, url, times);
    const effect = [method, url, order, headers['idempotency-key']].filter((part) => part !== undefined).join(' ');
    if ((answer === 200 || answer === 'lost') && !this.done.includes(effect)) this.done.push(effect);
    if (answer === 'lost') request.socket.resetAndDestroy();
    else response.writeHead(answer).end('{}');
  });

  doneFor(order: string): readonly string[] {
    return this.done.filter((effect) => effect.includes(order));
  }

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.server.close();
    this.server.closeAllConnections();
  }
}

function answerTo(order: string, url: string, times: number): number | 'lost' {
  if (order.startsWith('refused')) return url === '/charges' ? 402 : 200;
  if (order.startsWith('down')) return times > 3 ? 200 : 503;
  if (times > 1) return 200;
  return order.startsWith('lost') ? 'lost' : 503;
}

const shop = new Shop();
let world: World;
let lambda: LambdaClient;
const faults = new Map<string, (call: CloudCall) => Fault | undefined>();

/** Bundles the functions of the examples. The CDK would start a process for each, and print what it does. */
function bundled(folder: string): (name: string) => Code {
  buildSync({
    absWorkingDir: join(import.meta.dirname, '../../examples'),
    entryPoints: {
      'charge/index': 'lambda-fetch/charge.ts',
      'place/index': 'sqs-batch/place.ts',
      'order/index': 'saga/order.ts',
    },
    outdir: folder,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node24',
    logLevel: 'silent',
  });
  return (name) => Code.fromAsset(join(folder, name));
}

/** Adds the stacks of the examples, as their apps do. */
function addExamples(app: App, folder: string, ordersUrl: string): void {
  const { pipeline } = app.node.findChild('BackstopPipeline') as PipelineStack;
  const code = bundled(join(folder, 'examples'));
  new CheckoutStack(app, 'Checkout', { pipeline, code: code('charge') });
  new OrdersStack(app, 'Orders', { pipeline, code: code('place'), ordersUrl });
  new OrderStack(app, 'Order', { pipeline, code: code('order') });
  new OrderMachineStack(app, 'OrderMachine', { pipeline, paymentsUrl: ordersUrl });
  new FailedChargesStack(app, 'FailedCharges', { pipeline });
  new WebhookStack(app, 'Webhook', { pipeline });
}

beforeAll(async () => {
  const baseUrl = await shop.start();
  const api = { kind: 'http', baseUrl, idempotencyKeys: true, circuit: { minimumCalls: 1_000 } } as const;
  const added = { payments: api, orders: api, stock: api };
  world = await startWorld({}, { extend: (app, folder) => addExamples(app, folder, baseUrl), added });
  const { endpoint, credentials } = world.cloud;
  lambda = onClock(world.clock, new LambdaClient({ endpoint, credentials, region: 'us-east-1' }));
  world.cloud.inject((call) => faults.get([...faults.keys()].find((order) => call.body.includes(order)) ?? '')?.(call));
});
afterAll(async () => {
  lambda?.destroy();
  await world?.stop();
  shop.stop();
});

async function invoke(FunctionName: string, order: string): Promise<unknown> {
  const Payload = JSON.stringify({ order, amount: 4200 });
  const answer = await world.clock.run(lambda.send(new InvokeCommand({ FunctionName, Payload })));
  return JSON.parse(answer.Payload?.transformToString() ?? 'null');
}

async function send(queue: string, message: object): Promise<string> {
  const request = { QueueUrl: world.output(queue), MessageBody: JSON.stringify(message) };
  const { MessageId = '' } = await world.sqs.send(new SendMessageCommand(request));
  return MessageId;
}

/** The calls of the functions, and those of the pipes, that put events on the bus. */
const reports = ({ service, operation, caller }: CloudCall, by: 'Charge' | 'Pipe') =>
  service === 'events' && operation === 'PutEvents' && caller.includes(by);

describe.concurrent('a charge that fails', () => {
  it.each<[string, string, (call: CloudCall) => Fault | undefined]>([
    ['order-1', 'all else is well', () => undefined],
    ['lost-1', 'its answer is lost', () => undefined],
    ['order-2', 'the bus takes no report', (call) => (reports(call, 'Charge') ? 'fail-before' : undefined)],
    [
      'order-3',
      'the bus takes the report, and its answer is lost',
      (call) => (reports(call, 'Charge') ? 'fail-after' : undefined),
    ],
    [
      'order-4',
      'the answers of the bus to the function and to the pipe are lost',
      (call) =>
        reports(call, 'Charge') || (reports(call, 'Pipe') && !piped.has(call.caller)) ? lose(call) : undefined,
    ],
  ])('gets a 202, and Backstop makes it once: %s, where %s', async (order, _, fault) => {
    faults.set(order, fault);
    expect(await invoke('charge', order)).toEqual({ statusCode: 202, body: `${order}-charge` });
    const { outcome } = await world.settled(`${order}-charge`);
    expect(outcome).toBe('recovered');
    expect(shop.doneFor(order)).toEqual([`POST /charges ${order} ${order}-charge`]);
  });
});

describe.concurrent('an example', () => {
  it('has Backstop undo the steps before a charge that is refused', async () => {
    expect(await invoke('order', 'refused-1')).toEqual({ statusCode: 202, body: 'refused-1-charge' });
    const { outcome } = await world.settled('refused-1-charge');
    expect(outcome).toBe('compensated');
    const requests = shop.doneFor('refused-1').map((effect) => effect.split(' ').slice(0, 2).join(' '));
    expect(requests).toEqual(['PUT /reservations/refused-1', 'DELETE /reservations/refused-1']);
  });

  it('returns a record of a batch to its queue, and reports it at its last receive', async () => {
    const [once, down] = [
      await send('OrdersQueueUrl', { order: 'batch-1' }),
      await send('OrdersQueueUrl', { order: 'down-1' }),
    ];
    expect((await world.settled(down)).outcome).toBe('recovered');
    expect(shop.doneFor('down-1')).toEqual([`POST /orders down-1 ${down}`]);
    await world.clock.until(async () => expect(shop.doneFor('batch-1')).toEqual([`POST /orders batch-1 ${once}`]));
    expect(await world.entry(once)).toBeUndefined();
  });

  it('reports in the catch of a state machine, without a function', async () => {
    const stateMachineArn = 'arn:aws:states:us-east-1:000000000000:stateMachine:orders';
    const input = JSON.stringify({ order: 'machine-1', charge: { order: 'machine-1', amount: 1 } });
    await world.sfn.send(new StartExecutionCommand({ stateMachineArn, input }));
    expect((await world.settled('machine-1-charge')).outcome).toBe('recovered');
    expect(shop.doneFor('machine-1')).toEqual(['POST /charges machine-1 machine-1-charge']);
    const [execution] = world.cloud.executions.filter((each) => each.input === input);
    expect(execution?.status).toBe('SUCCEEDED');
  });

  it('makes a failure of a message by a pipe', async () => {
    await send('FailedChargesQueueUrl', { order: 'piped-1', charge: { order: 'piped-1', amount: 1 }, status: 503 });
    expect((await world.settled('piped-1-charge')).outcome).toBe('recovered');
    expect(shop.doneFor('piped-1')).toEqual(['POST /charges piped-1 piped-1-charge']);
  });
});

/** Posts to the webhook, as its README says. @returns the status of the answer */
async function post(body: object, key = 'payments-webhook'): Promise<number> {
  const address = Object.entries(world.cloud.outputs).find(([name]) => name.startsWith('ApiEndpoint'))?.[1] ?? '';
  // The embedded cloud has one host for all APIs.
  const url = address.replace(/^https:\/\/([^.]+)[^/]*/, `${world.cloud.endpoint}/rest-apis/$1`);
  const headers = { 'x-api-key': key, 'content-type': 'application/json' };
  const { status } = await fetch(`${url}failed-charges`, { method: 'POST', headers, body: JSON.stringify(body) });
  return status;
}

describe.concurrent('a webhook without a function', () => {
  const failed = (order: string) => ({
    order,
    failedAt: new Date().toISOString(),
    charge: { order, amount: 4200, note: `Alice's "gift" \\ é /` },
  });

  it('makes an event of a request, and Backstop makes the charge', async () => {
    expect(await post(failed('hook-1'))).toBe(202);
    expect((await world.settled('hook-1-charge')).outcome).toBe('recovered');
    expect(shop.doneFor('hook-1')).toEqual(['POST /charges hook-1 hook-1-charge']);
    expect(JSON.parse(shop.bodies.get('hook-1') ?? '')).toEqual(failed('hook-1').charge);
  });

  it.each<[string, () => Promise<number>, number]>([
    ['a sender without a key', () => post(failed('hook-2'), 'another'), 403],
    ['what is no failed charge', () => post({ ...failed('hook-2'), order: 'a"b' }), 400],
  ])('refuses %s', async (_, send, status) => {
    expect(await send()).toBe(status);
  });

  it('has its sender try again if the bus takes nothing, and the charge is made once', async () => {
    let faultsLeft = 2;
    faults.set('hook-3', ({ caller, operation }) =>
      caller.includes('failedcharges') && operation === 'PutEvents' && faultsLeft-- > 0
        ? faultsLeft > 0
          ? 'fail-before'
          : 'fail-after'
        : undefined,
    );
    const statuses = [await post(failed('hook-3')), await post(failed('hook-3')), await post(failed('hook-3'))];
    expect(statuses).toEqual([503, 503, 202]);
    expect((await world.settled('hook-3-charge')).outcome).toBe('recovered');
    expect(shop.doneFor('hook-3')).toEqual(['POST /charges hook-3 hook-3-charge']);
  });
});

const piped = new Set<string>();

function lose({ caller }: CloudCall): Fault {
  if (caller.includes('Pipe')) piped.add(caller);
  return 'fail-after';
}
