import { expect, it } from 'vitest';
import type { LedgerEntry } from '../../../../lambdas/contract/ledger-entry.ts';
import { backupKey, effectKey } from '../../../../lambdas/domain/ledger/effect-key.ts';
import { type ReconcilePorts, reconcile } from '../../../../lambdas/use-cases/recovery/reconciliation.ts';
import { CutOffScene } from '../../../support/cut-off-scene.ts';

/** A failure whose executions have all failed, and what the reconciler sends for it. */
async function givenUp(change: Partial<LedgerEntry> = {}) {
  const scene = await CutOffScene.of({ execution: 'order-1', rescues: 3, ...change });
  const { ledger, effects, telemetry } = scene.process().ports;
  const sent: string[] = [];
  const ports: Partial<ReconcilePorts> = {
    ledger,
    effects,
    telemetry,
    executionStatus: async () => 'FAILED',
    send: async (_, body) => void sent.push(body),
  };
  const giveUp = async () => reconcile(await scene.entry(), ports as ReconcilePorts);
  return { entry: () => scene.entry(), effects, ledger, sent, giveUp };
}

const AT_BACKUP = { backupCalled: 'backup', uncertain: 'attempt' } as const;

it('settles as recovered what the reconciler would give up, if the effects table has the success', async () => {
  const { entry, effects, sent, giveUp } = await givenUp();
  await effects.complete(effectKey(await entry()), 'late', { statusCode: 200 });
  expect(await giveUp()).toBe('given-up');
  expect(await entry()).toMatchObject({ state: 'settled', outcome: 'recovered' });
  expect(sent).toEqual([]);
});

it('settles as degraded what the reconciler would give up, if the effects table has the change at the backup', async () => {
  const { entry, effects, sent, giveUp } = await givenUp(AT_BACKUP);
  await effects.complete(backupKey(await entry(), 'backup'), 'late', { statusCode: 201 });
  expect(await giveUp()).toBe('given-up');
  expect(await entry()).toMatchObject({ outcome: 'degraded', answer: { statusCode: 201, dependency: 'backup' } });
  expect(sent).toEqual([]);
});

it.each([
  ['to the dependency', {}, effectKey],
  ['to the backup', AT_BACKUP, (entry: LedgerEntry) => backupKey(entry, 'backup')],
] as const)('gives no failure up while a call %s is in flight', async (_, change, keyOf) => {
  const { entry, effects, ledger, sent, giveUp } = await givenUp(change);
  await effects.begin(keyOf(await entry()), { token: 'live', until: ledger.now + 5_000 });
  expect(await giveUp()).toBe('still-running');
  expect(await entry()).toMatchObject({ state: 'open' });
  expect(sent).toEqual([]);
  await effects.complete(keyOf(await entry()), 'live', { statusCode: 200 });
  expect(await giveUp()).toBe('given-up');
  expect((await entry()).outcome).not.toBe('dead-lettered');
});
