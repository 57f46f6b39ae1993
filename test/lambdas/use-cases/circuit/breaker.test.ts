import { beforeEach, describe, expect, it } from 'vitest';
import { partOf } from '../../../../lambdas/domain/circuit/tally.ts';
import { BreakerScene, fail, KEY, POLICY, pass, permitOf } from './breaker-scene.ts';

let scene: BreakerScene;

beforeEach(() => {
  scene = new BreakerScene();
});

describe('a breaker of a closed circuit', () => {
  it('answers what the call answers, and rejects with what it rejects with', async () => {
    const breaker = scene.instance();
    await expect(breaker.call(pass)).resolves.toBe('answer');
    await expect(breaker.call(fail)).rejects.toThrow('500');
  });

  it('reads the table once a second, however many calls there are', async () => {
    const breaker = scene.instance();
    for (let call = 0; call < 10; call++) await breaker.tryAcquire();
    expect(scene.store.taken()).toEqual(['read']);
    scene.now += 999;
    await breaker.tryAcquire();
    expect(scene.store.taken()).toEqual([]);
    scene.now += 1;
    await breaker.tryAcquire();
    expect(scene.store.taken()).toEqual(['read']);
  });

  it('tells successes once a second, for the second in which they were counted', async () => {
    const breaker = scene.instance();
    await breaker.call(pass);
    scene.store.taken();
    for (let call = 0; call < 100; call++) await breaker.call(pass);
    expect(scene.store.taken()).toEqual([]);
    scene.now += 5_000;
    await breaker.call(pass);
    expect(scene.store.taken()).toEqual(['add']);
    expect((await scene.store.read(KEY)).buckets).toContainEqual({
      second: 1_700_000_000,
      successes: 101,
      failures: 0,
    });
  });

  it('tells when the newest of a few successes ended, so that an outage after it shows', async () => {
    const breaker = scene.instance();
    for (let call = 0; call < 3; call++) await breaker.call(pass);
    const since = scene.now;
    scene.now += 600;
    await breaker.call(fail).catch(() => {});
    const { parts } = await scene.store.read(KEY);
    expect(parts).toContainEqual({ part: partOf(since), successes: 3, failures: 0 });
    expect(parts).toContainEqual({ part: partOf(since + 600), successes: 0, failures: 1, newest: 1 });
  });

  it('tells a success at once where calls are rare', async () => {
    const breaker = scene.instance();
    await breaker.call(pass);
    expect(scene.store.taken()).toEqual(['read', 'add']);
    await breaker.call(pass);
    expect(scene.store.taken()).toEqual([]);
  });

  it('tells a failure at once, and with it what it has counted before', async () => {
    const breaker = scene.instance();
    for (let call = 0; call < 9; call++) await breaker.call(pass);
    scene.store.taken();
    await breaker.call(fail).catch(() => {});
    expect(scene.store.taken()).toEqual(['add']);
    expect(await scene.counts()).toEqual({ successes: 9, failures: 1 });
  });

  it('counts an error that is not the fault of the dependency as a success', async () => {
    const breaker = scene.instance();
    await breaker.call(() => Promise.reject(new TypeError('ours'))).catch(() => {});
    expect(await scene.counts()).toEqual({ successes: 1, failures: 0 });
  });

  it('reads once for all who come at once, and tells all of their failures together', async () => {
    const breaker = scene.instance();
    const permits = await Promise.all(Array.from({ length: 20 }, () => permitOf(breaker)));
    expect(scene.store.taken()).toEqual(['read']);
    await Promise.all(permits.slice(0, 4).map((permit) => breaker.failed(permit)));
    expect(scene.store.taken().filter((request) => request === 'add').length).toBeLessThanOrEqual(2);
    expect(await scene.counts()).toEqual({ successes: 0, failures: 4 });
  });

  it('tells in the next exchange what is counted while one is under way', async () => {
    const breaker = scene.instance();
    const permits = await Promise.all([permitOf(breaker), permitOf(breaker), permitOf(breaker)]);
    const { promise, resolve } = Promise.withResolvers<void>();
    scene.store.held = promise;
    scene.store.taken();
    const told = permits.map((permit) => breaker.failed(permit));
    await scene.store.asked();
    told.push(breaker.failed({ generation: 0 }), breaker.failed({ generation: 0 }));
    resolve();
    await Promise.all(told);
    expect(scene.changes).toMatchObject([{ to: 'open', counts: { failures: 5 } }]);
  });

  it('tells a success when it ended, although the call took longer than the window', async () => {
    const breaker = scene.instance();
    const permit = await permitOf(breaker);
    scene.now += POLICY.windowMs + 5_000;
    await breaker.succeeded(permit);
    const { buckets } = await scene.store.read(KEY);
    expect(buckets).toEqual([{ second: Math.floor(scene.now / 1_000) - 1, successes: 1, failures: 0 }]);
  });

  it('forgets what is so old that no window holds it', async () => {
    const breaker = scene.instance();
    for (let call = 0; call < 10; call++) await breaker.call(pass);
    scene.now += POLICY.windowMs + 1_001;
    scene.store.taken();
    await breaker.tryAcquire();
    expect(scene.store.taken()).toEqual(['read']);
    expect(await scene.counts()).toEqual({ successes: 1, failures: 0 });
  });

  it('opens for all when the failures of many instances are too many together', async () => {
    const breakers = Array.from({ length: POLICY.minimumCalls }, () => scene.instance());
    for (const breaker of breakers) await breaker.failed(await permitOf(breaker));
    expect(scene.changes).toMatchObject([
      { from: 'closed', to: 'open', reason: 'failure-rate', counts: { successes: 0, failures: 5 }, at: scene.now },
    ]);
    expect((await scene.instance().tryAcquire()).admitted).toBe(false);
  });

  it('learns within a second that others have opened it', async () => {
    const breaker = scene.instance();
    await breaker.tryAcquire();
    await scene.trip();
    scene.now += 999;
    expect((await breaker.tryAcquire()).admitted).toBe(true);
    scene.now += 1;
    expect(await breaker.tryAcquire()).toMatchObject({ admitted: false, because: 'circuit' });
  });
});

