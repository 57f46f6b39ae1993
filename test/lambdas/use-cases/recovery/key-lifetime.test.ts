import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HttpSettings } from '../../../../lambdas/contract/settings.ts';
import type { CallResult } from '../../../../lambdas/domain/boundary/call-result.ts';
import { json } from '../../../support/json.ts';
import { RecoveryScene } from '../../../support/recovery-scene.ts';
import { keyOf, sampleSettings } from '../../../support/samples.ts';
import { startTables, type Tables } from '../../../support/tables.ts';

let tables: Tables;
beforeAll(async () => {
  tables = await startTables();
});
afterAll(() => tables.stop());

const HOUR_MS = 3_600_000;
const FAILED = (statusCode: number): CallResult => ({ kind: 'failed', error: { name: 'HttpError', statusCode } });

/** An API that keeps the answer to a key for 24 hours, behind a gateway that may lose answers. */
class Charges {
  made = 0;
  /** Answers that get lost. */
  lost = Number.POSITIVE_INFINITY;
  /** Calls that never arrive. */
  unreached = 0;
  #since = Number.NEGATIVE_INFINITY;

  readonly scene: RecoveryScene;

  constructor(change: Partial<HttpSettings> = {}) {
    const settings = sampleSettings({ idempotencyKeys: true, ...change });
    this.scene = new RecoveryScene(tables, async () => this.#answer(), settings);
  }

  #answer(): CallResult {
    if (this.unreached-- > 0) return FAILED(429);
    if (this.scene.now - this.#since >= 24 * HOUR_MS) {
      this.made++;
      this.#since = this.scene.now;
    }
    return this.lost-- > 0 ? FAILED(504) : { kind: 'ok', statusCode: 200 };
  }

  report(statusCode = 504, at = this.scene.now): Promise<boolean> {
    const headers = { 'idempotency-key': 'order-1' };
    const operation = { method: 'POST', path: '/charges', headers, body: json({ amount: 1 }) } as const;
    return this.scene.report({ operation, error: { statusCode }, occurredAt: new Date(at).toISOString() });
  }

  async exhaust() {
    const { scene } = this;
    for (let { attempts, attemptLimit } = await scene.entry(); attempts < attemptLimit; ) {
      scene.now += 600_000;
      await scene.attempt().catch(() => undefined);
      ({ attempts, attemptLimit } = await scene.entry());
    }
    const letter = await scene.deadLetter();
    await scene.settleAsDead();
    return letter;
  }
}

describe('a dead letter whose call may have had an effect, redriven after days', () => {
  it('is not repeated once the dependency may have forgotten its key', async () => {
    const api = new Charges();
    await api.report();
    const letter = await api.exhaust();
    expect(letter.reason).toBe('exhausted');
    api.scene.now += 60 * HOUR_MS;
    api.lost = 0;
    const calls = api.scene.calls;
    await api.scene.deliver(letter);
    expect([api.made, api.scene.calls]).toEqual([1, calls]);
    expect(await api.scene.entry()).toMatchObject({
      uncertain: 'attempt',
      verdict: { rule: 'idempotency-key-expired', effect: 'unknown' },
    });
    expect((await api.scene.deadLetter()).reason).toBe('unknown-result');
  });

  it.each([
    ['the key is still kept', {}, 20],
    ['the config says that it is kept for longer', { idempotencyKeyLifetimeMs: 168 * HOUR_MS }, 60],
  ])('is repeated where %s', async (_, change, hours) => {
    const api = new Charges(change);
    await api.report();
    const letter = await api.exhaust();
    api.scene.now += hours * HOUR_MS;
    api.lost = 0;
    await api.scene.deliver(letter);
    expect((await api.scene.entry()).outcome).toBe('recovered');
  });

  it('counts from the first call of Backstop that may have had an effect, where the reported one had none', async () => {
    const api = new Charges();
    api.unreached = 100;
    await api.report(429);
    const letter = await api.exhaust();
    expect((await api.scene.entry()).possibleEffectAt).toBeUndefined();
    api.scene.now += 60 * HOUR_MS;
    // Its first call arrives now, and its answer is lost. The second one repeats it under the same key.
    api.unreached = 0;
    api.lost = 1;
    await api.scene.deliver(letter);
    expect([api.made, (await api.scene.entry()).outcome]).toEqual([1, 'recovered']);
  });

  it('of an earlier version, which noted no time, is as old as its failure', async () => {
    const api = new Charges();
    await api.report();
    const letter = await api.exhaust();
    const item = { TableName: tables.ledger, Key: { id: { S: keyOf(api.scene.id) } } };
    await tables.client.send(new UpdateItemCommand({ ...item, UpdateExpression: 'REMOVE possibleEffectAt' }));
    api.scene.now += 24 * HOUR_MS;
    const calls = api.scene.calls;
    await api.scene.deliver(letter);
    expect(api.scene.calls).toBe(calls);
  });
});

it('a report that comes a day after its call waits for a human', async () => {
  const api = new Charges();
  await api.report(504, api.scene.now - 24 * HOUR_MS);
  expect(await api.scene.entry()).toMatchObject({ uncertain: 'reported' });
  expect(api.scene.calls).toBe(0);
});
