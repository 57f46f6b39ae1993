import { randomUUID } from 'node:crypto';
import { IdempotencyConfig, makeIdempotent } from '@aws-lambda-powertools/idempotency';
import { DynamoDBPersistenceLayer } from '@aws-lambda-powertools/idempotency/dynamodb';
import { DeleteItemCommand, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import type { Context } from 'aws-lambda';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEffects } from '../../../../lambdas/adapters/ledger/effects.ts';
import { dependencyPart, type EffectKey, effectKey } from '../../../../lambdas/domain/ledger/effect-key.ts';
import { effectId } from '../../../../lambdas/domain/ledger/effect-transitions.ts';
import { EffectStore } from '../../../../lambdas/use-cases/ledger/effect-store.ts';
import type { Effects } from '../../../../lambdas/use-cases/ledger/effects.ts';
import { memoryEffects } from '../../../../tools/sim/cloud/memory-effects.ts';
import { NOW } from '../../../support/samples.ts';
import { startTables, type Tables } from '../../../support/tables.ts';

const DAY_MS = 86_400_000;
const RETENTION_MS = 30 * DAY_MS;
let tables: Tables;
beforeAll(async () => {
  tables = await startTables();
});
afterAll(async () => tables.stop());

const newKey = () => effectKey({ dependency: 'payments', id: randomUUID() });

/** An effects store with a clock of its own, and a key that nobody else uses. */
function scene() {
  const clock = { now: NOW };
  const key = newKey();
  const { client, effects: table } = tables;
  const store = createEffects({ client, table, retentionMs: RETENTION_MS, now: () => clock.now });
  const record = async () => {
    const { Item } = await client.send(new GetItemCommand({ TableName: table, Key: { id: { S: effectId(key) } } }));
    return Item && unmarshall(Item);
  };
  const lease = (token: string, ms = 1_000) => ({ token, until: clock.now + ms });
  return { clock, key, store, record, lease };
}

describe('a call in the effects table', () => {
  it('is under way until its lease ends, then in doubt', async () => {
    const { clock, key, store, lease } = scene();
    expect(await store.read(key)).toEqual({ kind: 'none' });
    expect(await store.begin(key, lease('a'))).toEqual({ kind: 'begun' });
    expect(await store.read(key)).toEqual({ kind: 'under-way', token: 'a', until: NOW + 1_000 });
    expect(await store.begin(key, lease('b'))).toMatchObject({ kind: 'under-way', token: 'a' });
    clock.now += 1_000;
    expect(await store.read(key)).toEqual({ kind: 'in-doubt' });
    expect(await store.begin(key, lease('b'))).toEqual({ kind: 'begun' });
  });

  it('has succeeded once for every reader, for as long as the ledger remembers', async () => {
    const { clock, key, store, record, lease } = scene();
    await store.begin(key, lease('a'));
    await store.complete(key, 'a', { statusCode: 200 });
    const done = { kind: 'done', success: { statusCode: 200 } };
    expect(await store.read(key)).toEqual(done);
    expect(await store.begin(key, lease('b'))).toEqual(done);
    expect(await record()).toMatchObject({ status: 'COMPLETED', expiration: (NOW + RETENTION_MS) / 1_000 });
    clock.now += RETENTION_MS;
    expect(await store.read(key)).toEqual({ kind: 'none' });
    expect(await store.begin(key, lease('b'))).toEqual({ kind: 'begun' });
  });

  it('leaves no record where it had no effect, and an ended one where it may have had one', async () => {
    const { key, store, record, lease } = scene();
    await store.begin(key, lease('a'));
    await store.free(key, 'a');
    expect(await record()).toBeUndefined();
    await store.begin(key, lease('b'));
    await store.doubt(key, 'b');
    expect(await store.read(key)).toEqual({ kind: 'in-doubt' });
  });

  it('stays in doubt where another call repeated it without an effect', async () => {
    const { key, store, lease } = scene();
    await store.begin(key, lease('a'));
    await store.doubt(key, 'a');
    await store.begin(key, lease('b'));
    await store.free(key, 'b');
    expect(await store.read(key)).toEqual({ kind: 'in-doubt' });
  });

  it.each<[string, (store: Effects, key: EffectKey) => Promise<void>]>([
    ['free', (store, key) => store.free(key, 'late')],
    ['doubt', (store, key) => store.doubt(key, 'late')],
    ['complete', (store, key) => store.complete(key, 'late', { statusCode: 500 })],
  ])('is not changed by a process that comes late with %s, once another has succeeded', async (_, act) => {
    const { clock, key, store, lease } = scene();
    await store.begin(key, lease('late'));
    clock.now += 1_000;
    await store.begin(key, lease('next'));
    await store.complete(key, 'next', { statusCode: 201 });
    await act(store, key);
    expect(await store.read(key)).toEqual({ kind: 'done', success: { statusCode: 201 } });
  });

  it.each<[string, (store: Effects, key: EffectKey) => Promise<void>]>([
    ['free', (store, key) => store.free(key, 'late')],
    ['doubt', (store, key) => store.doubt(key, 'late')],
  ])('stays under way where a process comes late with %s of its own', async (_, act) => {
    const { clock, key, store, lease } = scene();
    await store.begin(key, lease('late'));
    clock.now += 1_000;
    await store.begin(key, lease('next'));
    await act(store, key);
    expect(await store.read(key)).toMatchObject({ kind: 'under-way', token: 'next' });
  });

  it('has succeeded where a process comes late with its success, and nobody can take that back', async () => {
    const { clock, key, store, lease } = scene();
    await store.begin(key, lease('late'));
    clock.now += 1_000;
    await store.begin(key, lease('next'));
    await store.complete(key, 'late', { statusCode: 200 });
    await store.free(key, 'next');
    await store.doubt(key, 'next');
    expect(await store.read(key)).toEqual({ kind: 'done', success: { statusCode: 200 } });
  });

  it('is remembered even with undefined fields in its result, at any depth', async () => {
    const { key, store } = scene();
    await store.complete(key, 'a', { statusCode: 200, rule: undefined, resolution: { how: 'x', version: undefined } });
    const success = { statusCode: 200, resolution: { how: 'x' } };
    expect(await store.read(key)).toStrictEqual({ kind: 'done', success });
  });

  it('keeps the key itself out of the table', async () => {
    const { key, store, record, lease } = scene();
    await store.begin(key, lease('a'));
    await store.complete(key, 'a', { statusCode: 200 });
    expect(JSON.stringify(await record())).not.toContain(key);
  });

  it('is begun once where the client repeats a write after a lost answer', async () => {
    const { clock, key, store, lease } = scene();
    await store.begin(key, lease('a'));
    expect(await store.begin(key, lease('a'))).toEqual({ kind: 'begun' });
    clock.now += 1_000;
    await store.begin(key, lease('b'));
    expect(await store.begin(key, lease('b'))).toEqual({ kind: 'begun' });
  });
});

