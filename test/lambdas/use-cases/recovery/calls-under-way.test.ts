import { describe, expect, it } from 'vitest';
import type { FallbackSettings } from '../../../../lambdas/contract/settings.ts';
import { iso } from '../../../../lambdas/contract/time.ts';
import { backupKey, effectKey } from '../../../../lambdas/domain/ledger/effect-key.ts';
import { degradeFailure } from '../../../../lambdas/use-cases/fallback/degrade.ts';
import { recoverInProcess } from '../../../../lambdas/use-cases/recovery/hot-tier.ts';
import { CutOffScene } from '../../../support/cut-off-scene.ts';
import { keyOf, NOW } from '../../../support/samples.ts';

const KEY = effectKey({ dependency: 'payments', id: 'order-1' });
const BACKUP: FallbackSettings = { kind: 'backup', dependency: 'backup' };
const REF = { key: keyOf('order-1'), cycle: 1 };
/** A call that was announced, and whose time is over by the ledger. */
const CUT_OFF = { inFlight: { token: 'other', until: iso(NOW - 1), repeatable: false } } as const;

/** A failure whose call another process has marked as started, in the effects table only. */
async function markedBesides(...[change, settings]: Parameters<typeof CutOffScene.of>): Promise<CutOffScene> {
  const scene = await CutOffScene.of(change, settings);
  const lease = { token: 'other', until: NOW + 60_000 };
  await scene.process().ports.effects.begin(KEY, lease);
  return scene;
}

describe('a call that only the effects table knows to be under way', () => {
  it.each([
    ['another attempt', CUT_OFF, 'attempt'],
    ['the end of an unknown result', { uncertain: 'attempt' }, 'attempt'],
    ['an undo', {}, 'undo'],
    ['a fallback', { attempts: 4 }, 'degrade'],
  ] as const)('is waited for by %s', async (_, change, task) => {
    const scene = await markedBesides(change, { fallback: { kind: 'static', answer: {} } });
    expect(await scene.process()[task]()).toBe('BusyError');
    expect(scene.calls).toEqual([]);
    expect(await scene.entry()).toMatchObject({ state: 'open' });
    expect((await scene.entry()).undo).toBeUndefined();
  });

  it('is waited for where it is that of the backup', async () => {
    const announced = { attempts: 4, backupCalled: 'backup', backupToken: 'other', uncertain: 'attempt' } as const;
    const scene = await CutOffScene.of(announced, { fallback: BACKUP });
    const { effects } = scene.process().ports;
    await effects.begin(backupKey(await scene.entry(), 'backup'), { token: 'other', until: NOW + 60_000 });
    expect(await scene.process().degrade()).toBe('BusyError');
    expect(await scene.process().undo()).toBe('BusyError');
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

  it('to a backup leaves everything else to the fallback', async () => {
    const scene = await CutOffScene.of({ backupCalled: 'backup', uncertain: 'attempt' }, { fallback: BACKUP });
    expect(await scene.process().attempt()).toBe('FallbackDueError');
    expect(scene.calls).toEqual([]);
  });
});

describe('a fallback', () => {
  it('makes no change at its backup once the failure has moved on', async () => {
    const scene = await CutOffScene.of({ attempts: 4 }, { fallback: BACKUP });
    const { ports } = scene.process();
    // Somebody else writes between the read and the announcement.
    ports.ledger.announceBackupCall = async () => undefined;
    await expect(degradeFailure(REF, ports)).rejects.toThrow('the failure has moved on');
    expect(scene.calls).toEqual([]);
  });

  it('gives up a failure whose dependency the config no longer has', async () => {
    const scene = await CutOffScene.of({ attempts: 4 }, { fallback: BACKUP });
    const all = { ...scene.process().ports, settingsOf: () => undefined };
    await expect(degradeFailure(REF, all)).rejects.toMatchObject({ name: 'GaveUpError', reason: 'unregistered' });
  });
});

describe('an undo', () => {
  it('of a failure that is over undoes nothing', async () => {
    const scene = await CutOffScene.of({ state: 'settled', outcome: 'recovered' });
    expect(await scene.process().undo()).toBe('recovered');
    expect(scene.calls).toEqual([]);
  });
});
