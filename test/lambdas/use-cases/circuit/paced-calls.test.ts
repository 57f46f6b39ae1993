import { describe, expect, it } from 'vitest';
import type { Recovering } from '../../../../lambdas/domain/circuit/circuit-state.ts';
import { BreakerScene, KEY } from './breaker-scene.ts';

const STEP_MS = 20;
/** Asks of the other instances in that time, 400 a second: too many for the table to count each at once. */
const OTHERS = { successes: 0, failures: 0, traffic: 0, asks: 8, waits: 8 };
const MAY_PASS = 30;

/** A circuit that lets 30 of 400 calls a second pass. */
async function recovering(): Promise<BreakerScene> {
  const scene = new BreakerScene();
  await scene.recover();
  const before = await scene.store.read(KEY);
  const ramp = { share: MAY_PASS / 400, since: scene.now, limit: MAY_PASS / 400, asks: 400 };
  await scene.store.replace(KEY, before, { circuit: { ...(before.circuit as Recovering), ramp } });
  return scene;
}

/** Calls of one instance for three seconds, of which all that may pass succeed. */
async function calls(scene: BreakerScene): Promise<{ readonly passed: number; readonly requests: readonly string[] }> {
  const { generation } = await scene.store.read(KEY);
  const breaker = scene.instance();
  let passed = 0;
  const requests: string[] = [];
  for (const end = scene.now + 3_000; scene.now < end; scene.now += STEP_MS) {
    await scene.store.add(KEY, { ...OTHERS, generation, at: scene.now }, scene.now);
    scene.store.taken();
    const answer = await breaker.tryAcquire();
    if (answer.admitted) await breaker.succeeded(answer.permit);
    if (answer.admitted) passed++;
    requests.push(...scene.store.taken());
  }
  return { passed, requests };
}

describe('an instance of a recovering circuit through which few calls may pass', () => {
  it('tells each success at once, since so few calls show what the dependency carries', async () => {
    const scene = await recovering();
    const { passed } = await calls(scene);
    expect(passed).toBeGreaterThan(10);
    const { buckets } = await scene.store.read(KEY);
    const told = buckets.reduce((sum, { successes }) => sum + successes, 0);
    expect(told).toBe(passed);
    expect(Math.max(...buckets.map(({ successes }) => successes))).toBeLessThanOrEqual(MAY_PASS * 1.3);
  });

  it('asks for twice as many times as calls may pass, however many calls ask', async () => {
    const { requests } = await calls(await recovering());
    const share = (2 * MAY_PASS) / 400;
    const asks = 3_000 / STEP_MS;
    // Besides, an exchange twice a second.
    expect(requests.filter((request) => request === 'read').length).toBeLessThan(asks * share * 1.5 + 6);
  });
});
