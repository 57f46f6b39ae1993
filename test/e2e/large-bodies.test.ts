import { createHash, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { App } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { buildSync } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CheckoutStack } from '../../examples/lambda-fetch/stack.ts';
import type { PipelineStack } from '../../lib/pipeline/pipeline-stack.ts';
import { onClock } from '../support/on-clock.ts';
import { toolIn } from './tool.ts';
import { failure, startWorld, type World } from './world.ts';

/**
 * Bodies that the API got, by order. It answers the first one of each with a 503, and orders named `refused` with a
 * 422.
 */
const received = new Map<string, string[]>();
const api = createServer(async (request, response) => {
  const body = await text(request);
  const order: string = JSON.parse(body).order ?? '';
  const bodies = [...(received.get(order) ?? []), body];
  received.set(order, bodies);
  response.writeHead(order === 'refused' ? 422 : bodies.length > 1 ? 200 : 503).end('{}');
});
let world: World;
let lambda: LambdaClient;
let s3: S3Client;
const failures: string[] = [];

function addCheckout(app: App, folder: string): void {
  const { pipeline } = app.node.findChild('BackstopPipeline') as PipelineStack;
  buildSync({
    absWorkingDir: join(import.meta.dirname, '../../examples'),
    entryPoints: { index: 'lambda-fetch/charge.ts' },
    outdir: join(folder, 'charge'),
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node24',
    logLevel: 'silent',
  });
  new CheckoutStack(app, 'Checkout', { pipeline, code: Code.fromAsset(join(folder, 'charge')) });
}

beforeAll(async () => {
  await new Promise<void>((resolve) => api.listen(0, '127.0.0.1', resolve));
  const baseUrl = `http://127.0.0.1:${(api.address() as AddressInfo).port}`;
  const payments = { kind: 'http', baseUrl, idempotencyKeys: true, circuit: { minimumCalls: 1_000 } } as const;
  world = await startWorld({}, { extend: addCheckout, added: { payments }, largeBodies: true });
  world.cloud.inject(({ service, operation, trigger }) => {
    const isRead = service === 's3' && operation === 'GetObject' && trigger.includes('large-2');
    return isRead && failures.push('large-2') === 1 ? 'fail-before' : undefined;
  });
  const { endpoint, credentials } = world.cloud;
  const config = { endpoint, credentials, region: 'us-east-1' };
  lambda = onClock(world.clock, new LambdaClient(config));
  s3 = onClock(world.clock, new S3Client({ ...config, forcePathStyle: true }));
});
afterAll(async () => {
  lambda?.destroy();
  s3?.destroy();
  await world?.stop();
  api.close();
});

async function charge(order: string, amount: string): Promise<unknown> {
  const Payload = JSON.stringify({ order, amount });
  const answer = await world.clock.run(lambda.send(new InvokeCommand({ FunctionName: 'charge', Payload })));
  return JSON.parse(answer.Payload?.transformToString() ?? 'null');
}

/** Puts an object into the bucket, as a producer does, and reports an operation that claims it. */
async function claim(id: string, key: string, content: string, claimed = content): Promise<void> {
  const Bucket = world.output('BodiesBucketName');
  if (content !== '') await s3.send(new PutObjectCommand({ Bucket, Key: key, Body: content, IfNoneMatch: '*' }));
  const sha256 = createHash('sha256').update(claimed).digest('hex');
  const bodyClaim = { key, sha256, bytes: Buffer.byteLength(claimed) };
  await world.send(
    failure(id, { version: 2, id, dependency: 'payments', operation: { method: 'POST', path: '/charges', bodyClaim } }),
  );
}

describe.concurrent('a body of 2 MB', () => {
  const LARGE = 'ä'.repeat(1_000_000);

  it.each([
    ['large-1', 'all else is well', false],
    ['large-2', 'the bucket fails at first', true],
  ])('reaches the API once more from the bucket: %s, where %s', async (order, _, fails) => {
    expect(await charge(order, LARGE)).toEqual({ statusCode: 202, body: `${order}-charge` });
    const entry = await world.settled(`${order}-charge`);
    expect(entry).toMatchObject({ outcome: 'recovered' });
    const body = JSON.stringify({ order, amount: LARGE });
    expect(received.get(order)?.map((each) => each === body)).toEqual([true, true]);
    expect(failures.includes(order)).toBe(fails);
    const shown = JSON.stringify([world.logs, world.cloud.executions]);
    expect(shown.includes('ää')).toBe(false);
  });
});

describe.concurrent('an operation with a claim', () => {
  const body = (order: string) => JSON.stringify({ order, padding: 'x'.repeat(70_000) });

  it.each([
    ['changed', body('changed'), body('other')],
    ['missing', '', body('missing')],
  ])('becomes a dead letter without a call if its body is %s', async (id, content, claimed) => {
    await claim(id, `bodies/payments/-/${randomUUID()}`, content, claimed);
    const entry = await world.settled(id);
    expect(entry).toMatchObject({
      outcome: 'dead-lettered',
      reason: 'permanent',
      verdict: { rule: 'body-claim-broken' },
    });
    expect(received.has(id)).toBe(false);
    expect(entry.failure?.operation).not.toHaveProperty('body');
  });

  it('is revealed with its body, on record', async () => {
    await claim('refused', `bodies/payments/-/${randomUUID()}`, body('refused'));
    await world.settled('refused');
    const masked = await toolIn(world, 'dlq', 'show', 'refused');
    expect(masked.out).toContain('"bytes": 70');
    expect(masked.out).not.toContain('xxxx');
    const { out } = await toolIn(world, 'dlq', 'show', 'refused', '--reveal', '--why', 'which order?', '--yes');
    expect(out).toContain(`"padding": "${'x'.repeat(70_000)}"`);
    expect(world.logs.join('\n')).not.toContain('xxxx');
  });

  it('is rejected if the body is one of another dependency', async () => {
    await claim('foreign', `bodies/orders/-/${randomUUID()}`, body('foreign'));
    const rejected = await world.take(world.output('RejectsQueueUrl'), (messages) => messages.length > 0);
    expect(rejected[0]?.Body).toContain('operation.bodyClaim.key must be a key of its dependency and tenant');
  });
});
