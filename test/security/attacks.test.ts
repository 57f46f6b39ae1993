import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { Duration } from 'aws-cdk-lib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failure, startWorld, type World } from '../e2e/world.ts';
import { ANSWERS, HostileServer, MARKER } from './hostile-server.ts';

const server = new HostileServer();
let world: World;
beforeAll(async () => {
  const baseUrl = await server.start();
  const retry = { hotAttempts: 1, durableAttempts: 1 };
  const hostile = {
    kind: 'http',
    baseUrl,
    retry,
    timeout: Duration.seconds(1),
    circuit: { minimumCalls: 1_000 },
  } as const;
  world = await startWorld({}, { added: { hostile } });
});
afterAll(async () => {
  await world?.stop();
  server.stop();
});

const operation = (change: object) => ({ operation: { method: 'PUT', path: '/ok', ...change } });
const PROTOTYPE = '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}';

/** Events that a producer may put, each with the code of its rejection. */
const EVENTS: readonly [attack: string, change: Record<string, unknown>, code: string][] = [
  ['a full-width climb (CWE-22, CWE-176)', operation({ path: '/%ef%bc%8e%ef%bc%8e/admin' }), 'unsafe-path'],
  ['an ideographic climb (CWE-22, CWE-176)', operation({ path: '/%e3%80%82%e3%80%82/admin' }), 'unsafe-path'],
  ['a full-width slash (CWE-22, CWE-176)', operation({ path: '/a%ef%bc%8f..%ef%bc%8fadmin' }), 'unsafe-path'],
  ['a climb, encoded twice (CWE-22, CWE-174)', operation({ path: '/%252e%252e/admin' }), 'unsafe-path'],
  ['an overlong climb (CWE-22, CWE-173)', operation({ path: '/%c0%ae%c0%ae/admin' }), 'unsafe-path'],
  ['a user of another host (CWE-918)', operation({ path: '@evil.example/' }), 'unsafe-path'],
  ['a further request in the path (CWE-444)', operation({ path: '/%0d%0aGET%20/admin' }), 'unsafe-path'],
  ['a further header (CWE-113)', operation({ headers: { 'x-a': 'b\r\nHost: evil.example' } }), 'unsafe-header'],
  ['a length of its own (CWE-444)', operation({ headers: { 'Content-Length': '0' } }), 'unsafe-header'],
  ['a credential of its own (CWE-639)', operation({ headers: { authorization: 'Bearer x' } }), 'unsafe-header'],
  ['another method (CWE-650)', operation({ method: 'CONNECT' }), 'invalid-field'],
  ['an id that is a path (CWE-22)', { id: '../../order-1' }, 'invalid-field'],
  ['an id that is a member (CWE-1321)', { id: '__proto__' }, 'invalid-field'],
  ['a correlation id with a line (CWE-117)', { correlationId: 'a\nb' }, 'invalid-field'],
  ['a time at the end of all times (CWE-20)', { occurredAt: '9999-12-31T00:00:00.000Z' }, 'invalid-field'],
  ['headers with a prototype (CWE-1321)', operation({ headers: JSON.parse(PROTOTYPE) }), 'invalid-field'],
  [
    'an undo at nobody (CWE-20)',
    { undo: [{ name: 'a', dependency: 'constructor', ...operation({}) }] },
    'invalid-field',
  ],
];

/** Messages of an attacker who can send to the lane's queue. */
const MESSAGES: readonly [attack: string, body: string, code: string][] = [
  [
    'a dead letter that nobody wrote (CWE-345)',
    '{"kind":"backstop-dead-letter","version":1,"id":"a","cycle":1}',
    'unknown-failure',
  ],
  [
    'a dead letter of a later cycle (CWE-345)',
    '{"kind":"backstop-dead-letter","version":1,"id":"a","cycle":1e99}',
    'invalid-field',
  ],
  ['an array of a million (CWE-400)', `[${'1,'.repeat(100_000)}1]`, 'not-an-object'],
  ['an end that never comes (CWE-674)', '{"a":'.repeat(40_000), 'malformed-json'],
];

it('an attack of a producer is rejected with its reason, and harms nobody', async () => {
  const attacks = EVENTS.map(([, change]) => failure('/ok', change));
  const good = [
    failure('/ok'),
    failure('/ok', { operation: { method: 'PUT', path: '/ok', body: JSON.parse(PROTOTYPE) } }),
  ];
  const [first, second] = good;
  await world.send(first, ...attacks, second);
  for (const [, MessageBody] of MESSAGES)
    await world.sqs.send(new SendMessageCommand({ QueueUrl: world.output('OrdersLaneQueueUrl'), MessageBody }));

  const expected = [...EVENTS, ...MESSAGES].map(([, , code]) => code).toSorted();
  const rejected = await world.take(world.output('RejectsQueueUrl'), ({ length }) => length >= expected.length);
  expect(rejected.map(({ Body = '' }) => JSON.parse(Body).reason.code).toSorted()).toEqual(expected);
  for (const { id } of good) expect((await world.settled(id)).outcome).toBe('recovered');
  expect(world.dependency.calls.map(({ correlationId }) => correlationId).toSorted()).toEqual(
    good.map(({ id }) => id).toSorted(),
  );
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
});

describe('an answer of a dependency', () => {
  it('is a failure like any other, and nobody else is called', async () => {
    const paths = Object.keys(ANSWERS);
    const failures = paths.map((path) => failure(path, { dependency: 'hostile' }));
    await world.send(...failures);
    const outcomes: Record<string, string | undefined> = {};
    for (const [at, { id }] of failures.entries()) outcomes[paths[at] ?? ''] = (await world.settled(id)).outcome;

    expect(
      Object.entries(outcomes).filter(([, outcome]) => !/^(?:recovered|dead-lettered)$/.test(outcome ?? '')),
    ).toEqual([]);
    expect(server.stolen).toEqual([]);
    expect(new Set(server.called)).toEqual(new Set(paths));
    expect(world.logs.filter((line) => line.includes(MARKER))).toEqual([]);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();

    const after = failure('/ok');
    await world.send(after);
    expect((await world.settled(after.id)).outcome).toBe('recovered');
  });
});
