import { beforeEach, describe, expect, it } from 'vitest';
import { closed } from '../../../../lambdas/domain/circuit/circuit-state.ts';
import { BreakerScene, fail, KEY, POLICY, pass, permitOf } from './breaker-scene.ts';

let scene: BreakerScene;

beforeEach(() => {
  scene = new BreakerScene();
});

/** Another instance opens the circuit. */
async function open(): Promise<void> {
  const { now, store } = scene;
  const common = { since: now, trippedAt: now, baseline: 0, probes: [] };
  await store.replace(KEY, await store.read(KEY), { circuit: { ...common, kind: 'open', until: now + 60_000 } });
}

describe('a breaker while others change the circuit', () => {
  it('judges again what it has told where the circuit was changed before it could open it', async () => {
    const breaker = scene.instance();
    for (let call = 1; call < POLICY.minimumCalls; call++) await breaker.call(fail).catch(() => {});
    const { store } = scene;
    const learned = { circuit: closed(scene.now, 0.1) };
    store.before.replace = async () => store.replace(KEY, await store.read(KEY), learned);
    await breaker.call(fail).catch(() => {});
    expect(scene.changes).toMatchObject([{ to: 'open', counts: { successes: 0, failures: POLICY.minimumCalls } }]);
  });

  it('goes by what stands where they are always faster', async () => {
    const breaker = scene.instance();
    for (let call = 1; call < POLICY.minimumCalls; call++) await breaker.call(fail).catch(() => {});
    scene.store.replace = () => Promise.resolve(undefined);
    await breaker.call(fail).catch(() => {});
    expect((await breaker.tryAcquire()).admitted).toBe(true);
    expect(scene.unreachable).toEqual([]);
  });

  it('does not count for the next generation what was counted while it told', async () => {
    const breaker = scene.instance();
    await breaker.call(pass);
    scene.now += 1_000;
    await breaker.succeeded({ generation: 0 });
    scene.store.before.add = async () => {
      await open();
      await breaker.succeeded({ generation: 0 });
    };
    await breaker.tryAcquire();
    await expectNothingToTell(breaker, 1_000);
  });

  it('does not count for the next generation what it could not tell', async () => {
    const breaker = scene.instance();
    await breaker.call(pass);
    scene.store.before.add = async () => {
      await open();
      // An earlier probe ends, so the breaker learns the next generation.
      await breaker.withdraw({ generation: 0, probe: 'earlier' });
      scene.store.failing = 'add';
    };
    await breaker.call(fail).catch(() => {});
    expect(scene.unreachable).toHaveLength(1);
    scene.store.failing = undefined;
    await expectNothingToTell(breaker, 5_000);
  });

  it.each([
    ['succeeds', pass],
    ['fails', fail],
  ])('does not count a call of the library that %s after the circuit has opened', async (_, end) => {
    const breaker = scene.instance();
    await breaker.tryAcquire();
    const { promise, resolve } = Promise.withResolvers<void>();
    const slow = breaker.call(() => promise.then(end)).catch(() => {});
    for (let call = 0; call < POLICY.minimumCalls; call++) await breaker.call(fail).catch(() => {});
    resolve();
    await slow;
    await expectNothingToTell(breaker, 1_000);
  });

  async function expectNothingToTell(breaker: ReturnType<BreakerScene['instance']>, afterMs: number): Promise<void> {
    expect(await scene.kind()).toBe('open');
    scene.now += afterMs;
    scene.store.taken();
    const before = await scene.counts();
    await breaker.tryAcquire();
    expect(await scene.counts()).toEqual(before);
  }
});

describe('a breaker whose answers overtake each other', () => {
  it('keeps to the newer, whichever comes last', async () => {
    await scene.halfOpen();
    for (let probe = 1; probe < POLICY.probes; probe++) await scene.instance().call(pass);
    const breaker = scene.instance();
    const permit = await permitOf(breaker);
    scene.now += 1_000;
    // The read happens before the last probe ends. Its answer arrives after that.
    scene.store.after.add = () => breaker.succeeded(permit);
    await breaker.refresh();
    scene.store.taken();
    const answer = await breaker.tryAcquire();
    // A half-open circuit would ask the table for a probe.
    expect(answer).not.toHaveProperty('permit.probe');
    expect(await scene.kind()).toBe('recovering');
  });

  it('notices within a second that a circuit has restarted', async () => {
    await scene.trip();
    const breaker = scene.instance();
    await breaker.tryAcquire();
    scene.store.forget();
    scene.now += 1_000;
    expect((await breaker.tryAcquire()).admitted).toBe(true);
  });
});
