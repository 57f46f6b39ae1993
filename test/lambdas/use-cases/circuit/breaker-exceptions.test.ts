import { beforeEach, describe, expect, it } from 'vitest';
import { INITIAL_SHARE } from '../../../../lambdas/domain/circuit/ramp.ts';
import { BreakerScene, fail, KEY, pass, permitOf } from './breaker-scene.ts';

let scene: BreakerScene;

beforeEach(() => {
  scene = new BreakerScene();
});

const UNREACHABLE_MS = 5_000;
/** Key of the retry tokens, separate from the circuit's. */

describe('a breaker of a recovering circuit', () => {
  beforeEach(() => scene.recover());

  it('admits the share that the ramp has reached', async () => {
    const breaker = scene.instance();
    scene.random = INITIAL_SHARE - 0.001;
    expect((await breaker.tryAcquire()).admitted).toBe(true);
    scene.random = INITIAL_SHARE + 0.001;
    expect((await breaker.tryAcquire()).admitted).toBe(false);
  });

  it('spreads the admitted calls evenly over those who ask, whichever instance they ask', async () => {
    const instances = Array.from({ length: 50 }, () => scene.instance());
    for (const instance of instances) await instance.tryAcquire();
    scene.now += 500;
    const gaps: number[] = [];
    let refused = 0;
    for (let call = 0; call < 500; call++, refused++) {
      // Each instance asks so seldom that it tells each ask.
      scene.now += 10;
      if (!(await instances[call % 50]?.tryAcquire())?.admitted) continue;
      gaps.push(refused);
      refused = -1;
    }
    expect(gaps.length).toBeGreaterThan(10);
    expect(Math.max(...gaps.slice(1))).toBeLessThanOrEqual(2 / INITIAL_SHARE);
  });

  it('asks again for each call, although it knows the circuit', async () => {
    const breaker = scene.instance();
    scene.random = 0;
    await breaker.call(pass);
    scene.random = 0.999;
    await expect(breaker.call(pass)).rejects.toMatchObject({ name: 'CircuitOpenError' });
  });

  it('goes by what it has read for half a second only', async () => {
    const breaker = scene.instance();
    await breaker.tryAcquire();
    scene.store.taken();
    scene.now += 499;
    await breaker.tryAcquire();
    expect(scene.store.taken()).toEqual([]);
    scene.now += 1;
    await breaker.tryAcquire();
    expect(scene.store.taken()).toEqual(['add']);
  });

  it('closes when the ramp has reached all calls', async () => {
    scene.now += 10_000;
    await scene.instance().tryAcquire();
    expect(scene.changes.at(-1)).toMatchObject({ from: 'recovering', to: 'closed', reason: 'recovered' });
  });

  it('opens again when calls fail like before', async () => {
    scene.random = 0;
    scene.now += 1_500;
    const breaker = scene.instance();
    for (let call = 0; call < 50; call++) await breaker.call(fail).catch(() => {});
    expect(scene.changes.at(-1)).toMatchObject({ from: 'recovering', to: 'open', reason: 'failing-again' });
  });
});

