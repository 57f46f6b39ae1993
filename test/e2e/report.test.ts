import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import type { App } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { buildSync } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CheckoutStack } from '../../examples/lambda-fetch/checkout-stack.ts';
import type { PipelineStack } from '../../lib/pipeline/pipeline-stack.ts';
import type { CloudCall, Fault } from '../../tools/local/cloud.ts';
import { onClock } from '../support/on-clock.ts';
import { startWorld, type World } from './world.ts';

/** An API that charges an order once for each key. Its first answer to each order is a 503, or is lost. */
class Payments {
  readonly charged: string[] = [];
  private readonly seen = new Set<string>();
  private readonly server = createServer(async (request, response) => {
    const { order } = JSON.parse(await text(request));
    const key = `${order} ${request.headers['idempotency-key']}`;
    const isFirst = !this.seen.has(order);
    this.seen.add(order);
    const isLost = order.startsWith('lost');
    if ((!isFirst || isLost) && !this.charged.includes(key)) this.charged.push(key);
    if (isFirst && isLost) request.socket.resetAndDestroy();
    else response.writeHead(isFirst ? 503 : 200).end('{}');
  });

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.server.close();
    this.server.closeAllConnections();
  }
}

const ROOT = join(import.meta.dirname, '../..');

const payments = new Payments();
let world: World;
let lambda: LambdaClient;
const faults = new Map<string, (call: CloudCall) => Fault | undefined>();

/** Bundles the example's function, as its README says. */
function addCheckout(app: App, folder: string): void {
  const code = join(folder, 'charge');
  buildSync({
    absWorkingDir: ROOT,
    entryPoints: ['examples/lambda-fetch/charge.ts'],
    outdir: code,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node24',
    logLevel: 'silent',
  });
  const { pipeline } = app.node.findChild('BackstopPipeline') as PipelineStack;
  new CheckoutStack(app, 'Checkout', { pipeline, code: Code.fromAsset(code) });
}

beforeAll(async () => {
  const baseUrl = await payments.start();
  const charges = { kind: 'http', baseUrl, idempotencyKeys: true, circuit: { minimumCalls: 1_000 } } as const;
  world = await startWorld({}, { extend: addCheckout, added: { payments: charges } });
  const { endpoint, credentials } = world.cloud;
  lambda = onClock(world.clock, new LambdaClient({ endpoint, credentials, region: 'us-east-1' }));
  world.cloud.inject((call) => faults.get([...faults.keys()].find((order) => call.body.includes(order)) ?? '')?.(call));
});
afterAll(async () => {
  lambda?.destroy();
  await world?.stop();
  payments.stop();
});

async function charge(order: string): Promise<unknown> {
  const Payload = JSON.stringify({ order, amount: 4200 });
  const answer = await world.clock.run(lambda.send(new InvokeCommand({ FunctionName: 'charge', Payload })));
  return JSON.parse(answer.Payload?.transformToString() ?? 'null');
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
    expect(await charge(order)).toEqual({ statusCode: 202, body: `${order}-charge` });
    const { outcome } = await world.settled(`${order}-charge`);
    expect(outcome).toBe('recovered');
    expect(payments.charged.filter((key) => key.startsWith(order))).toEqual([`${order} ${order}-charge`]);
  });
});

const piped = new Set<string>();

function lose({ caller }: CloudCall): Fault {
  if (caller.includes('Pipe')) piped.add(caller);
  return 'fail-after';
}
