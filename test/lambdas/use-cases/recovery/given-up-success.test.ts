import { expect, it } from 'vitest';
import { effectKey } from '../../../../lambdas/domain/ledger/effect-key.ts';
import { type ReconcilePorts, reconcile } from '../../../../lambdas/use-cases/recovery/reconciliation.ts';
import { CutOffScene } from '../../../support/cut-off-scene.ts';

it('settles as recovered what the reconciler would give up, if the effects table has the success', async () => {
  const scene = await CutOffScene.of({ execution: 'order-1', rescues: 3 });
  const { ledger, effects, telemetry } = scene.process().ports;
  await effects.complete(effectKey(await scene.entry()), 'late', { statusCode: 200 });
  const sent: string[] = [];
  const ports: Partial<ReconcilePorts> = {
    ledger,
    effects,
    telemetry,
    executionStatus: async () => 'FAILED',
    send: async (_, body) => void sent.push(body),
  };
  expect(await reconcile(await scene.entry(), ports as ReconcilePorts)).toBe('given-up');
  expect(await scene.entry()).toMatchObject({ state: 'settled', outcome: 'recovered' });
  expect(sent).toEqual([]);
});
