import { Duration } from 'aws-cdk-lib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FallbackConfig } from '../../lib/config/resilience-config.ts';
import { failure, startWorld, type World } from './world.ts';

const retry = { hotAttempts: 1, durableAttempts: 1 };
/** Config of a dependency that Backstop gives up after two attempts, so that the fallback answers. */
const givenUpWith = (fallback: FallbackConfig) => ({ retry, fallback, maxConcurrency: 2 });
const ANSWER = { hits: [], note: 'kept-for-the-ledger' };

let world: World;
/** Details of the published events, as text. */
const published: string[] = [];
beforeAll(async () => {
  world = await startWorld({
    search: givenUpWith({ kind: 'static', answer: ANSWER }),
    stock: givenUpWith({ kind: 'last-good', maxAge: Duration.hours(1) }),
    prices: givenUpWith({ kind: 'last-good', maxAge: Duration.seconds(1) }),
    mail: givenUpWith({ kind: 'backup', dependency: 'orders' }),
    profiles: givenUpWith({ kind: 'read-only', maxAge: Duration.hours(1) }),
    banners: givenUpWith({ kind: 'skip' }),
    slow: {
      ...givenUpWith({ kind: 'skip', after: Duration.seconds(1) }),
      circuit: { minimumCalls: 1, confidence: 0, openFor: Duration.hours(1) },
    },
  });
  world.cloud.inject(({ operation, body }) => {
    if (operation === 'PutEvents') published.push(body);
    return undefined;
  });
});
afterAll(() => world?.stop());

const callsOf = (id: string) => world.dependency.calls.filter(({ correlationId }) => correlationId === id);
const effectsOf = (id: string) => world.dependency.effects.filter(({ correlationId }) => correlationId === id);

/** Sends a failure of an operation and waits. @returns the settled entry */
async function endOf(dependency: string, method: string, path: string, change: Record<string, unknown> = {}) {
  const detail = failure('', { dependency, ...change });
  const body = method === 'GET' ? {} : { body: { total: 5 } };
  await world.send({ ...detail, operation: { method, path: path.replace(':id', detail.id), ...body } });
  return world.settled(detail.id);
}

/** Detail of the event with the outcome. */
function eventOf(id: string): Record<string, unknown> {
  const request = published.find((body) => body.includes(`${id}.1.`)) ?? '{"Entries":[]}';
  const { Entries } = JSON.parse(request) as { readonly Entries: readonly { DetailType: string; Detail: string }[] };
  const entry = Entries.find(({ Detail }) => Detail.includes(`${id}.1.`));
  return { detailType: entry?.DetailType, ...JSON.parse(entry?.Detail ?? '{}') };
}

