import { StopExecutionCommand } from '@aws-sdk/client-sfn';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DeadLetter } from '../../lambdas/domain/ledger/dead-letter.ts';
import { failure, startWorld, transitions, type World } from './world.ts';

let world: World;
/** Details of the published events, as text. */
const published: string[] = [];
/** Alerts to humans. */
const told: { readonly subject: string | null; readonly message: string }[] = [];
/** Dead letters taken from the queue so far. */
const deadLetters: DeadLetter[] = [];

beforeAll(async () => {
  world = await startWorld({ frail: { retry: { hotAttempts: 1, durableAttempts: 1 }, maxConcurrency: 2 } });
  world.cloud.inject(({ service, operation, body }) => {
    if (operation === 'PutEvents') published.push(body);
    if (service === 'sns') {
      const parameters = new URLSearchParams(body);
      told.push({ subject: parameters.get('Subject'), message: parameters.get('Message') ?? '' });
    }
    return undefined;
  });
});
afterAll(() => world?.stop());

/** A failure that its dependency rejects, with its completed steps: name, method, path, and other fields. */
function givenUp(
  steps: readonly (readonly [string, string, string, object?])[],
  change: Record<string, unknown> = {},
): ReturnType<typeof failure> {
  const detail = failure('/status/400', change);
  const undo = steps.map(([name, method, path, special]) => ({
    name,
    dependency: 'orders',
    operation: { method, path: path.replace(':id', detail.id) },
    ...special,
  }));
  return { ...detail, undo };
}

const undoCalls = (id: string) =>
  world.dependency.calls.filter(({ correlationId, path }) => correlationId === id && path.includes('undo'));
const undone = (id: string) =>
  world.dependency.effects
    .filter(({ correlationId, path }) => correlationId === id && path.includes('undo'))
    .map(({ path }) => path);
const messagesOf = (id: string) => told.filter(({ message }) => message.includes(`failure: ${id}\n`));

async function deadLetterOf(id: string): Promise<DeadLetter> {
  return world.clock.until(async () => {
    for (const { Body = '{}' } of await world.take(world.output('OrdersDeadLetterQueueUrl'), () => true)) {
      deadLetters.push(JSON.parse(Body));
    }
    const deadLetter = deadLetters.find((each) => each.id === id);
    if (!deadLetter) throw new Error('its letter has not been found yet');
    return deadLetter;
  });
}

/** Detail of the event with the outcome. */
function eventOf(id: string, cycle = 1): Record<string, unknown> {
  const details = published.flatMap((body) => JSON.parse(body).Entries.map(({ Detail }: { Detail: string }) => Detail));
  return JSON.parse(details.find((detail: string) => detail.includes(`/${id}.${cycle}.`)) ?? '{}');
}

