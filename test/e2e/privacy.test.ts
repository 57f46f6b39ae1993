import { ScanCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { Duration } from 'aws-cdk-lib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { failureKey } from '../../lambdas/contract/failure-key.ts';
import { MARKERS } from '../security/markers.ts';
import { failure, SECRET, startWorld, type World } from './world.ts';

let world: World;
const published: string[] = [];
/** Messages to humans. */
const alerts: string[] = [];
beforeAll(async () => {
  const retry = { hotAttempts: 1, durableAttempts: 1 };
  world = await startWorld({
    profiles: {
      circuit: { minimumCalls: 1, confidence: 0 },
      maxConcurrency: 2,
      fallback: { kind: 'last-good', maxAge: Duration.hours(1), after: Duration.seconds(2) },
    },
    mirrored: { retry, maxConcurrency: 2, fallback: { kind: 'backup', dependency: 'orders' } },
  });
  world.cloud.inject(({ service, operation, body }) => {
    if (operation === 'PutEvents') published.push(body);
    if (service === 'sns') alerts.push(decodeURIComponent(body));
    return undefined;
  });
});
afterAll(() => world?.stop());

const SECRETS = [
  'pan-4111111111111111',
  'anna@example.com',
  'token-0f1e2d',
  'why-it-broke-for-anna',
  'stack-of-anna',
  'quoted-by-a-parser',
  SECRET,
  'checkpoint-of-anna',
  'fallback-for-anna',
  'cause-of-anna',
  'part-of-anna',
  'word-of-anna',
  ...Object.values(MARKERS),
];
const [CARD, MAIL, TOKEN, MESSAGE, STACK, QUOTED = '', , CHECKPOINT, FALLBACK, CAUSE, PART, WORD, ...MARKED] = SECRETS;

/** A failure with a secret in each of its fields. */
function delicate(path: string, change: Record<string, unknown> = {}) {
  return failure(path, {
    operation: {
      method: 'PUT',
      path: path.replace('/ok', `/ok/${MAIL}`),
      query: { mail: MAIL },
      headers: { 'x-session': TOKEN },
      body: { card: CARD, mail: MAIL, marked: MARKED },
      base: { card: CARD, marked: MARKED },
      ifMatch: TOKEN,
      checkpoint: CHECKPOINT,
    },
    error: {
      statusCode: 429,
      headers: { 'retry-after': '0', 'x-token': TOKEN },
      message: MESSAGE,
      stack: STACK,
      syscall: WORD,
      words: [WORD, ...MARKED],
      cause: { message: CAUSE, stack: STACK },
      errors: MARKED.map((each) => ({ message: `${PART} ${each}` })),
    },
    fallback: FALLBACK,
    // The undo fails too, so that Backstop alerts a human.
    undo: [
      {
        name: 'refund',
        dependency: 'payments',
        operation: {
          method: 'POST',
          path: `/status/400/${MAIL}`,
          query: { mail: MAIL },
          body: { card: CARD, marked: MARKED },
          headers: { 'x-session': TOKEN },
        },
      },
    ],
    ...change,
  });
}

const garbled: string[] = [];

/** Replaces the failure in the ledger with invalid JSON. A parser quotes that text in its error. */
async function garble(id: string, dependency: string): Promise<void> {
  garbled.push(id);
  await world.dynamodb.send(
    new UpdateItemCommand({
      TableName: world.output('LedgerTableName'),
      Key: { id: { S: failureKey({ dependency, id }) } },
      UpdateExpression: 'SET #failure = :garbled',
      ExpressionAttributeNames: { '#failure': 'failure' },
      ExpressionAttributeValues: { ':garbled': { S: QUOTED } },
    }),
  );
}

const parsed = (line: string): Record<string, unknown> => (line.startsWith('{') ? JSON.parse(line) : {});
/** Log messages of the handlers, without metrics. */
const messages = () => world.logs.map(parsed).filter((line) => 'message' in line && !('_aws' in line));
const saying = (message: string) => messages().filter((line) => line.message === message);

/** Everything that a reader without access to payloads may see. */
async function readable(ids: readonly string[], deadLetters: number) {
  const taken = await world.take(world.output('OrdersDeadLetterQueueUrl'), ({ length }) => length >= deadLetters);
  return {
    logs: world.logs,
    deadLetters: taken.map(({ Body }) => Body),
    alerts,
    published,
    history: world.cloud.executions.map((execution) => JSON.stringify(execution)),
    trails: await Promise.all(ids.map(async (id) => (await world.entry(id))?.trail)),
  };
}

function expectNoSecretIn(places: Readonly<Record<string, readonly unknown[]>>): void {
  for (const [place, texts] of Object.entries(places)) {
    expect(texts.length, place).toBeGreaterThan(0);
    const text = JSON.stringify(texts);
    for (const secret of SECRETS) {
      expect(text.includes(JSON.stringify(secret).slice(1, -1)), `${secret} in ${place}`).toBe(false);
      expect(text.includes(secret), `${secret} in ${place}`).toBe(false);
    }
  }
}

it('keeps payload, credentials and personal data out of logs, execution history, dead letters and published events', async () => {
  const healed = delicate('/ok', { dependency: 'accounts' });
  const dead = delicate('/status/400');
  const exhausted = delicate('/status/503');
  await world.send(healed, dead, exhausted, delicate('/ok', { occurredAt: SECRETS[3] }));
  const ids = [healed.id, dead.id, exhausted.id];
  for (const id of ids) await world.settled(id);
  await world.take(world.output('RejectsQueueUrl'), ({ length }) => length >= 1);

  const entries = await Promise.all(ids.map((id) => world.entry(id)));
  // The ledger says why, without what is secret by its form.
  expect(entries.map((entry) => entry?.excerpt !== undefined)).toEqual([false, true, true]);
  for (const marker of MARKED) expect(JSON.stringify(entries.map((entry) => entry?.excerpt))).not.toContain(marker);
  expectNoSecretIn(await readable(ids, 2));
  for (const id of ids) expect(messages().some(({ correlationId }) => correlationId === id)).toBe(true);
});

/** The same for failures with a fallback's outcome. */
async function readableOfFallbacks(ids: readonly string[]) {
  const { Items = [] } = await world.dynamodb.send(new ScanCommand({ TableName: world.output('CircuitsTableName') }));
  return {
    logs: world.logs,
    published,
    history: world.cloud.executions.map((execution) => JSON.stringify(execution)),
    trails: await Promise.all(ids.map(async (id) => (await world.entry(id))?.trail)),
    circuits: Items,
  };
}

it('keeps the answers of fallbacks in the ledger', async () => {
  const read = {
    method: 'GET',
    path: `/gated/profiles/${MAIL}`,
    query: { mail: MAIL },
    headers: { 'x-session': TOKEN },
  };
  const profile = () => delicate('', { dependency: 'profiles', tenant: 'acme', operation: read });
  const [kept, recalled] = [profile(), profile()];
  const forwarded = delicate('/throttled/0/2/mirrored', { dependency: 'mirrored' });
  world.dependency.open('profiles');
  await world.send(kept, forwarded);
  await world.settled(kept.id);
  world.dependency.close('profiles');
  await world.send(recalled);
  const { outcome, answer, trail } = await world.settled(recalled.id);
  expect(outcome).toBe('degraded');
  expect(answer?.body).toContain(MAIL);
  expect(trail.map(({ step }) => step)).toContain('held');
  expect((await world.settled(forwarded.id)).answer).toMatchObject({ fallback: 'backup', statusCode: 200 });

  const ids = [kept.id, recalled.id, forwarded.id];
  expectNoSecretIn(await readableOfFallbacks(ids));
  expect(published.some((body) => body.includes(`${recalled.id}.1.degraded`))).toBe(true);
  expect(saying('circuit state changed')).toHaveLength(1);
});

it('keeps what an error quotes where it arises', async () => {
  // One failure waits in the machine. The dead letter of the other returns to the lane.
  const waiting = delicate('/throttled/3/1', { dependency: 'payments' });
  const redriven = delicate('/status/400');
  await world.send(waiting, redriven);
  await world.settled(redriven.id);
  await world.clock.until(() => expect(world.executionsOf(waiting.id)).toHaveLength(1));
  await garble(waiting.id, 'payments');
  await garble(redriven.id, 'orders');
  const deadLetter = { kind: 'backstop-dead-letter', version: 1, id: redriven.id, cycle: 1 };
  const QueueUrl = world.output('OrdersLaneQueueUrl');
  await world.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify(deadLetter) }));

  const goesBack = 'the message goes back to its queue';
  await world.clock.until(() => {
    expect(saying(goesBack)).not.toEqual([]);
    expect(saying('the invocation failed')).not.toEqual([]);
  });
  for (const line of [...saying(goesBack), ...saying('the invocation failed')]) {
    expect(line).toMatchObject({ error: 'SyntaxError', frames: expect.any(Array) });
  }
  expectNoSecretIn(await readable([], 1).then(({ trails: _, ...places }) => places));
});

it('says on every line which failure it is about', async () => {
  const details = [delicate('/ok', { dependency: 'accounts' }), delicate('/status/400'), delicate('/status/503')];
  await world.send(...details);
  for (const { id } of details) await world.settled(id);
  // The correlation id is in the entry. If the entry is unreadable, the failure's id must suffice.
  const nameless = messages().filter(
    ({ correlationId, failureId }) => correlationId === undefined && !garbled.includes(String(failureId)),
  );
  expect(messages().length).toBeGreaterThan(10);
  expect(nameless).toEqual([]);
});