describe('a breaker whose table is out of reach', () => {
  it('lets calls pass, says so, and does not ask again for five seconds', async () => {
    scene.store.failing = 'all';
    const breaker = scene.instance();
    for (let call = 0; call < 5; call++) await breaker.call(pass);
    await breaker.call(fail).catch(() => {});
    scene.now += UNREACHABLE_MS - 1;
    await breaker.tryAcquire();
    expect(scene.store.taken()).toEqual(['read']);
    expect(scene.unreachable).toHaveLength(1);
    scene.now += 1;
    await breaker.tryAcquire();
    expect(scene.store.taken()).toEqual(['add']);
    expect(scene.unreachable).toHaveLength(2);
  });

  it('tells later what it has counted meanwhile', async () => {
    const breaker = scene.instance();
    await breaker.tryAcquire();
    scene.store.failing = 'all';
    await breaker.call(fail).catch(() => {});
    await breaker.call(pass);
    scene.store.failing = undefined;
    scene.now += UNREACHABLE_MS;
    await breaker.tryAcquire();
    expect(await scene.counts()).toEqual({ successes: 1, failures: 1 });
    expect((await scene.store.read(KEY)).traffic).toBe(2);
  });

  it('counts nothing twice where the count has arrived and only what follows from it has not', async () => {
    const breaker = scene.instance();
    for (let call = 0; call < 4; call++) await breaker.call(fail).catch(() => {});
    scene.store.failing = 'replace';
    await breaker.call(fail).catch(() => {});
    scene.store.failing = undefined;
    scene.now += UNREACHABLE_MS;
    await breaker.tryAcquire();
    expect(scene.changes).toMatchObject([{ to: 'open', counts: { successes: 0, failures: 5 } }]);
  });

  it('keeps a circuit open once more after one failed read, and then knows nothing of it any more', async () => {
    await scene.trip();
    const breaker = scene.instance();
    await breaker.tryAcquire();
    scene.now += 1_000;
    scene.store.failing = 'all';
    expect(await breaker.tryAcquire()).toMatchObject({ admitted: false, because: 'circuit' });
    scene.now += 1_000;
    expect((await breaker.tryAcquire()).admitted).toBe(true);
    await expect(breaker.call(pass)).resolves.toBe('answer');
    scene.store.failing = undefined;
    scene.now += UNREACHABLE_MS;
    expect((await breaker.tryAcquire()).admitted).toBe(false);
  });

  it('counts one failed read only where the next one succeeds', async () => {
    await scene.trip();
    const breaker = scene.instance();
    await breaker.tryAcquire();
    for (let second = 0; second < 8; second++) {
      scene.now += 1_000;
      scene.store.failing = second % 2 === 0 ? 'all' : undefined;
      expect((await breaker.tryAcquire()).admitted).toBe(false);
    }
  });

  it('lets a call pass that would have been a probe, when the second request has failed', async () => {
    await scene.halfOpen();
    const breaker = scene.instance();
    await breaker.tryAcquire();
    scene.store.failing = 'replace';
    expect((await breaker.tryAcquire()).admitted).toBe(false);
    expect(await permitOf(breaker)).not.toHaveProperty('probe');
  });

  it("leaves a probe to its lease if it can't report the result", async () => {
    await scene.halfOpen();
    const breaker = scene.instance();
    const permit = await permitOf(breaker);
    scene.store.failing = 'all';
    await breaker.succeeded(permit);
    await breaker.withdraw(permit);
    expect(scene.unreachable).toHaveLength(2);
  });
});

describe('a breaker of a circuit that an operator has forced', () => {
  const words = { reason: 'maintenance', by: 'operator' };

  it('lets no call pass while it is forced open, and makes probes afterwards', async () => {
    await scene.apply({ type: 'forced', now: scene.now, to: 'open', until: scene.now + 60_000, ...words });
    const breaker = scene.instance();
    expect((await breaker.tryAcquire()).admitted).toBe(false);
    scene.now += 60_000;
    expect(await permitOf(breaker)).toHaveProperty('probe');
  });

  it('lets all calls pass while it is forced closed, whatever comes of them', async () => {
    await scene.apply({ type: 'forced', now: scene.now, to: 'closed', until: scene.now + 60_000, ...words });
    const breaker = scene.instance();
    for (let call = 0; call < 20; call++) await breaker.call(fail).catch(() => {});
    expect(await scene.kind()).toBe('forced-closed');
    expect(scene.changes).toMatchObject([{ to: 'forced-closed', note: 'maintenance', by: 'operator' }]);
  });

  it('lets calls pass that it has rejected before', async () => {
    await scene.trip();
    const breaker = scene.instance();
    await breaker.tryAcquire();
    await scene.apply({ type: 'forced', now: scene.now, to: 'closed', until: scene.now + 60_000, ...words });
    scene.now += 1_000;
    for (let call = 0; call < 2; call++) await expect(breaker.call(pass)).resolves.toBe('answer');
  });

  it('goes by its expiry though it has read it before', async () => {
    await scene.apply({ type: 'forced', now: scene.now, to: 'open', until: scene.now + 300, ...words });
    const breaker = scene.instance();
    await breaker.tryAcquire();
    scene.now += 300;
    await expect(breaker.call(pass)).resolves.toBe('answer');
  });
});

describe('a breaker whose clock steps back by an hour', () => {
  it('believes the table at once, and refuses nobody for longer than the circuit is open', async () => {
    await scene.trip();
    const breaker = scene.instance();
    await breaker.tryAcquire();
    scene.now -= 3_600_000;
    scene.store.taken();
    expect((await breaker.tryAcquire()).admitted).toBe(false);
    expect(scene.store.taken()).not.toEqual([]);
    scene.now += 30_000;
    expect(await permitOf(breaker)).toHaveProperty('probe');
  });

  it('lets a recovering circuit close in its time', async () => {
    await scene.recover();
    scene.now -= 3_600_000;
    await scene.instance().tryAcquire();
    scene.now += 10_000;
    await scene.instance().tryAcquire();
    expect(await scene.kind()).toBe('closed');
  });
});