describe('a breaker of an open circuit', () => {
  beforeEach(() => scene.trip());

  it('rejects without a stack, without asking the table and without a new error each time', async () => {
    const breaker = scene.instance();
    await breaker.tryAcquire();
    scene.store.taken();
    const errors = await Promise.all([1, 2].map(() => breaker.call(pass).catch((error: unknown) => error)));
    expect(errors[0]).toMatchObject({ name: 'CircuitOpenError', retryAt: expect.any(Number) });
    expect((errors[0] as Error).stack).not.toContain('\n');
    expect(errors[1]).toBe(errors[0]);
    expect(scene.store.taken()).toEqual([]);
  });

  it('rejects with the same error where it must read the table first', async () => {
    let isMade = false;
    const made = scene.instance().call(async () => {
      isMade = true;
    });
    await expect(made).rejects.toMatchObject({ name: 'CircuitOpenError' });
    expect(isMade).toBe(false);
  });

  it('names a time to ask again that is not before it may half-open', async () => {
    scene.random = 0;
    expect(await scene.instance().tryAcquire()).toMatchObject({
      admitted: false,
      retryAt: scene.now + POLICY.openForMs,
    });
  });

  it('counts no outcome of a call that was made before', async () => {
    const breaker = scene.instance();
    await breaker.tryAcquire();
    scene.store.taken();
    await breaker.failed({ generation: 0 });
    await breaker.succeeded({ generation: 0 });
    expect(scene.store.taken()).toEqual([]);
  });

  it('opens once, however many instances find out', async () => {
    expect(scene.changes).toHaveLength(1);
    await Promise.all([scene.instance().tryAcquire(), scene.instance().tryAcquire()]);
    expect(scene.changes).toHaveLength(1);
  });
});
