import { createHash, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { IsLate } from '../../tools/local/canaries.ts';
import { unpack } from '../../tools/versions/packed-assembly.ts';
import { RECORDED, RECORDED_URL } from '../../tools/versions/recorded.ts';
import { onClock } from '../support/on-clock.ts';
import { toolIn } from './tool.ts';
import { failure, startWorld, type World } from './world.ts';

/*
 * The version before is the real one: its templates and its functions, as they were recorded. Its failures are under way
 * when this version comes, first without its functions or without its machine.
 */

const retry = { hotAttempts: 1, durableAttempts: 20 };
const OTHERS = { asking: { retry, conflict: { strategy: 'ask' as const } }, 'in-order': { retry, ordered: true } };
/** For the first deployment over a version that lacks it: docs/changes.md. */
const FIRST = { separateOperations: false };

const isFunction: IsLate = ({ type }) => type === 'AWS::Lambda::Function';
const isMachine: IsLate = ({ type }) => type === 'AWS::StepFunctions::StateMachine';

/** A world where the version before is deployed. @returns its files as well, to go back to it */
async function startBefore(): Promise<{ readonly world: World; readonly before: string }> {
  const packed = readFileSync(RECORDED);
  let before = '';
  const world = await startWorld(OTHERS, {
    first: (folder, url) => {
      before = folder;
      unpack(packed, folder, [RECORDED_URL, url]);
    },
  });
  return { world, before };
}

async function backstop(world: World, ...args: readonly string[]): Promise<void> {
  const { code, err } = await toolIn(world, ...args, '--yes', '--why', 'a test');
  expect({ code, err: code === 0 ? '' : err }).toEqual({ code: 0, err: '' });
}

/** Redrives what dies again. */
async function redriveInVain(world: World, dependency: string): Promise<void> {
  const { code, err } = await toolIn(world, 'dlq', 'redrive', dependency, '--yes', '--why', 'a test');
  expect({ code, err }).toEqual({ code: 6, err: expect.stringContaining('Died again: 3 of 3') });
}

describe.each([
  ['the functions of the version before beside the machine of this one', isFunction],
  ['the machine of the version before beside the functions of this one', isMachine],
])('%s', (_, isLate) => {
  let world: World;
  const sent: Record<string, readonly string[]> = {};

  beforeAll(async () => {
    ({ world } = await startBefore());
    for (const phase of ['before', 'between', 'after']) {
      if (phase === 'between') await world.deploy(OTHERS, { ...FIRST, isLate });
      if (phase === 'after') await world.deploy(OTHERS, FIRST);
      sent[phase] = await sendAll(phase);
    }
    world.dependency.open('later');
  });
  afterAll(() => world?.stop());

  /** One failure of each kind, which waits for its next attempt, for a human or for its turn. */
  async function sendAll(phase: string): Promise<string[]> {
    const gated = { method: 'PUT', path: '/gated/later', resourceId: phase };
    const document = `/documents/strong/${phase}`;
    world.dependency.documents.put(document, { total: 1 });
    const conflict = { method: 'PUT', path: document, ifMatch: '"0"', base: { total: 0 }, body: { total: 5 } };
    const undo = [{ name: 'reserve', dependency: 'orders', operation: { method: 'DELETE', path: '/ok/undo' } }];
    const details = [
      failure('', { dependency: 'payments', operation: gated }),
      failure('', { dependency: 'in-order', operation: gated }),
      failure('', { dependency: 'in-order', operation: gated }),
      failure('', { dependency: 'asking', operation: conflict, error: { statusCode: 412 } }),
      failure('', { operation: { ...gated, path: '/status/400' }, undo }),
      failure('', { operation: { ...gated, path: '/status/422' } }),
    ];
    await world.send(...details);
    const [payment = '', inOrder = '', , question = '', undone = '', dead = ''] = details.map(({ id }) => id);
    await world.clock.until(async () => {
      for (const id of [payment, inOrder]) expect(world.executionsOf(id)).not.toEqual([]);
      expect((await world.entry(question))?.question).toBeDefined();
    });
    for (const id of [undone, dead]) await world.settled(id);
    return details.map(({ id }) => id);
  }

  it.each(['before', 'between', 'after'])(
    'ends each failure that came %s, and makes each change once',
    async (phase) => {
      const [payment = '', first = '', second = '', question = '', undone = '', dead = ''] = sent[phase] ?? [];
      await backstop(world, 'decide', question, 'ours', '--question', '1.1');
      const outcomes = [];
      for (const id of [payment, first, second, question, undone, dead])
        outcomes.push((await world.settled(id)).outcome);
      expect(outcomes).toEqual(['recovered', 'recovered', 'recovered', 'resolved', 'compensated', 'dead-lettered']);
      const changes = [payment, first, second, undone].map(
        (id) => world.dependency.effects.filter(({ correlationId }) => correlationId === id).length,
      );
      expect(changes).toEqual([1, 1, 1, 1]);
      expect(world.dependency.documents.get(`/documents/strong/${phase}`)).toEqual({ total: 5 });
    },
  );

  it('redrives dead letters of all three', async () => {
    await redriveInVain(world, 'orders');
    for (const phase of ['before', 'between', 'after'])
      expect(await world.settled(sent[phase]?.[5] ?? '', 2)).toMatchObject({ outcome: 'dead-lettered' });
  });
});

describe('a rollback to the version before', () => {
  let world: World;
  let before: string;
  beforeAll(async () => {
    ({ world, before } = await startBefore());
  });
  afterAll(() => world?.stop());

  /** Sends a failure that waits in the Recovery machine. */
  async function underWay(gate: string, operation: object, version = 1): Promise<string> {
    const detail = failure('', { dependency: 'payments', version });
    await world.send({ ...detail, operation: { method: 'PUT', path: `/gated/${gate}`, ...operation } });
    await world.clock.until(() => expect(world.executionsOf(detail.id)).not.toEqual([]));
    return detail.id;
  }
  const changesBy = (gate: string) => world.dependency.effects.filter(({ path }) => path === `/gated/${gate}`).length;

  it('continues what this version has begun', async () => {
    await world.deploy(OTHERS, FIRST);
    const id = await underWay('plain', { body: { text: 'x'.repeat(4_000) } });
    await world.clock.run(world.cloud.deploy(before));
    world.dependency.open('plain');
    expect(await world.settled(id)).toMatchObject({ outcome: 'recovered' });
    expect(changesBy('plain')).toBe(1);
  });

  it('makes no call without the body of a claim; the failure recovers once this version is back', async () => {
    await world.deploy(OTHERS, { ...FIRST, largeBodies: true });
    const { endpoint, credentials } = world.cloud;
    const s3 = onClock(world.clock, new S3Client({ endpoint, credentials, region: 'us-east-1', forcePathStyle: true }));
    const content = JSON.stringify({ text: 'y'.repeat(70_000) });
    const key = `bodies/payments/-/${randomUUID()}`;
    const Bucket = world.output('BodiesBucketName');
    await s3.send(new PutObjectCommand({ Bucket, Key: key, Body: content, IfNoneMatch: '*' }));
    s3.destroy();
    const sha256 = createHash('sha256').update(content).digest('hex');
    const id = await underWay('claimed', { bodyClaim: { key, sha256, bytes: Buffer.byteLength(content) } }, 2);
    await world.clock.run(world.cloud.deploy(before));
    world.dependency.open('claimed');
    expect(await world.settled(id)).toMatchObject({ outcome: 'dead-lettered', reason: 'handler-failed' });
    expect(changesBy('claimed')).toBe(0);
    await world.deploy(OTHERS, { ...FIRST, largeBodies: true });
    await backstop(world, 'dlq', 'redrive', 'payments');
    expect(await world.settled(id, 2)).toMatchObject({ outcome: 'recovered' });
    expect(changesBy('claimed')).toBe(1);
  });
});
