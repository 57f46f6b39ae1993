import { beforeEach, describe, expect, it } from 'vitest';
import { MAX_SKEW_MS } from '../../../../lambdas/domain/circuit/circuit-state.ts';
import type { Permit } from '../../../../lambdas/use-cases/circuit/permit.ts';
import { BreakerScene, fail, KEY, POLICY, pass, permitOf } from './breaker-scene.ts';

let scene: BreakerScene;

beforeEach(() => {
  scene = new BreakerScene();
});

describe('a breaker of a half-open circuit', () => {
  beforeEach(() => scene.halfOpen());

  it('gives away three probes, however many ask at once', async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, () => scene.instance().tryAcquire()));
    const probes = answers.flatMap((answer) => (answer.admitted ? [answer.permit.probe] : []));
    expect(new Set(probes).size).toBe(3);
    expect(probes).not.toContain(undefined);
  });

  it('asks the table for no probe where it knows that there is none', async () => {
    const breaker = scene.instance();
    for (let probe = 0; probe < 3; probe++) await permitOf(breaker);
    scene.store.taken();
    expect((await breaker.tryAcquire()).admitted).toBe(false);
    expect(scene.store.taken()).toEqual([]);
  });

  it('opens again when three probes have failed, for a shorter time', async () => {
    await scene.failProbes();
    expect(scene.changes.at(-1)).toMatchObject({
      from: 'half-open',
      to: 'open',
      until: scene.now + POLICY.probeAgainAfterMs,
    });
    expect((await scene.instance().tryAcquire()).admitted).toBe(false);
  });

  it('recovers though one probe of four fails', async () => {
    for (const end of [pass, fail, pass, pass])
      await scene
        .instance()
        .call(end)
        .catch(() => {});
    expect(await scene.kind()).toBe('recovering');
  });

  it('begins to recover when three probes have succeeded', async () => {
    for (let probe = 0; probe < 3; probe++) await scene.instance().call(pass);
    expect(scene.changes.at(-1)).toMatchObject({ to: 'recovering', reason: 'probes-succeeded' });
  });

  it('is not closed by a probe of an earlier time', async () => {
    const late = scene.instance();
    const permit = await permitOf(late);
    scene.now += 1_000;
    await scene.failProbes();
    scene.now += POLICY.probeAgainAfterMs;
    for (let probe = 0; probe < 2; probe++) await scene.instance().call(pass);
    await late.succeeded(permit);
    expect(await scene.kind()).toBe('half-open');
    await scene.instance().call(pass);
    expect(await scene.kind()).toBe('recovering');
  });

  it('keeps the places of probes that are still under way when it half-opens again', async () => {
    const [slow, other] = [scene.instance(), scene.instance()];
    const slowPermit = await permitOf(slow);
    await permitOf(other);
    await scene.apply({ type: 'forced', now: scene.now, to: 'open', until: scene.now + 9, reason: 'test', by: 'ops' });
    scene.now += 9;
    const scout = scene.instance();
    const scoutPermit = await permitOf(scout);
    await scout.succeeded(scoutPermit);
    expect(await permitOf(scene.instance())).toHaveProperty('probe');
    expect((await scene.instance().tryAcquire()).admitted).toBe(false);
    await slow.failed(slowPermit);
    expect(await scene.kind()).toBe('half-open');
    expect(await permitOf(scene.instance())).toHaveProperty('probe');
  });

  it('gives the place of a probe that is withdrawn to somebody else', async () => {
    const breaker = scene.instance();
    const permits = [await permitOf(breaker), await permitOf(breaker), await permitOf(breaker)];
    expect((await scene.instance().tryAcquire()).admitted).toBe(false);
    for (const permit of permits.slice(0, 1)) await breaker.withdraw(permit);
    expect((await scene.instance().tryAcquire()).admitted).toBe(true);
  });

  it('gives the place of a prober that is gone to somebody else when its lease is over by every clock', async () => {
    for (let probe = 0; probe < 3; probe++) await permitOf(scene.instance());
    const breaker = scene.instance();
    scene.now += POLICY.probeLeaseMs + MAX_SKEW_MS - 1;
    expect((await breaker.tryAcquire()).admitted).toBe(false);
    scene.now += 1;
    expect(await permitOf(breaker)).toHaveProperty('probe');
  });

  it('believes probes that took longer than their lease', async () => {
    const probers = [scene.instance(), scene.instance(), scene.instance()];
    const permits = await Promise.all(probers.map((prober) => permitOf(prober)));
    scene.now += 10 * POLICY.probeLeaseMs;
    for (const [n, prober] of probers.entries()) await prober.succeeded(permits[n] as Permit);
    expect(await scene.kind()).toBe('recovering');
  });

  it('asks again where the function froze between the permit and the call', async () => {
    scene.store.after.replace = async () => {
      scene.now += 60_000;
    };
    const frozenAt = scene.now;
    await scene.instance().call(pass);
    const { circuit } = await scene.store.read(KEY);
    expect(circuit).toMatchObject({ kind: 'half-open', succeeded: 1, probes: [] });
    expect(scene.now).toBe(frozenAt + 60_000);
    // Asked, withdrew, asked again, and told the end.
    expect(
      scene.store
        .taken()
        .filter((request) => request === 'replace')
        .slice(-4),
    ).toHaveLength(4);
  });

  it('withdraws a call other than a probe without a request to the table', async () => {
    const breaker = scene.instance();
    scene.store.taken();
    await breaker.withdraw({ generation: 0 });
    expect(scene.store.taken()).toEqual([]);
  });
});
