import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CallResult } from '../../../../lambdas/domain/boundary/call-result.ts';
import { RecoveryScene } from '../../../support/recovery-scene.ts';
import { sampleSettings } from '../../../support/samples.ts';
import { startTables, type Tables } from '../../../support/tables.ts';

let tables: Tables;
beforeAll(async () => {
  tables = await startTables();
});
afterAll(async () => tables.stop());

/** A call that never ends. `begun` resolves when it starts. */
function neverEnding() {
  const { promise: begun, resolve } = Promise.withResolvers<void>();
  const answer = () => {
    resolve();
    return new Promise<CallResult>(() => undefined);
  };
  return { begun, answer };
}

const POST = { operation: { method: 'POST', path: '/charges' }, error: { statusCode: 429 } } as const;
const ONLY_DURABLE = { ...sampleSettings().retry, hotAttempts: 0 };

/** A failure in the warm tier whose first durable attempt crashes during its call. */
async function cutOff(change: Parameters<RecoveryScene['report']>[0]) {
  const { begun, answer } = neverEnding();
  const state = { answer };
  const scene = new RecoveryScene(tables, () => state.answer(), sampleSettings({ retry: ONLY_DURABLE }));
  await scene.report(change);
  void scene.attempt();
  await begun;
  state.answer = async () => ({ kind: 'ok', statusCode: 200 });
  return { scene, state };
}

describe('a call that was cut off', () => {
  it('is not repeated by a redrive if that is not safe, even if the dead letter says so', async () => {
    const { scene } = await cutOff(POST);
    const deadLetter = await scene.deadLetter();
    expect(deadLetter.reason).toBe('unknown-result');
    scene.now += 3_600_000;
    await scene.settleAsDead();
    await scene.deliver({ ...deadLetter, reason: 'handler-failed' });
    expect(scene.calls).toBe(1);
    expect(await scene.entry()).toMatchObject({ cycle: 2, uncertain: 'attempt' });
  });

  it('leaves no doubt to the next cycle where repeating is safe', async () => {
    const { scene } = await cutOff({});
    const deadLetter = await scene.deadLetter();
    expect(deadLetter.reason).toBe('handler-failed');
    scene.now += 3_600_000;
    await scene.settleAsDead();
    await scene.deliver(deadLetter);
    expect(await scene.entry()).toMatchObject({ cycle: 2, tier: 'warm', verdict: { kind: 'transient' } });
    expect(await scene.entry()).not.toHaveProperty('uncertain');
  });

  it('keeps to the limit of attempts and to the deadline, even where repeating is safe', async () => {
    const { scene, state } = await cutOff({});
    for (let turn = 0; turn < 8; turn++) {
      scene.now += 3_600_000;
      const { begun, answer } = neverEnding();
      state.answer = answer;
      const attempt = scene.attempt().catch((error: Error) => error.name);
      const ended = await Promise.race([attempt, begun]);
      if (ended === 'GaveUpError') break;
    }
    expect(scene.calls).toBe(ONLY_DURABLE.durableAttempts);
    await expect(scene.attempt()).rejects.toMatchObject({ name: 'GaveUpError', reason: 'exhausted' });
  });
});
