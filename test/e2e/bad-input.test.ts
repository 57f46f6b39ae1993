import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failure, startWorld, type World } from './world.ts';

let world: World;
beforeAll(async () => {
  const accepts = { sources: ['test'], accounts: ['000000000000'], methods: ['PUT'], paths: ['/ok'] } as const;
  world = await startWorld({
    guarded: { accepts, allowHeaders: ['x-tenant'] },
    strange: { accepts: { sources: ['other'] } },
  });
});
afterAll(() => world?.stop());

const rejects = () => world.cloud.outputs.RejectsQueueUrl ?? '';
const operation = (change: object) => ({ operation: { method: 'PUT', path: '/ok', ...change } });
const nested = (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;

/** Events for the bus, each with the expected rejection code. */
const ON_THE_BUS: readonly [string, Record<string, unknown>, string][] = [
  ['a missing field', { correlationId: undefined }, 'invalid-field'],
  ['a wrong field', { occurredAt: 'yesterday' }, 'invalid-field'],
  ['an unknown version', { version: 3 }, 'unknown-version'],
  ['an unknown dependency', { dependency: 'nobody' }, 'unknown-dependency'],
  ['no dependency', { dependency: undefined }, 'unknown-dependency'],
  ['a dependency that is no string', { dependency: { name: 'orders' } }, 'unknown-dependency'],
  ['a path to another host', operation({ path: '//evil.example' }), 'unsafe-path'],
  ['a path that climbs', operation({ path: '/../admin' }), 'unsafe-path'],
  ['an encoded climb', operation({ path: '/%2e%2e/admin' }), 'unsafe-path'],
  ['an absolute URL', operation({ path: 'https://evil.example/' }), 'unsafe-path'],
  ['a header with a line break', operation({ headers: { 'x-a': 'b\r\nx-c: d' } }), 'unsafe-header'],
  ['a Host header', operation({ headers: { Host: 'evil.example' } }), 'unsafe-header'],
  ['an Authorization header', operation({ headers: { Authorization: 'Bearer x' } }), 'unsafe-header'],
  ['a hop-by-hop header', operation({ headers: { Connection: 'x' } }), 'unsafe-header'],
  ['a key in another spelling', operation({ headers: { X_Api_Key: 'x' } }), 'unsafe-header'],
  [
    'a header that is not allowed',
    { dependency: 'guarded', ...operation({ headers: { 'x-a': 'b' } }) },
    'unsafe-header',
  ],
  ['a method that is not accepted', { dependency: 'guarded', ...operation({ method: 'DELETE' }) }, 'not-accepted'],
  ['a path that is not accepted', { dependency: 'guarded', ...operation({ path: '/okay' }) }, 'not-accepted'],
  ['a source that is not accepted', { dependency: 'strange' }, 'not-accepted'],
  [
    'a step to undo that is not accepted',
    { undo: [{ name: 'a', dependency: 'strange', ...operation({}) }] },
    'not-accepted',
  ],
  ['a nesting of 1,000', { more: JSON.parse(nested(1_000)) }, 'too-deep'],
  ['a body over the limit', operation({ body: 'x'.repeat(260 * 1_024) }), 'too-large'],
  ['a time before the memory of the ledger', { occurredAt: '2001-01-01T00:00:00Z' }, 'too-old'],
];

/** Messages that bypass the bus and go straight to the lane queue. */
const IN_THE_LANE: readonly [string, string, string][] = [
  ['no JSON', 'not json', 'malformed-json'],
  ['no object', '[1, 2]', 'not-an-object'],
  ['a detail that is no object', '{"detail-type":"Operation Failed","detail":"x"}', 'not-an-object'],
  ['another lane', JSON.stringify(failure('/ok', { dependency: 'payments' })), 'wrong-dependency'],
  [
    'a letter that nobody wrote',
    '{"kind":"backstop-dead-letter","version":1,"id":"none","cycle":1}',
    'unknown-failure',
  ],
];

describe('bad input', () => {
  it('goes to the rejects queue with its reason, makes no call, and harms nobody beside it', async () => {
    const bad = ON_THE_BUS.map(([what, change, code]) => ({ what, code, detail: failure('/ok', change) }));
    const good = Array.from({ length: 5 }, (_, n) => failure('/ok', n === 0 ? { dependency: 'guarded' } : {}));
    const all = bad.flatMap(({ detail }, n) => (good[n] ? [detail, good[n]] : [detail]));
    for (const detail of all) await world.send(detail);
    for (const [, MessageBody] of IN_THE_LANE) {
      await world.sqs.send(new SendMessageCommand({ QueueUrl: world.output('OrdersLaneQueueUrl'), MessageBody }));
    }

    const expected = [...ON_THE_BUS, ...IN_THE_LANE].map(([, , code]) => code).sort();
    const messages = await world.take(rejects(), ({ length }) => length >= expected.length);
    const rejected = messages.map(({ Body = '' }) => JSON.parse(Body));
    expect(rejected.map(({ reason }) => reason.code).sort()).toEqual(expected);
    for (const { detail, code, what } of bad) {
      const mine = rejected.filter(({ event }) => JSON.stringify(event).includes(`${detail.id}`));
      expect(
        mine.map(({ reason }) => reason.code),
        what,
      ).toContain(code);
      expect(await world.entry(detail.id), what).toBeUndefined();
    }
    for (const { id } of good) expect((await world.settled(id)).outcome).toBe('recovered');
    expect(new Set(world.dependency.calls.map(({ correlationId }) => correlationId))).toEqual(
      new Set(good.map(({ id }) => id)),
    );

    const counted = () => world.logs.filter((line) => line.includes('"FailureRejected"'));
    const unroutable = ON_THE_BUS.filter(([, , code]) => code === 'unknown-dependency').length;
    await world.clock.until(() => expect(counted()).toHaveLength(expected.length - unroutable));
  });
});
