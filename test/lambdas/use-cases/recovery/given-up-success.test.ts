import { describe, expect, it } from 'vitest';
import { failureKey } from '../../../../lambdas/contract/failure-key.ts';
import type { LedgerEntry } from '../../../../lambdas/contract/ledger-entry.ts';
import { backupKey, effectKey } from '../../../../lambdas/domain/ledger/effect-key.ts';
import { type ReconcilePorts, reconcile } from '../../../../lambdas/use-cases/recovery/reconciliation.ts';
import { settleFailure } from '../../../../lambdas/use-cases/recovery/settlement.ts';
import { CutOffScene } from '../../../support/cut-off-scene.ts';
import { sampleFailure } from '../../../support/samples.ts';

type Ports = Pick<ReconcilePorts, 'ledger' | 'effects' | 'telemetry' | 'send' | 'runbookUrl' | 'isRegistered'>;

/** The parts that give a failure up if Backstop itself failed. They reject or return if nothing ended. */
const GIVING_UP: Readonly<Record<string, (entry: LedgerEntry, ports: Ports) => Promise<unknown>>> = {
  'the reconciler': (entry, ports) =>
    reconcile(entry, { ...ports, executionStatus: async () => 'FAILED' } as unknown as ReconcilePorts),
  'the machine': (entry, ports) => settleFailure({ key: failureKey(entry), cycle: entry.cycle, error: {} }, ports),
};

const AT_BACKUP = { backupCalled: 'backup', uncertain: 'attempt' } as const;

describe.each(Object.keys(GIVING_UP))('what %s gives up', (who) => {
  /** A failure whose executions have all failed, and what is sent for it. */
  async function givenUp(change: Partial<LedgerEntry> = {}) {
    const scene = await CutOffScene.of({ execution: 'order-1', rescues: 3, failure: sampleFailure(), ...change });
    const { ledger, effects, telemetry } = scene.process().ports;
    const sent: string[] = [];
    const ports: Ports = {
      ledger,
      effects,
      telemetry,
      send: async (_, body) => void sent.push(body),
      runbookUrl: 'runbook',
      isRegistered: () => true,
    };
    const giveUp = async () => GIVING_UP[who]?.(await scene.entry(), ports);
    return { scene, entry: () => scene.entry(), effects, ledger, sent, giveUp };
  }

  const LEASE_MS = 5_000;

  it('is settled as recovered if the effects table has the success', async () => {
    const { entry, effects, sent, giveUp } = await givenUp();
    await effects.complete(effectKey(await entry()), 'late', { statusCode: 200 });
    await giveUp();
    expect(await entry()).toMatchObject({ state: 'settled', outcome: 'recovered' });
    expect(sent).toEqual([]);
  });

  it('is settled as degraded if the effects table has the change at the backup', async () => {
    const { entry, effects, sent, giveUp } = await givenUp(AT_BACKUP);
    await effects.complete(backupKey(await entry(), 'backup'), 'late', { statusCode: 201 });
    await giveUp();
    expect(await entry()).toMatchObject({ outcome: 'degraded', answer: { statusCode: 201, dependency: 'backup' } });
    expect(sent).toEqual([]);
  });

  it.each([
    ['to the dependency', {}, effectKey],
    ['to the backup', AT_BACKUP, (entry: LedgerEntry) => backupKey(entry, 'backup')],
  ] as const)('stays open while a call %s is in flight', async (_, change, keyOf) => {
    const { entry, effects, ledger, sent, giveUp } = await givenUp(change);
    await effects.begin(keyOf(await entry()), { token: 'live', until: ledger.now + LEASE_MS });
    await giveUp().catch(() => undefined);
    expect(await entry()).toMatchObject({ state: 'open' });
    expect(sent).toEqual([]);
    await effects.complete(keyOf(await entry()), 'live', { statusCode: 200 });
    await giveUp();
    expect((await entry()).outcome).not.toBe('dead-lettered');
  });

  it('stays open while an announced call may still leave', async () => {
    const { entry, ledger, sent, giveUp } = await givenUp();
    await ledger.beginAttempt(await entry(), { token: 'live', until: ledger.now + LEASE_MS, repeatable: true });
    await giveUp().catch(() => undefined);
    expect(await entry()).toMatchObject({ state: 'open' });
    expect(sent).toEqual([]);
  });

  it.each([
    ['unknown-result', 'may have had an effect', { isRepeatable: false, leaves: true }],
    ['handler-failed', 'may be repeated', { isRepeatable: true, leaves: true }],
    ['handler-failed', 'never left', { isRepeatable: false, leaves: false }],
  ] as const)('has the reason %s if the call that was cut off %s', async (reason, _, { isRepeatable, leaves }) => {
    const { scene, entry, effects, ledger, sent, giveUp } = await givenUp({ attempts: 1, attemptLimit: 5 });
    const lease = { token: 'dead', until: ledger.now + LEASE_MS };
    await ledger.beginAttempt(await entry(), { ...lease, repeatable: isRepeatable });
    if (leaves) await effects.begin(effectKey(await entry()), lease);
    scene.now += 2 * LEASE_MS;
    await giveUp();
    expect(await entry()).toMatchObject({ outcome: 'dead-lettered', reason });
    expect(sent).toMatchObject([expect.stringContaining(`"reason":"${reason}"`)]);
  });
});

it('the machine gives up with an unknown result if nobody can read the effects table', async () => {
  const scene = await CutOffScene.of({ failure: sampleFailure(), attempts: 1, attemptLimit: 5 });
  const { ledger } = scene.process().ports;
  await ledger.beginAttempt(await scene.entry(), { token: 'dead', until: ledger.now + 1, repeatable: false });
  scene.now += 1_000;
  const entry = await scene.entry();
  await settleFailure(
    { key: failureKey(entry), cycle: 1, error: {} },
    {
      ledger,
      effects: { read: () => Promise.reject(new Error('the table is gone')) },
      send: async () => undefined,
      runbookUrl: 'runbook',
      isRegistered: () => true,
    },
  );
  expect(await scene.entry()).toMatchObject({ outcome: 'dead-lettered', reason: 'unknown-result' });
});