describe.concurrent('a failure that is given up', () => {
  it('has its completed steps undone in reverse order, once each, in four transitions and those of the retries', async () => {
    const detail = givenUp([
      ['reserve', 'DELETE', '/ok/undo-1'],
      ['pack', 'POST', '/ok/undo-2', { dependency: 'payments' }],
      ['label', 'PUT', '/ok/undo-3'],
    ]);
    await world.send(detail);
    const entry = await world.settled(detail.id);
    expect(entry).toMatchObject({ outcome: 'compensated', reason: 'permanent' });
    expect(entry).not.toHaveProperty('failure');
    expect(undone(detail.id)).toEqual(['/ok/undo-3', '/ok/undo-2', '/ok/undo-1']);
    expect(undoCalls(detail.id).map(({ idempotencyKey }) => idempotencyKey)).toEqual([
      undefined,
      `orders/${detail.id}#undo#1`,
      undefined,
    ]);
    expect(world.executionsOf(detail.id).map(transitions)).toEqual([4]);
    expect(eventOf(detail.id)).toMatchObject({ outcome: 'compensated', reason: 'permanent', undone: 3 });
    expect(messagesOf(detail.id)).toEqual([]);
  });

  it("becomes a dead letter with a page if a step can't be undone, after the undo of the others", async () => {
    const detail = givenUp([
      ['reserve', 'POST', '/ok/undo-1'],
      ['pack', 'POST', '/status/409/undo-2'],
      ['label', 'POST', '/status/422/undo-3'],
    ]);
    await world.send(detail);
    expect(await world.settled(detail.id)).toMatchObject({ outcome: 'dead-lettered', reason: 'permanent' });
    expect(undone(detail.id)).toEqual(['/ok/undo-1']);
    expect(undoCalls(detail.id)).toHaveLength(3);
    expect(await deadLetterOf(detail.id)).toMatchObject({
      priority: 'P1',
      reason: 'permanent',
      compensation: 'incomplete',
      undo: [
        { name: 'reserve', dependency: 'orders', state: 'done', statusCode: 200, attempts: 1 },
        { name: 'pack', state: 'failed', because: 'conflict', rule: 'http-conflict', statusCode: 409, attempts: 1 },
        {
          name: 'label',
          state: 'failed',
          because: 'permanent',
          rule: 'http-bad-request',
          statusCode: 422,
          attempts: 1,
        },
      ],
    });
    expect(messagesOf(detail.id)).toEqual([
      { subject: 'P1: completed steps could not be undone', message: expect.stringContaining('#undo-incomplete') },
    ]);
    const [{ message = '' } = {}] = messagesOf(detail.id);
    expect(message).toContain('1. "reserve" (orders): done, status 200, 1 call');
    expect(message).toContain('2. "pack" (orders): failed, conflict, rule http-conflict, status 409, 1 call');
    expect(eventOf(detail.id)).toMatchObject({ outcome: 'dead-lettered', compensation: 'incomplete' });
  });

  it('has each step tried again on its own', async () => {
    const detail = givenUp([
      ['reserve', 'POST', '/throttled/0/3/undo-1-:id'],
      ['pack', 'POST', '/throttled/1/1/undo-2-:id'],
      ['label', 'PUT', '/flaky/3/undo-3-:id'],
    ]);
    await world.send(detail);
    expect(await world.settled(detail.id)).toMatchObject({ outcome: 'compensated' });
    const paths = ['/flaky/3/undo-3', '/throttled/1/1/undo-2', '/throttled/0/3/undo-1'];
    expect(undone(detail.id)).toEqual(paths.map((path) => `${path}-${detail.id}`));
    expect((await world.entry(detail.id))?.undo?.steps.map(({ attempts }) => attempts)).toEqual([4, 2, 4]);
  });

  it('has the operation undone too whose answer was lost', async () => {
    const detail = givenUp([
      ['charge', 'DELETE', '/ok/undo-charge', { undoes: 'operation' }],
      ['reserve', 'DELETE', '/ok/undo-1'],
    ]);
    await world.send({ ...detail, operation: { method: 'POST', path: `/reset-after/${detail.id}` } });
    expect(await world.settled(detail.id)).toMatchObject({ outcome: 'compensated', reason: 'unknown-result' });
    expect(undone(detail.id)).toEqual(['/ok/undo-charge', '/ok/undo-1']);
  });

  it('becomes a dead letter where all else is undone, and nobody knows of the operation', async () => {
    const detail = givenUp([['reserve', 'DELETE', '/ok/undo-1']]);
    await world.send({ ...detail, operation: { method: 'POST', path: `/reset-after/${detail.id}` } });
    expect(await world.settled(detail.id)).toMatchObject({ outcome: 'dead-lettered', reason: 'unknown-result' });
    expect(undone(detail.id)).toEqual(['/ok/undo-1']);
    expect(await deadLetterOf(detail.id)).toMatchObject({ priority: 'P2', compensation: 'done' });
    expect(messagesOf(detail.id)).toEqual([]);
  });

  it("is compensated by a redrive after the fix of a step's dependency: only the remaining steps are undone", async () => {
    const detail = givenUp([
      ['reserve', 'POST', '/ok/undo-1'],
      ['pack', 'PUT', '/gated/undo-2', { dependency: 'frail' }],
    ]);
    await world.send(detail);
    expect(await world.settled(detail.id)).toMatchObject({ outcome: 'dead-lettered' });
    const deadLetter = await deadLetterOf(detail.id);
    expect(deadLetter.undo).toMatchObject([{ state: 'done' }, { state: 'failed', because: 'exhausted', attempts: 2 }]);
    world.dependency.open('undo-2');
    const QueueUrl = world.output('OrdersLaneQueueUrl');
    await world.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify(deadLetter) }));
    expect(await world.settled(detail.id, 2)).toMatchObject({ outcome: 'compensated', reason: 'permanent', cycle: 2 });
    expect(undone(detail.id)).toEqual(['/ok/undo-1', '/gated/undo-2']);
    const operation = world.dependency.calls.filter(
      ({ correlationId, path }) => correlationId === detail.id && path === '/status/400',
    );
    expect(operation).toHaveLength(1);
  });

  it('has nothing undone twice where its event comes twice', async () => {
    const detail = givenUp([
      ['reserve', 'POST', '/ok/undo-1'],
      ['pack', 'POST', '/ok/undo-2'],
    ]);
    await world.send(detail, detail);
    expect(await world.settled(detail.id)).toMatchObject({ outcome: 'compensated' });
    await world.send(detail);
    const repeated = (line: string) => line.includes('duplicate, nothing to do') && line.includes(detail.id);
    await world.clock.until(() => expect(world.logs.some(repeated)).toBe(true));
    expect(undone(detail.id)).toEqual(['/ok/undo-2', '/ok/undo-1']);
  });

  it('is undone to the end by another execution if the first is aborted midway', async () => {
    const detail = givenUp([
      ['reserve', 'POST', '/throttled/3/1/undo-1-:id'],
      ['pack', 'POST', '/ok/undo-2'],
    ]);
    await world.send(detail);
    const running = await world.clock.until(() => {
      const [execution] = world.executionsOf(detail.id);
      if (!execution?.steps.some(({ state }) => state === 'Wait to undo')) throw new Error('does not wait yet');
      return execution;
    });
    await world.sfn.send(new StopExecutionCommand({ executionArn: running.arn }));
    expect(await world.settled(detail.id)).toMatchObject({ outcome: 'compensated', rescues: 1 });
    expect(undone(detail.id)).toEqual(['/ok/undo-2', `/throttled/3/1/undo-1-${detail.id}`]);
  });

  it('shows nobody the payload of a step', async () => {
    const detail = givenUp([['reserve', 'POST', '/status/400/undo-anna@example.com']]);
    const [step] = detail.undo as { operation: object }[];
    await world.send({ ...detail, undo: [{ ...step, operation: { ...step?.operation, body: { card: 'pan-4111' } } }] });
    await world.settled(detail.id);
    const deadLetter = await deadLetterOf(detail.id);
    for (const text of [deadLetter, told, published, world.logs, world.cloud.executions]) {
      expect(JSON.stringify(text)).not.toMatch(/pan-4111|anna@example/);
    }
    expect(undoCalls(detail.id)).toHaveLength(1);
  });

  it('is rejected where a step names no registered dependency', async () => {
    const detail = givenUp([['reserve', 'POST', '/ok/undo-1', { dependency: 'nobody' }]]);
    await world.send(detail);
    const rejected = await world.take(world.output('RejectsQueueUrl'), ({ length }) => length > 0);
    expect(JSON.parse(rejected[0]?.Body ?? '{}').reason).toEqual({
      code: 'invalid-field',
      message: 'undo.0.dependency must be the name of a registered dependency',
      path: 'undo.0.dependency',
    });
  });
});
