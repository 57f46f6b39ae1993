import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type MessageBox, messageBox } from './strikes.ts';
import { failure, startWorld, transitions, type World } from './world.ts';

let world: World;
let deadLetterOf: MessageBox;
beforeAll(async () => {
  world = await startWorld({ constructor: { circuit: { perTenant: true } } });
  deadLetterOf = messageBox(world, ['OrdersDeadLetterQueueUrl']);
});
afterAll(() => world?.stop());

const callsOf = (id: string) => world.dependency.calls.filter(({ correlationId }) => correlationId === id);
const effectsOf = (id: string) => world.dependency.effects.filter(({ correlationId }) => correlationId === id);
const lane = () => world.output('OrdersLaneQueueUrl');

describe('the price of a failure', () => {
  it('takes two transitions where the first durable attempt heals it', async () => {
    const detail = failure('/flaky/1/:id', { dependency: 'payments' });
    await world.send(detail);
    expect(await world.settled(detail.id)).toMatchObject({ outcome: 'recovered', tier: 'warm', attempts: 2 });
    const [execution] = world.executionsOf(detail.id);
    if (!execution) throw new Error('there was no execution');
    expect(execution.name).toBe(`${detail.id}@payments`);
    expect(transitions(execution)).toBe(2);
  });

  it.each([
    ['what stays wrong', '/status/400', 'permanent', 1, 2],
    ['what keeps failing', '/status/503', 'exhausted', 7, 5],
  ])('dead-letters %s in two transitions and one for each retry', async (_, path, reason, attempts, most) => {
    const detail = failure(path);
    await world.send(detail);
    expect(await world.settled(detail.id)).toMatchObject({ outcome: 'dead-lettered', reason, attempts });
    const [execution] = world.executionsOf(detail.id);
    if (!execution) throw new Error('there was no execution');
    expect(execution.status).toBe('SUCCEEDED');
    expect(transitions(execution)).toBe(most);
    expect(await deadLetterOf(detail.id)).toMatchObject({ reason, attempts, cycle: 1, correlationId: detail.id });
    expect(callsOf(detail.id)).toHaveLength(attempts);
  });
});

describe.concurrent('the way of a failure', () => {
  it.each([
    ['/ok', 'recovered'],
    ['/status/400', 'dead-lettered'],
  ])('is the same for names that every object inherits: %s', async (path, outcome) => {
    const names = { id: path === '/ok' ? 'toString' : 'valueOf', tenant: '__proto__', dependency: 'constructor' };
    const detail = failure(path, names);
    await world.send(detail);
    expect(await world.settled(detail.id)).toMatchObject({ outcome, ...names });
  });

  it('ends in the hot tier, without an execution, where one attempt heals it', async () => {
    const detail = failure('/ok');
    await world.send(detail);
    expect(await world.settled(detail.id)).toMatchObject({ outcome: 'recovered', tier: 'hot', attempts: 1 });
    expect(world.executionsOf(detail.id)).toEqual([]);
    expect(effectsOf(detail.id)).toHaveLength(1);
  });

  it.each([400, 401, 403, 404, 410, 422])('never makes the call again that was answered by %i', async (statusCode) => {
    const detail = failure('/ok', { error: { statusCode } });
    await world.send(detail);
    expect(await world.settled(detail.id)).toMatchObject({
      outcome: 'dead-lettered',
      reason: 'permanent',
      attempts: 0,
    });
    expect(callsOf(detail.id)).toEqual([]);
  });

  it.each([408, 425, 429, 500, 502, 503, 504])('makes the call again that was answered by %i', async (statusCode) => {
    const detail = failure('/ok', { error: { statusCode } });
    await world.send(detail);
    expect(await world.settled(detail.id)).toMatchObject({ outcome: 'recovered', attempts: 1 });
  });

  it.each(['ECONNRESET', 'ENOTFOUND', 'UND_ERR_HEADERS_TIMEOUT'])('makes the call again that met %s', async (code) => {
    const detail = failure('/ok', { error: { code } });
    await world.send(detail);
    expect(await world.settled(detail.id)).toMatchObject({ outcome: 'recovered', attempts: 1 });
  });

  it('waits in the machine for as long as the dependency asks, in four transitions', async () => {
    const detail = failure('/throttled/3/1/:id');
    await world.send(detail);
    expect(await world.settled(detail.id)).toMatchObject({ outcome: 'recovered', tier: 'warm', attempts: 2 });
    const [first, second] = callsOf(detail.id);
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(3_000);
    const [execution] = world.executionsOf(detail.id);
    if (!execution) throw new Error('there was no execution');
    expect(transitions(execution)).toBe(4);
  });

  it('waits once more where it is asked to, in three transitions each time', async () => {
    const detail = failure('/throttled/3/3/:id');
    await world.send(detail);
    expect(await world.settled(detail.id)).toMatchObject({ outcome: 'recovered', tier: 'warm', attempts: 4 });
    const times = callsOf(detail.id).map(({ at }) => at);
    for (const [n, at] of times.slice(1).entries()) expect(at - (times[n] ?? 0)).toBeGreaterThanOrEqual(3_000);
    const [execution] = world.executionsOf(detail.id);
    if (!execution) throw new Error('there was no execution');
    expect(transitions(execution)).toBe(4 + 3 + 3);
    const states = execution.steps.filter(({ type }) => type === 'StateEntered').map(({ state }) => state);
    expect(states.filter((state) => state === 'Wait until then')).toHaveLength(2);
  });
});

