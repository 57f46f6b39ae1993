import { describe, expect, it } from 'vitest';
import type { FallbackSettings } from '../../../../lambdas/contract/settings.ts';
import { iso } from '../../../../lambdas/contract/time.ts';
import { effectKey } from '../../../../lambdas/domain/ledger/effect-key.ts';
import { attemptOperation } from '../../../../lambdas/use-cases/recovery/attempt-operation.ts';
import { recoverInProcess } from '../../../../lambdas/use-cases/recovery/hot-tier.ts';
import { recordFailure } from '../../../../lambdas/use-cases/recovery/record-result.ts';
import { CutOffScene } from '../../../support/cut-off-scene.ts';
import { NOW } from '../../../support/samples.ts';

const KEY = effectKey({ dependency: 'payments', id: 'order-1' });
const BACKUP: FallbackSettings = { kind: 'backup', dependency: 'backup' };
/** A call that was announced, and whose time is over by the ledger. */
const CUT_OFF = { inFlight: { token: 'other', until: iso(NOW - 1), repeatable: false } } as const;

/** A failure whose call another process has marked as started, in the effects table only. */
async function markedBesides(change: Parameters<typeof CutOffScene.of>[0]): Promise<CutOffScene> {
  const scene = await CutOffScene.of(change);
  const lease = { token: 'other', until: NOW + 60_000 };
  await scene.process().ports.effects.begin(KEY, lease);
  return scene;
}

describe('a call that only the effects table knows to be under way', () => {
  it.each([
    ['another attempt', CUT_OFF],
    ['the end of an unknown result', { uncertain: 'attempt' } as const],
  ])('is waited for by %s', async (_, change) => {
    const scene = await markedBesides(change);
    expect(await scene.process().attempt()).toBe('BusyError');
    expect(scene.calls).toEqual([]);
    expect(await scene.entry()).toMatchObject({ state: 'open' });
  });
});

describe('a call that the ledger announces', () => {
  it.each([500, 3_600_000])('ends the hot tier at once, if its lease lasts %i ms more', async (ms) => {
    const scene = await CutOffScene.of({ tier: 'hot', inFlight: { token: 'other', until: iso(NOW + ms) } });
    const { ports } = scene.process();
    const settings = { ...scene.settings };
    const started: string[] = [];
    const all = { ...ports, random: () => 0, sleep: () => Promise.reject(new Error('it sleeps')) };
    const startRecovery = async () => void started.push('started');
    const work = recoverInProcess(await scene.entry(), settings, { ...all, startRecovery });
    await expect(work).rejects.toThrow('another attempt is in progress');
    expect(started).toEqual([]);
  });

  it('keeps out who has read the failure before', async () => {
    const scene = await CutOffScene.of({});
    const entry = await scene.entry();
    const lease = { token: 'other', until: NOW + 60_000, repeatable: false };
    expect(await scene.process().ports.ledger.beginAttempt(entry, lease)).toBeDefined();
    const work = attemptOperation(entry, scene.settings, scene.process().ports);
    await expect(work).rejects.toThrow('another attempt is in progress');
    expect(scene.calls).toEqual([]);
  });

  it('is recorded by nobody else, once another writer has ended it', async () => {
    const scene = await CutOffScene.of({});
    const { ports } = scene.process();
    const lease = { token: 'other', until: NOW + 60_000, repeatable: false };
    const begun = await ports.ledger.beginAttempt(await scene.entry(), lease);
    if (!begun) throw new Error('the attempt must have begun');
    await ports.ledger.withdrawAttempt(begun);
    const learned = { verdict: begun.verdict };
    await expect(recordFailure(begun, learned, { ...ports, log: () => undefined })).rejects.toThrow('has moved on');
  });

  it('to a backup leaves everything else to the fallback', async () => {
    const scene = await CutOffScene.of({ backupCalled: 'backup', uncertain: 'attempt' }, { fallback: BACKUP });
    expect(await scene.process().attempt()).toBe('FallbackDueError');
    expect(scene.calls).toEqual([]);
  });
});
