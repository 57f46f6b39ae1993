import { beforeEach, describe, expect, it } from 'vitest';
import { Breaker } from '../../../../lambdas/use-cases/circuit/breaker.ts';
import { BreakerScene, KEY, NotingStore, permitOf } from './breaker-scene.ts';

let scene: BreakerScene;

beforeEach(() => {
  scene = new BreakerScene();
});

const UNREACHABLE_MS = 5_000;
/** Key of the retry tokens, separate from the circuit's. */
const BUDGET = `${KEY}#retries`;
const RETRIES = { share: 0.2, perSecond: 0.1 };

describe('a durable retry', () => {
  it("draws a token without a request to the circuit, and doesn't count as normal traffic", async () => {
    const breaker = scene.instance();
    await breaker.succeeded(await permitOf(breaker, RETRIES));
    await breaker.succeeded(await permitOf(breaker));
    scene.now += 1_000;
    await breaker.tryAcquire();
    expect(await scene.store.read(KEY)).toMatchObject({ traffic: 1, version: 0 });
    expect(await scene.store.read(BUDGET)).toMatchObject({ budget: { tokens: 0 } });
  });

  it("doesn't count as normal traffic if an unreachable table delays its report", async () => {
    const breaker = scene.instance();
    const permit = await permitOf(breaker, 'paid');
    scene.store.failing = 'all';
    await breaker.failed(permit);
    scene.store.failing = undefined;
    scene.now += UNREACHABLE_MS;
    await breaker.tryAcquire();
    expect(await scene.counts()).toEqual({ successes: 0, failures: 1 });
    expect((await scene.store.read(KEY)).traffic).toBe(0);
  });

  it('waits until its token is there, and passes then without another', async () => {
    const breaker = scene.instance();
    await permitOf(breaker, RETRIES);
    expect(await breaker.tryAcquire(RETRIES)).toEqual({
      admitted: false,
      retryAt: scene.now + 10_000,
      because: 'retry-budget',
    });
    scene.now += 10_000;
    expect(await breaker.tryAcquire('paid')).toMatchObject({ admitted: true, permit: { retry: true } });
    expect(await scene.store.read(BUDGET)).toMatchObject({ budget: { tokens: -1 } });
  });

  it('draws nothing while the circuit is open', async () => {
    await scene.trip();
    expect(await scene.instance().tryAcquire(RETRIES)).toMatchObject({ admitted: false, because: 'circuit' });
    expect(await scene.store.read(BUDGET)).not.toHaveProperty('budget');
  });

  it('does not pass where the circuit has opened while it drew', async () => {
    const breaker = scene.instance();
    await breaker.tryAcquire();
    const { promise, resolve } = Promise.withResolvers<void>();
    scene.store.held = promise;
    scene.store.taken();
    const answer = breaker.tryAcquire(RETRIES);
    await scene.store.asked();
    await scene.trip();
    scene.now += 1_000;
    resolve();
    expect(await answer).toMatchObject({ admitted: false, because: 'circuit' });
  });

  it("passes if the table can't be reached", async () => {
    const breaker = scene.instance();
    await breaker.tryAcquire();
    scene.store.failing = 'replace';
    expect((await breaker.tryAcquire(RETRIES)).admitted).toBe(true);
    expect(scene.unreachable).toHaveLength(1);
  });

  it('waits if others are always faster, and reports no outage of the table', async () => {
    const contended = new NotingStore();
    contended.replace = () => Promise.resolve(undefined);
    const breaker = new Breaker(KEY, { ...scene.context(), store: contended });
    expect(await breaker.tryAcquire(RETRIES)).toEqual({
      admitted: false,
      retryAt: scene.now + 2_000,
      // The budget is not the reason: no token was taken.
      because: 'circuit',
    });
    expect(scene.unreachable).toEqual([]);
  });
});
