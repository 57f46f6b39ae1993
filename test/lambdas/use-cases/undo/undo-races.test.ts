import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BusyError } from '../../../../lambdas/contract/errors.ts';
import { initialProgress } from '../../../../lambdas/domain/undo/undo-plan.ts';
import { isUndoing, recordProgress } from '../../../../lambdas/use-cases/undo/undo-step.ts';
import { faultyProcess } from '../../../support/faulty-client.ts';
import { NOW } from '../../../support/samples.ts';
import { startTables, type Tables } from '../../../support/tables.ts';
import { step, UndoScene } from '../../../support/undo-scene.ts';

let tables: Tables;
beforeAll(async () => {
  tables = await startTables();
});
afterAll(() => tables.stop());

const PROGRESS = { reason: 'exhausted', now: NOW, deadlineMs: 1_000 } as const;
const STEPS = [step('a'), step('b')];

describe('what an undo writes', () => {
  it('is recognised after a lost answer, when the client writes it again', async () => {
    const scene = new UndoScene(tables);
    const entry = await scene.given(STEPS);
    const { client } = tables;
    client.middlewareStack.add(
      (next, { commandName }) =>
        async (args) => {
          if (commandName === 'UpdateItemCommand') await next(args);
          return next(args);
        },
      { step: 'initialize', name: 'twice' },
    );
    const begun = await scene.ledger.beginUndo(entry, initialProgress(entry, PROGRESS));
    client.middlewareStack.remove('twice');
    expect(begun).toMatchObject({ undo: { reason: 'exhausted', steps: [{ state: 'open' }, { state: 'open' }] } });
  });

  it('wins or changes nothing, where two begin from the same state', async () => {
    const scene = new UndoScene(tables);
    const entry = await scene.given(STEPS);
    const both = await Promise.all([1, 2].map(() => scene.ledger.beginUndo(entry, initialProgress(entry, PROGRESS))));
    expect(both.filter(Boolean)).toHaveLength(1);
    const begun = await scene.entry();
    if (!isUndoing(begun)) throw new Error('the undo must have begun');
    const done = { name: 'a', dependency: 'stock', state: 'done', attempts: 1 } as const;
    const moved = await Promise.all([0, 1].map((index) => scene.ledger.recordUndoStep(begun, index, done)));
    expect(moved.filter(Boolean)).toHaveLength(1);
  });

  it('stops a caller that has lost to another', async () => {
    const scene = new UndoScene(tables);
    const entry = await scene.given(STEPS);
    const begun = await scene.ledger.beginUndo(entry, initialProgress(entry, PROGRESS));
    if (!begun || !isUndoing(begun)) throw new Error('the undo must have begun');
    const calling = { name: 'a', dependency: 'stock', state: 'calling', attempts: 1 } as const;
    const silent = () => undefined;
    const telemetry = { count: silent, warn: silent, error: silent };
    const ports = { ledger: scene.ledger, log: silent, telemetry };
    await recordProgress({ entry: begun, index: 0 }, calling, ports);
    await expect(recordProgress({ entry: begun, index: 0 }, calling, ports)).rejects.toThrow(BusyError);
  });

  it('begins nothing while a call of the operation is under way', async () => {
    const scene = new UndoScene(tables);
    const entry = await scene.given(STEPS);
    await scene.ledger.beginAttempt({ ...entry }, { token: 'alive', until: NOW + 5_000 });
    expect(await scene.ledger.beginUndo(entry, initialProgress(entry, PROGRESS))).toBeUndefined();
  });
});