/** A call as Powertools idempotency records it, with the real clock. */
async function asPowertools<T>(key: EffectKey, leaseMs: number, effect: () => Promise<T>): Promise<T> {
  const config = new IdempotencyConfig({ expiresAfterSeconds: 3_600, hashFunction: 'sha256' });
  config.registerLambdaContext({ getRemainingTimeInMillis: () => leaseMs } as Context);
  const persistenceStore = new DynamoDBPersistenceLayer({
    tableName: tables.effects,
    awsSdkV3Client: tables.client,
  });
  const run = makeIdempotent(async (_: string) => JSON.parse(JSON.stringify(await effect())), {
    persistenceStore,
    config,
    keyPrefix: `${dependencyPart(key)}/`,
  });
  return run(key) as Promise<T>;
}

describe('a record of Powertools idempotency, which earlier versions wrote', () => {
  const real = () => {
    const { client, effects: table } = tables;
    return createEffects({ client, table, retentionMs: RETENTION_MS });
  };

  it('counts if it is a success', async () => {
    const key = newKey();
    await asPowertools(key, 1_000, async () => ({ statusCode: 201, resolution: { how: 'merged' } }));
    const success = { statusCode: 201, resolution: { how: 'merged' } };
    expect(await real().read(key)).toEqual({ kind: 'done', success });
    expect(await real().begin(key, { token: 'a', until: Date.now() + 1_000 })).toEqual({ kind: 'done', success });
  });

  it('keeps others away while its call is under way', async () => {
    const key = newKey();
    const { promise: gate, resolve } = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    const call = asPowertools(key, 60_000, async () => {
      begun.resolve();
      await gate;
      return { statusCode: 200 };
    });
    await begun.promise;
    expect(await real().begin(key, { token: 'a', until: Date.now() + 1_000 })).toMatchObject({ kind: 'under-way' });
    resolve();
    await call;
    expect(await real().read(key)).toMatchObject({ kind: 'done' });
  });

  it('finds a success that Backstop recorded, too', async () => {
    const key = newKey();
    await real().complete(key, 'a', { statusCode: 202 });
    await expect(asPowertools(key, 1_000, () => Promise.reject(new Error('done twice')))).resolves.toEqual({
      statusCode: 202,
    });
  });

  it('without an end, which a look-up left, keeps nobody away for a month', async () => {
    const { key, store, lease } = scene();
    const mark = { id: effectId(key), status: 'INPROGRESS', expiration: (NOW + RETENTION_MS) / 1_000 };
    await tables.client.send(new PutItemCommand({ TableName: tables.effects, Item: marshall(mark) }));
    expect(await store.read(key)).toEqual({ kind: 'in-doubt' });
    expect(await store.begin(key, lease('a'))).toEqual({ kind: 'begun' });
    await tables.client.send(new DeleteItemCommand({ TableName: tables.effects, Key: { id: { S: effectId(key) } } }));
  });
});

describe('the effects table in memory', () => {
  const TOKENS = fc.constantFrom('a', 'b', 'c');
  const move = fc.oneof(
    fc.record({ do: fc.constantFrom('complete' as const, 'free' as const, 'doubt' as const), token: TOKENS }),
    fc.record({ do: fc.constant('begin' as const), token: TOKENS, ms: fc.nat(3) }),
    fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(1, 2, RETENTION_MS) }),
  );
  type Move = typeof move extends fc.Arbitrary<infer M> ? M : never;

  const play = (step: Move, key: EffectKey, store: Effects, clock: { now: number }): unknown => {
    switch (step.do) {
      case 'begin':
        return store.begin(key, { token: step.token, until: clock.now + step.ms });
      case 'complete':
        return store.complete(key, step.token, { statusCode: 200, by: step.token });
      case 'wait':
        clock.now += step.ms;
        return undefined;
      default:
        return store[step.do](key, step.token);
    }
  };

  it('answers every sequence of moves as DynamoDB does', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(move, { maxLength: 12 }), async (moves) => {
        const { clock, key, store } = scene();
        const memory = new EffectStore(memoryEffects(), { now: () => clock.now, retentionMs: RETENTION_MS });
        const own = { now: clock.now };
        for (const step of moves) {
          const expected = await play(step, key, store, own);
          expect(await play(step, key, memory, clock)).toEqual(expected);
          expect(await memory.read(key)).toEqual(await store.read(key));
        }
      }),
    );
  });
});
