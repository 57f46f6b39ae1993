import { createHash, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { onClock } from '../support/on-clock.ts';
import { failure, startWorld, type World } from './world.ts';

/* Settings of the pipeline, and of a dependency, that change while failures are under way. The tests build on each other. */

const retry = { hotAttempts: 1, durableAttempts: 20 };
const bearer = (secretName: string) => ({ retry, auth: { scheme: 'bearer' as const, secretName } });
const BEFORE = { moved: { retry }, stricter: { retry }, large: { retry }, secret: bearer('before') };
/** Above 2 KB, an operation has an item of its own. */
const LARGE = { text: 'x'.repeat(4_000) };

let world: World;
let s3: S3Client;
/** Paths that the API at the new address got. */
const reached: string[] = [];
/** Names of the secrets that functions have asked for. */
const secrets: string[] = [];
const newAddress = createServer(({ url = '' }, response) => {
  reached.push(url);
  response.writeHead(200).end('{}');
});

beforeAll(async () => {
  await new Promise<void>((resolve) => newAddress.listen(0, '127.0.0.1', resolve));
  world = await startWorld(BEFORE, { separateOperations: false, secrets: { before: 's1', after: 's2' } });
  world.cloud.inject(({ service, body }) => {
    if (service === 'secretsmanager') secrets.push(JSON.parse(body).SecretId);
    return undefined;
  });
  const { endpoint, credentials } = world.cloud;
  s3 = onClock(world.clock, new S3Client({ endpoint, credentials, region: 'us-east-1', forcePathStyle: true }));
});
afterAll(async () => {
  s3?.destroy();
  // An alias is gone once the canary is off.
  await world?.stop(/:live because no policy allows/);
  newAddress.close();
});

/** Sends a failure whose calls fail until the gate opens, and waits until the Recovery machine has it. */
async function underWay(dependency: string, gate: string, operation: object = {}, version = 1): Promise<string> {
  const detail = failure(`/gated/${gate}`, { dependency, version });
  await world.send({ ...detail, operation: { ...Object(detail.operation), ...operation } });
  await world.clock.until(() => expect(world.executionsOf(detail.id)).not.toEqual([]));
  return detail.id;
}

/** Whether the ledger has the operation in an item of its own. */
async function isSeparate(id: string): Promise<boolean> {
  return (await world.entry(id))?.operationItem !== undefined;
}

const recovered = { outcome: 'recovered' };
const callsOf = (gate: string) => world.dependency.effects.filter(({ path }) => path === `/gated/${gate}`).length;

it('operations in items of their own: each form is read under the other setting, and called once', async () => {
  const within = await underWay('large', 'within', { body: LARGE });
  expect(await isSeparate(within)).toBe(false);
  await world.deploy(BEFORE, { separateOperations: true });
  const separate = await underWay('large', 'separate', { body: LARGE });
  expect(await isSeparate(separate)).toBe(true);
  world.dependency.open('within');
  expect(await world.settled(within)).toMatchObject(recovered);
  await world.deploy(BEFORE);
  world.dependency.open('separate');
  expect(await world.settled(separate)).toMatchObject(recovered);
  expect([callsOf('within'), callsOf('separate')]).toEqual([1, 1]);
});

describe('settings of a dependency', () => {
  const ids: Record<string, string> = {};
  beforeAll(async () => {
    for (const name of ['secret', 'moved', 'stricter']) ids[name] = await underWay(name, name);
    expect(secrets.at(-1)).toBe('before');
    const baseUrl = `http://127.0.0.1:${(newAddress.address() as AddressInfo).port}`;
    await world.deploy({
      ...BEFORE,
      secret: bearer('after'),
      moved: { retry, baseUrl },
      stricter: { retry, accepts: { paths: ['/other/'] } },
    });
  });

  it('another secret: the next call of a failure has it', async () => {
    world.dependency.open('secret');
    expect(await world.settled(ids.secret ?? '')).toMatchObject(recovered);
    expect(secrets.at(-1)).toBe('after');
  });

  it('another address: the next call of a failure goes there', async () => {
    expect(await world.settled(ids.moved ?? '')).toMatchObject(recovered);
    expect(reached).toEqual(['/gated/moved']);
  });

  it('stricter `accepts`: no call that it excludes is made, for failures of before and for new ones', async () => {
    world.dependency.open('stricter');
    expect(await world.settled(ids.stricter ?? '')).toMatchObject({ outcome: 'dead-lettered' });
    const detail = failure('/gated/stricter', { dependency: 'stricter' });
    await world.send(detail);
    const [rejected] = await world.take(world.output('RejectsQueueUrl'), (messages) => messages.length > 0);
    expect(rejected?.Body).toContain(detail.id);
    expect(callsOf('stricter')).toBe(0);
  });
});

it('large bodies: claims pass once the setting is on, and end as dead letters once it is off', async () => {
  const content = JSON.stringify({ text: 'y'.repeat(70_000) });
  const sha256 = createHash('sha256').update(content).digest('hex');
  const bodyClaim = { key: `bodies/large/-/${randomUUID()}`, sha256, bytes: Buffer.byteLength(content) };
  const claimed = { body: undefined, bodyClaim };
  const early = failure('/gated/early', { dependency: 'large', version: 2 });
  await world.send({ ...early, operation: { ...Object(early.operation), ...claimed } });
  const [rejected] = await world.take(world.output('RejectsQueueUrl'), (messages) => messages.length > 0);
  expect(rejected?.Body).toContain(early.id);

  await world.deploy(BEFORE, { largeBodies: true });
  const Bucket = world.output('BodiesBucketName');
  await s3.send(new PutObjectCommand({ Bucket, Key: bodyClaim.key, Body: content, IfNoneMatch: '*' }));
  const kept = await underWay('large', 'kept', claimed, 2);
  world.dependency.open('kept');
  expect(await world.settled(kept)).toMatchObject(recovered);

  const left = await underWay('large', 'left', claimed, 2);
  await world.deploy(BEFORE);
  world.dependency.open('left');
  expect(await world.settled(left)).toMatchObject({
    outcome: 'dead-lettered',
    verdict: { rule: 'body-claim-broken' },
  });
  expect([callsOf('kept'), callsOf('left')]).toEqual([1, 0]);
});

it('a canary that is turned on: the executions of before continue, and those of after call the aliases', async () => {
  const id = await underWay('large', 'canary-on');
  const skipped = { retry: { hotAttempts: 1, durableAttempts: 1 }, fallback: { kind: 'skip' as const } };
  await world.deploy({ ...BEFORE, skipped }, { deployment: { canary: true } });
  world.dependency.open('canary-on');
  expect(await world.settled(id)).toMatchObject(recovered);
  expect(world.executionsOf(id)).toHaveLength(1);

  const operation = { method: 'DELETE', path: '/throttled/3/1/undo' };
  const undone = failure('/status/400', { undo: [{ name: 'reserve', dependency: 'orders', operation }] });
  const answered = failure('/status/503', { dependency: 'skipped' });
  await world.send(undone, answered);
  expect(await world.settled(undone.id)).toMatchObject({ outcome: 'compensated' });
  expect(await world.settled(answered.id)).toMatchObject({ outcome: 'degraded' });
});

it('a canary that is turned off: another execution continues with each failure', async () => {
  const id = await underWay('large', 'canary-off');
  await world.deploy(BEFORE);
  world.dependency.open('canary-off');
  expect(await world.settled(id)).toMatchObject({ ...recovered, rescues: 1 });
  expect(callsOf('canary-off')).toBe(1);
});
