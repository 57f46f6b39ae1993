import { afterAll, beforeAll, expect, it } from 'vitest';
import { failure, startWorld, type World } from './world.ts';

let world: World;
const published: string[] = [];
beforeAll(async () => {
  world = await startWorld();
  world.cloud.inject(({ operation, body }) => {
    if (operation === 'PutEvents') published.push(body);
    return undefined;
  });
}, 60_000);
afterAll(() => world?.stop());

const SECRETS = ['pan-4111111111111111', 'anna@example.com', 'token-0f1e2d', 'why-it-broke-for-anna', 'stack-of-anna'];

/** A failure that has something to hide in each of its places. */
function delicate(path: string, change: Record<string, unknown> = {}) {
  const [card, mail, token, message, stack] = SECRETS;
  return failure(path, {
    operation: {
      method: 'PUT',
      path: path.replace('/ok', `/ok/${mail}`),
      query: { mail },
      headers: { 'x-session': token },
      body: { card, mail },
      base: { card },
      ifMatch: token,
    },
    error: { statusCode: 429, headers: { 'retry-after': '0', 'x-token': token }, message, stack },
    undo: [{ name: 'refund', dependency: 'payments', operation: { method: 'POST', path: '/ok', body: { card } } }],
    ...change,
  });
}

it('keeps payload, credentials and personal data out of logs, execution history, letters and published events', async () => {
  const healed = delicate('/ok');
  const dead = delicate('/status/400');
  const exhausted = delicate('/status/503');
  const malformed = delicate('/ok', { occurredAt: SECRETS[3] });
  await world.send(healed, dead, exhausted, malformed);
  for (const { id } of [healed, dead, exhausted]) await world.settled(id);
  const queue = world.cloud.outputs.OrdersDeadLetterQueueUrl ?? '';
  const letters = await world.take(queue, ({ length }) => length >= 2);
  await world.take(world.cloud.outputs.RejectsQueueUrl ?? '', ({ length }) => length >= 1);

  const seen = {
    logs: world.logs,
    letters: letters.map(({ Body }) => Body),
    published,
    history: world.cloud.executions.map((execution) => JSON.stringify(execution)),
    trails: await Promise.all([healed, dead, exhausted].map(async ({ id }) => (await world.entry(id))?.trail)),
  };
  for (const [place, texts] of Object.entries(seen)) {
    expect(texts.length, place).toBeGreaterThan(0);
    for (const secret of SECRETS) expect(JSON.stringify(texts), `${secret} in ${place}`).not.toContain(secret);
  }
  for (const { id } of [healed, dead, exhausted]) {
    expect(seen.logs.filter((line) => line.includes(`"correlationId":"${id}"`)).length).toBeGreaterThan(0);
  }
});
