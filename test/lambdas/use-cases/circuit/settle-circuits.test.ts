import { beforeEach, describe, expect, it } from 'vitest';
import { circuitEvent } from '../../../../lambdas/domain/circuit/circuit-event.ts';
import { settleCircuits } from '../../../../lambdas/use-cases/circuit/settle-circuits.ts';
import { BreakerScene, KEY, POLICY } from './breaker-scene.ts';

let scene: BreakerScene;
beforeEach(() => {
  scene = new BreakerScene();
});

async function settle(policy: typeof POLICY | undefined = POLICY): Promise<void> {
  const circuits = [{ key: KEY, snapshot: await scene.store.read(KEY) }];
  const { store, watcher } = scene.context();
  await settleCircuits(circuits, () => policy, { store, watcher, now: scene.now });
}

describe('a circuit that nobody calls', () => {
  it('closes when its ramp is over, and says so', async () => {
    await scene.recover();
    await settle();
    expect(await scene.kind()).toBe('recovering');
    scene.now += 19 * 60_000;
    await settle();
    expect(await scene.kind()).toBe('closed');
    expect(scene.changes.at(-1)).toMatchObject({ from: 'recovering', to: 'closed', reason: 'recovered' });
    const [change] = scene.changes.slice(-1);
    expect(change && JSON.parse(circuitEvent(change, 9).detail)).toMatchObject({ to: 'closed', sequence: 9 });
  });

  it('ends an operator’s decision in its time', async () => {
    const words = { reason: 'a move', by: 'ops' };
    await scene.apply({ type: 'forced', now: scene.now, to: 'closed', until: scene.now + 60_000, ...words });
    await settle();
    expect(await scene.kind()).toBe('forced-closed');
    scene.now += 60_000;
    await settle();
    expect(await scene.kind()).toBe('closed');
  });

  it('stays as it is while time changes nothing, or if the config no longer has its dependency', async () => {
    await scene.trip();
    scene.now += 3_600_000;
    await settle();
    expect(await scene.kind()).toBe('open');
    const forgotten = new BreakerScene();
    await forgotten.recover();
    scene = forgotten;
    scene.now += 3_600_000;
    const circuits = [{ key: KEY, snapshot: await scene.store.read(KEY) }];
    await settleCircuits(circuits, () => undefined, { ...scene.context(), now: scene.now });
    expect(await scene.kind()).toBe('recovering');
  });
});