describe('an undo and a call by somebody who has read the failure before', () => {
  const scenario = async () => {
    const scene = new UndoScene(tables);
    const entry = await scene.given(STEPS);
    const undo = () => scene.ledger.beginUndo(entry, initialProgress(entry, PROGRESS));
    const sendToBackup = () =>
      scene.ledger.announceBackupCall(entry, { dependency: 'mail', token: 'mine', until: scene.now + 9_000 });
    return { scene, entry, undo, sendToBackup };
  };

  it('never both: a change is not sent to the backup once the undo has begun', async () => {
    const { undo, sendToBackup } = await scenario();
    expect(await undo()).toBeDefined();
    expect(await sendToBackup()).toBeUndefined();
  });

  it('never both: the undo does not begin once a change has been sent to the backup', async () => {
    const { undo, sendToBackup } = await scenario();
    expect(await sendToBackup()).toBeDefined();
    expect(await undo()).toBeUndefined();
  });

  it('never both: the undo does not begin by a plan that knows nothing of the call’s effect', async () => {
    const { scene, entry, undo } = await scenario();
    const begun = await scene.ledger.beginAttempt(entry, { token: 'other', until: NOW + 5_000 });
    const verdict = { ...entry.verdict, effect: 'unknown' } as const;
    const step = { at: new Date(NOW).toISOString(), step: 'attempt-failed' } as const;
    await scene.ledger.recordFailedAttempt(begun ?? entry, { verdict, step });
    expect(await undo()).toBeUndefined();
    expect(await scene.undo()).toBe('GaveUpError');
  });
});

describe('two who undo at once', () => {
  it('make one call for each step', async () => {
    for (let round = 0; round < 5; round++) {
      const scene = new UndoScene(tables);
      await scene.given(STEPS);
      const ends = await Promise.all([scene.undo(), scene.undo(), scene.undo()]);
      if (!ends.includes('compensated')) expect(await scene.finish()).toBe('compensated');
      expect(scene.pathsCalled()).toEqual(['/b', '/a']);
    }
  });
});

describe('a call that was announced and not made', () => {
  it('is taken back, so that the next may follow at once', async () => {
    const scene = new UndoScene(tables);
    await scene.given([step('a')]);
    // The undo starts and announces the call, then the effects table fails.
    const process = faultyProcess(tables.client, { call: 5, mode: 'fails before' });
    await scene.undo();
    process.end();
    expect(process.calls.slice(0, 5)).toEqual([
      'GetItemCommand',
      'GetItemCommand',
      'UpdateItemCommand',
      'UpdateItemCommand',
      'UpdateItemCommand',
    ]);
    expect(scene.calls).toEqual([]);
    expect((await scene.entry()).undo?.steps[0]).toMatchObject({ state: 'open', attempts: 0 });
    expect(await scene.undo()).toBe('compensated');
  });

  it('leaves no doubt less than there was: one that was cut off before is still in doubt', async () => {
    const scene = new UndoScene(tables);
    await scene.given([step('a')]);
    // The process crashes during the call.
    const dying = faultyProcess(tables.client, { call: 6, mode: 'crashes before' });
    await scene.undo();
    dying.end();
    expect(scene.calls).toHaveLength(1);
    scene.now += 60_000;
    const process = faultyProcess(tables.client, { call: 2, mode: 'fails before' });
    await scene.undo();
    process.end();
    expect((await scene.entry()).undo?.steps[0]).toMatchObject({ state: 'calling', attempts: 1 });
    expect(await scene.undo()).toBe('UndoFailedError');
    expect(await scene.states()).toEqual(['failed: unknown-result']);
    expect(scene.calls).toHaveLength(1);
  });

  it('is waited for where another process makes it, as only the effects table knows', async () => {
    const scene = new UndoScene(tables);
    await scene.given([step('a')]);
    const dying = faultyProcess(tables.client, { call: 6, mode: 'crashes before' });
    await scene.undo();
    dying.end();
    scene.now += 60_000;
    await scene.anotherUndoes(0);
    expect(await scene.undo()).toBe('BusyError');
    expect((await scene.entry()).undo?.steps[0]).toMatchObject({ state: 'calling', attempts: 1 });
    expect(scene.calls).toHaveLength(1);
  });

  it('is not made where too little of its lease is left', async () => {
    const scene = new UndoScene(tables);
    await scene.given([step('a')]);
    scene.beforeEffect = () => {
      scene.now += 5_500;
    };
    expect(await scene.undo()).toBe('BusyError');
    expect(scene.calls).toEqual([]);
    scene.beforeEffect = () => undefined;
    expect(await scene.undo()).toBe('compensated');
  });
});
