import { randomUUID } from 'node:crypto';
import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { createEffects } from '../../../../lambdas/adapters/ledger/effects.ts';
import { effectKey } from '../../../../lambdas/domain/ledger/effect-key.ts';
import { startTables, type Tables } from '../../../support/tables.ts';

const DAY_MS = 86_400_000;
let tables: Tables;
beforeAll(async () => {
  tables = await startTables();
});
afterAll(async () => tables.stop());
afterEach(() => void vi.unstubAllEnvs());

/** The effects table as a function of this name uses it. */
function effectsIn(functionName: string) {
  vi.stubEnv('AWS_LAMBDA_FUNCTION_NAME', functionName);
  return createEffects({ client: tables.client, table: tables.effects, retentionMs: 30 * DAY_MS });
}

async function records() {
  const { Items = [] } = await tables.client.send(new ScanCommand({ TableName: tables.effects }));
  return Items;
}

const newKey = () => effectKey({ dependency: 'payments', id: randomUUID() });
const done = async () => ({ statusCode: 200 });
const never = () => Promise.reject(new Error('done twice'));

describe('an effect', () => {
  it('is remembered for as long as the ledger remembers', async () => {
    const before = Math.floor(Date.now() / 1000);
    await effectsIn('worker').once(newKey(), 1_000, done);
    const [record] = await records();
    expect(record?.status?.S).toBe('COMPLETED');
    expect(Number(record?.expiration?.N) - before).toBeGreaterThanOrEqual((30 * DAY_MS) / 1000);
    expect(Number(record?.expiration?.N) - before).toBeLessThan((31 * DAY_MS) / 1000);
  });

  it('happens once, whichever function asks for it', async () => {
    const key = newKey();
    await effectsIn('worker').once(key, 1_000, done);
    await expect(effectsIn('attempt').once(key, 1_000, never)).resolves.toEqual({ statusCode: 200 });
  });

  it('is remembered even with undefined fields in its result, at any depth', async () => {
    const key = newKey();
    const partial = async () => ({
      statusCode: 200,
      rule: undefined,
      resolution: { how: 'merged', version: undefined },
    });
    const result = { statusCode: 200, resolution: { how: 'merged' } };
    await expect(effectsIn('worker').once(key, 1_000, partial)).resolves.toStrictEqual(result);
    await expect(effectsIn('attempt').once(key, 1_000, never)).resolves.toStrictEqual(result);
  });

  it('keeps the key itself out of the table', async () => {
    const key = newKey();
    await effectsIn('worker').once(key, 1_000, done);
    expect(JSON.stringify(await records())).not.toContain(key);
  });

  it('may be tried again after it failed', async () => {
    const key = newKey();
    await expect(effectsIn('worker').once(key, 1_000, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    await expect(effectsIn('attempt').once(key, 1_000, done)).resolves.toEqual({ statusCode: 200 });
  });

  it('is not begun while another function is at it', async () => {
    const key = newKey();
    const { promise, resolve } = Promise.withResolvers<{ statusCode: number }>();
    const begun = Promise.withResolvers<void>();
    const first = effectsIn('worker').once(key, 60_000, () => {
      begun.resolve();
      return promise;
    });
    await begun.promise;
    await expect(effectsIn('attempt').once(key, 60_000, never)).rejects.toMatchObject({
      name: 'IdempotencyAlreadyInProgressError',
    });
    resolve({ statusCode: 201 });
    await expect(first).resolves.toEqual({ statusCode: 201 });
  });
});