describe.concurrent('where a dependency is down, its fallback', () => {
  it('answers the same always, in the ledger, and tells facts of it on the bus', async () => {
    const { id, outcome, reason, attempts, answer } = await endOf('search', 'GET', '/status/503');
    expect({ outcome, reason, attempts }).toEqual({ outcome: 'degraded', reason: 'exhausted', attempts: 2 });
    const headers = { 'retry-after': '30', 'content-type': 'application/json' };
    expect(answer).toMatchObject({ fallback: 'static', statusCode: 200, headers, body: JSON.stringify(ANSWER) });
    const facts = { fallback: 'static', statusCode: 200, retryAfter: 30, outcome: 'degraded', reason: 'exhausted' };
    expect(eventOf(id)).toMatchObject({ detailType: 'Operation Degraded', ...facts });
    for (const text of [published, world.logs, world.cloud.executions]) {
      expect(JSON.stringify(text)).not.toContain(ANSWER.note);
    }
  });

  it('answers with what the same read was answered last, and with its age', async () => {
    world.dependency.open('stock');
    const healed = await endOf('stock', 'GET', '/gated/stock/7');
    expect(healed).toMatchObject({ outcome: 'recovered' });
    world.dependency.close('stock');
    const { outcome, answer } = await endOf('stock', 'GET', '/gated/stock/7');
    expect({ outcome, ...answer }).toMatchObject({ outcome: 'degraded', fallback: 'last-good', statusCode: 200 });
    expect(JSON.parse(answer?.body ?? '')).toEqual({ status: 200, path: '/gated/stock/7' });
    expect(answer?.ageMs).toBeGreaterThan(0);
    expect(answer?.headers.age).toBe(String(Math.ceil((answer?.ageMs ?? 0) / 1_000)));
    expect(await endOf('stock', 'GET', '/gated/stock/8')).toMatchObject({
      outcome: 'dead-lettered',
      reason: 'exhausted',
    });
  });

  it('has no answer in one that is too old', async () => {
    world.dependency.open('prices');
    const { settledAt = '' } = await endOf('prices', 'GET', '/gated/prices');
    world.dependency.close('prices');
    await world.clock.until(() => expect(Date.now() - Date.parse(settledAt)).toBeGreaterThan(1_000));
    const end = await endOf('prices', 'GET', '/gated/prices');
    expect(end).toMatchObject({ outcome: 'dead-lettered', reason: 'exhausted' });
    expect(end).not.toHaveProperty('answer');
  });

  it.each([
    // Both attempts get failing answers. The next answer is the backup's.
    ['a read', 'GET', '/flaky/2/:id', 0],
    ['a change that no call has made', 'POST', '/throttled/0/2/:id', 1],
  ])('sends %s to the backup, once', async (_, method, path, effects) => {
    const { id, outcome, answer } = await endOf('mail', method, path);
    expect({ outcome, ...answer }).toMatchObject({ outcome: 'degraded', fallback: 'backup', dependency: 'orders' });
    expect(JSON.parse(answer?.body ?? '')).toMatchObject({ status: 200 });
    expect([callsOf(id).length, effectsOf(id).length]).toEqual([3, effects]);
  });

  it('does not send a change to the backup that a call may have made', async () => {
    const end = await endOf('mail', 'POST', '/reset-after/:id');
    expect(end).toMatchObject({ outcome: 'dead-lettered', reason: 'unknown-result' });
    expect([callsOf(end.id).length, effectsOf(end.id).length]).toEqual([1, 1]);
  });

  it('refuses changes if the fallback is only for reads, and answers with the last read', async () => {
    const refused = await endOf('profiles', 'POST', '/throttled/0/9/:id');
    expect(refused).toMatchObject({ outcome: 'degraded', answer: { fallback: 'read-only', statusCode: 503 } });
    expect(JSON.parse(refused.answer?.body ?? '')).toMatchObject({ error: 'ReadOnly' });
    world.dependency.open('profiles');
    await endOf('profiles', 'GET', '/gated/profiles');
    world.dependency.close('profiles');
    const read = await endOf('profiles', 'GET', '/gated/profiles');
    expect(read).toMatchObject({ outcome: 'degraded', answer: { statusCode: 200, ageMs: expect.any(Number) } });
  });

  it('leaves the operation out', async () => {
    const { outcome, answer } = await endOf('banners', 'PUT', '/status/503');
    expect({ outcome, ...answer }).toMatchObject({ outcome: 'degraded', fallback: 'skip', statusCode: 204 });
    expect(answer).not.toHaveProperty('body');
  });

  it('answers while the circuit is open, and says when to come back', async () => {
    const { outcome, answer, attempts, reason } = await endOf('slow', 'PUT', '/status/503');
    expect({ outcome, attempts, reason }).toEqual({ outcome: 'degraded', attempts: 1 });
    expect(Number(answer?.headers['retry-after'])).toBeGreaterThan(3_000);
  });

  it('is left aside where the event wants none', async () => {
    const end = await endOf('search', 'GET', '/status/503', { fallback: 'none' });
    expect(end).toMatchObject({ outcome: 'dead-lettered', reason: 'exhausted' });
    expect(end).not.toHaveProperty('answer');
    expect(eventOf(end.id)).toMatchObject({ detailType: 'Operation Dead-Lettered' });
  });
});
