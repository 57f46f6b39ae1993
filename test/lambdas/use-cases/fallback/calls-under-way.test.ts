import { describe, expect, it } from 'vitest';
import type { FallbackSettings } from '../../../../lambdas/contract/settings.ts';
import { backupKey, effectKey } from '../../../../lambdas/domain/ledger/effect-key.ts';
import { degradeFailure } from '../../../../lambdas/use-cases/fallback/degrade.ts';
import { CutOffScene } from '../../../support/cut-off-scene.ts';
import { keyOf, NOW } from '../../../support/samples.ts';

const KEY = effectKey({ dependency: 'payments', id: 'order-1' });
const BACKUP: FallbackSettings = { kind: 'backup', dependency: 'backup' };
const REF = { key: keyOf('order-1'), cycle: 1 };
const UNDER_WAY = { token: 'other', until: NOW + 60_000 };

describe('a call that only the effects table knows to be under way', () => {
  it.each(['undo', 'degrade'] as const)('is waited for by %s', async (task) => {
    const scene = await CutOffScene.of({ attempts: 4 }, { fallback: { kind: 'static', answer: {} } });
    await scene.process().ports.effects.begin(KEY, UNDER_WAY);
    expect(await scene.process()[task]()).toBe('BusyError');
    expect(scene.calls).toEqual([]);
    expect((await scene.entry()).undo).toBeUndefined();
  });

  it('is waited for where it is that of the backup', async () => {
    const announced = { attempts: 4, backupCalled: 'backup', backupToken: 'other', uncertain: 'attempt' } as const;
    const scene = await CutOffScene.of(announced, { fallback: BACKUP });
    const { effects } = scene.process().ports;
    await effects.begin(backupKey(await scene.entry(), 'backup'), UNDER_WAY);
    expect(await scene.process().degrade()).toBe('BusyError');
    expect(await scene.process().undo()).toBe('BusyError');
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
    // A call from before may have succeeded since.
    await all.effects.complete(KEY, 'token', { statusCode: 200 });
    expect(await degradeFailure(REF, all)).toEqual({ outcome: 'recovered' });
  });
});