describe.concurrent('a call whose result is unknown', () => {
  const post = (path: string, change: object = {}) =>
    failure(path, { operation: { method: 'POST', path, body: { amount: 5 } }, ...change });

  it('is not repeated for a POST without key support, from Backstop or from the caller', async () => {
    const reported = post('/ok', { error: { code: 'ECONNRESET' } });
    const met = post('/reset-after/met');
    await world.send(reported, met);
    expect(await world.settled(reported.id)).toMatchObject({ reason: 'unknown-result', attempts: 0 });
    expect(await world.settled(met.id)).toMatchObject({ reason: 'unknown-result', attempts: 1 });
    expect(callsOf(reported.id)).toHaveLength(0);
    expect(callsOf(met.id)).toHaveLength(1);
  });

  it('is repeated with the same key where the dependency honours keys, and has one effect', async () => {
    const detail = post('/reset-after/with-key', { dependency: 'payments' });
    await world.send(detail);
    expect(await world.settled(detail.id)).toMatchObject({ outcome: 'recovered', attempts: 2 });
    expect(new Set(callsOf(detail.id).map(({ idempotencyKey }) => idempotencyKey))).toEqual(new Set([detail.id]));
    expect(effectsOf(detail.id)).toHaveLength(1);
  });

  it("is repeated with the caller's own key where the caller's result is unknown", async () => {
    const headers = { 'Idempotency-Key': 'the-callers' };
    const operation = { method: 'POST', path: '/ok', headers };
    const detail = failure('/ok', { dependency: 'payments', operation, error: { statusCode: 504 } });
    await world.send(detail);
    expect(await world.settled(detail.id)).toMatchObject({ outcome: 'recovered' });
    expect(callsOf(detail.id)).toMatchObject([{ idempotencyKey: 'the-callers' }]);
  });

  it('stays a dead letter after a redrive', async () => {
    const detail = post('/reset-after/redriven');
    await world.send(detail);
    await world.settled(detail.id);
    const deadLetter = await deadLetterOf(detail.id);
    await world.sqs.send(new SendMessageCommand({ QueueUrl: lane(), MessageBody: JSON.stringify(deadLetter) }));
    expect(await deadLetterOf(detail.id, '"cycle":2')).toMatchObject({ cycle: 2 });
    expect(await world.settled(detail.id)).toMatchObject({ reason: 'unknown-result' });
    expect(callsOf(detail.id)).toHaveLength(1);
  });
});

describe.concurrent('twice the same', () => {
  it('has one effect, whether the event comes again at once or after its end', async () => {
    const detail = failure('/ok', { operation: { method: 'POST', path: '/ok' } });
    await world.send(detail, detail, detail);
    await world.settled(detail.id);
    await world.send(detail);
    const marker = failure('/ok');
    await world.send(marker);
    await world.settled(marker.id);
    expect(effectsOf(detail.id)).toHaveLength(1);
    expect((await world.entry(detail.id))?.trail.filter(({ step }) => step === 'settled')).toHaveLength(1);
  });

  it('is rejected where the same id comes with another operation', async () => {
    const detail = failure('/ok');
    const impostor = { ...detail, operation: { method: 'DELETE', path: '/everything' } };
    await world.send(detail);
    await world.settled(detail.id);
    await world.send(impostor);
    const rejects = await world.take(world.cloud.outputs.RejectsQueueUrl ?? '', (all) => all.length > 0);
    expect(JSON.parse(rejects[0]?.Body ?? '').reason.code).toBe('id-reused');
    expect(callsOf(detail.id)).toHaveLength(1);
  });

  it('recovers a redriven dead letter once, however many copies come back', async () => {
    const detail = failure('/gated/redriven');
    await world.send(detail);
    await world.settled(detail.id);
    world.dependency.open('redriven');
    const MessageBody = JSON.stringify(await deadLetterOf(detail.id));
    for (let copy = 0; copy < 3; copy++) {
      await world.sqs.send(new SendMessageCommand({ QueueUrl: lane(), MessageBody }));
    }
    await world.clock.until(async () => expect(await world.entry(detail.id)).toMatchObject({ outcome: 'recovered' }));
    expect(await world.settled(detail.id)).toMatchObject({ cycle: 2, attempts: 1 });
    expect(effectsOf(detail.id)).toHaveLength(1);
  });
});
