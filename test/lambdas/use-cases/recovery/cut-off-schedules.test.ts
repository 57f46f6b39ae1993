import { describe, expect, it } from 'vitest';
import type { LedgerEntry } from '../../../../lambdas/contract/ledger-entry.ts';
import type { FallbackSettings } from '../../../../lambdas/contract/settings.ts';
import { iso } from '../../../../lambdas/contract/time.ts';
import type { CallResult } from '../../../../lambdas/domain/boundary/call-result.ts';
import { effectKey } from '../../../../lambdas/domain/ledger/effect-key.ts';
import { CutOffScene, type Fault } from '../../../support/cut-off-scene.ts';
import { sampleQuestion } from '../../../support/questions.ts';
import { NOW, sampleFailure } from '../../../support/samples.ts';

const STATIC: FallbackSettings = { kind: 'static', answer: { rates: [] } };
const THROTTLED: CallResult = { kind: 'failed', error: { name: 'HttpError', statusCode: 429 } };
const LOST: CallResult = { kind: 'failed', error: { name: 'TimeoutError', message: 'no answer' } };
const KEY = effectKey({ dependency: 'payments', id: 'order-1' });
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** A fault at one access of a process. */
const at = (step: string, fault: Fault) => (each: string) => (each === step ? fault : undefined);

/** The last attempt stores its success in the effects table. Its process dies before the machine hears of it. */
async function succeededUnheard(settings: Parameters<typeof CutOffScene.of>[1] = {}) {
  const scene = await CutOffScene.of({}, settings);
  expect(await scene.process().attempt()).toBe('recovered');
  expect(await scene.entry()).toMatchObject({ attempts: 4, attemptLimit: 4, state: 'open', inFlight: {} });
  scene.now += 10_000;
  return scene;
}

/** The last attempt is cut off during its call. */
async function cutOffInCall(change: Parameters<typeof CutOffScene.of>[0] = {}) {
  const scene = await CutOffScene.of(change);
  await scene.cutOffInCall((process) => process.attempt());
  expect(scene.calls).toEqual(['/charge']);
  return scene;
}

describe('a success that only the effects table knows', () => {
  it('is found after a look-up that failed, so that nothing is undone', async () => {
    const scene = await succeededUnheard();
    expect(await scene.process(at('effects.get 1', 'fail before')).attempt()).toBe('AccessError');
    expect(await scene.process().attempt()).toBe('recovered');
    expect(await scene.process().undo()).toBe('recovered');
    expect(scene.calls).toEqual(['/charge']);
  });

  it('is found after a look-up that failed, so that no fallback answers', async () => {
    const scene = await succeededUnheard({ fallback: STATIC });
    await scene.process(at('effects.get 1', 'fail before')).attempt();
    expect(await scene.process().degrade()).toBe('NotYetError');
    expect(await scene.process().attempt()).toBe('recovered');
  });

  it.each<[string, string, Fault]>([
    ['its mark fails', 'effects.write 1', 'fail before'],
    ['it dies before its mark', 'effects.write 1', 'crash before'],
    ['its announcement fails', 'ledger.write 1', 'fail after'],
  ])('is found after the deadline where a repetition is not made because %s', async (_, step, fault) => {
    const operation = { method: 'PUT', path: '/charge' } as const;
    const scene = await CutOffScene.of({ attempts: 2, failure: sampleFailure({ operation }) });
    // The success is not stored in time: the repetition begins before.
    const { promise: gate, resolve: open } = Promise.withResolvers<void>();
    scene.answer = async () => {
      await gate;
      return { kind: 'ok', statusCode: 200 };
    };
    void scene.process().attempt();
    await turn();
    scene.now += 10_000;
    await scene.process(at(step, fault)).attempt();
    open();
    await turn();
    scene.now = Date.parse((await scene.entry()).deadline) + 1;
    expect(await scene.process().attempt()).toBe('recovered');
    expect(scene.calls).toEqual(['/charge']);
  });

  it('is found where the ledger announces no call any more', async () => {
    const scene = await CutOffScene.of({ attempts: 4 });
    await scene.process().ports.effects.complete(KEY, 'late', { statusCode: 200 });
    expect(await scene.process().undo()).toBe('recovered');
    expect(scene.calls).toEqual([]);
    const unreachable = await CutOffScene.of({ attempts: 4 }, { fallback: STATIC });
    await unreachable.process().ports.effects.complete(KEY, 'late', { statusCode: 200 });
    expect(await unreachable.process().degrade()).toBe('recovered');
  });

  it('is found by a redrive, though its process stored it after Backstop had given up', async () => {
    const scene = await CutOffScene.of({ attempts: 0, uncertain: 'attempt' });
    expect(await scene.process().attempt()).toBe('unknown-result');
    await scene.process().ports.effects.complete(KEY, 'late', { statusCode: 200 });
    expect(await scene.process().attempt()).toBe('recovered');
    expect(scene.calls).toEqual([]);
  });

  const CONFLICT = {
    verdict: { kind: 'conflict', category: 'data-integrity', effect: 'none', rule: 'http-precondition-failed' },
    conflict: { rounds: 1, refused: [] },
  } as const;
  it.each<[string, Partial<LedgerEntry>]>([
    ['deadline', { deadline: iso(NOW) }],
    ['exhausted', { attempts: 4, attemptLimit: 4 }],
    ['no-decision', { ...CONFLICT, question: sampleQuestion({ until: iso(NOW) }) }],
  ])('is found before Backstop gives up for another reason: %s', async (reason, change) => {
    const scene = await CutOffScene.of({ ...change, possibleEffect: true });
    expect(await scene.process().attempt()).toBe(reason);
    await scene.process().ports.effects.complete(KEY, 'late', { statusCode: 200 });
    expect(['recovered', 'resolved']).toContain(await scene.process().attempt());
    expect(scene.calls).toEqual([]);
  });

  it('is found where an earlier version left nothing but the doubt', async () => {
    const scene = await CutOffScene.of({ attempts: 4, uncertain: 'interrupted' });
    await scene.process().ports.effects.complete(KEY, 'late', { statusCode: 200 });
    expect(await scene.process().attempt()).toBe('recovered');
    const doubtful = await CutOffScene.of({ attempts: 4, uncertain: 'interrupted' });
    expect(await doubtful.process().attempt()).toBe('unknown-result');
    expect(doubtful.calls).toEqual([]);
  });

  it('is found under the key of the edited operation', async () => {
    const scene = await CutOffScene.of({ attempts: 3, edited: 1 });
    expect(await scene.process().attempt()).toBe('recovered');
    scene.now += 10_000;
    expect(await scene.process().undo()).toBe('recovered');
    expect(scene.calls).toEqual(['/charge']);
  });
});

describe('a call that was cut off on the last attempt', () => {
  it.each([-1, 0, 1, 40, 5_000])('has an unknown result, %i ms from the end of its lease', async (late) => {
    const scene = await cutOffInCall();
    scene.now = Date.parse((await scene.entry()).inFlight?.until ?? '') + late;
    const [first, second] = [await scene.process().attempt(), await scene.process().attempt()];
    expect([first, second]).toEqual(late < 0 ? ['NotYetError', 'NotYetError'] : ['unknown-result', 'unknown-result']);
    expect(scene.calls).toEqual(['/charge']);
  });

  it('has an unknown result where its mark was slower than its announcement', async () => {
    const scene = await CutOffScene.of();
    await scene.cutOffInCall(
      (process) => process.attempt(),
      (step) => {
        if (step === 'effects.write 1') scene.now += 40;
        return undefined;
      },
    );
    scene.now = Date.parse((await scene.entry()).inFlight?.until ?? '');
    expect(await scene.process().attempt()).toBe('unknown-result');
  });

  it('is looked up without a trace in the effects table, so that nobody waits for the look-up', async () => {
    const scene = await cutOffInCall();
    scene.now += 60_000;
    const undoing = scene.process(at('effects.get 1', 'crash after'));
    expect(await undoing.undo()).toBe('cut off');
    const attempting = scene.process();
    expect(await attempting.attempt()).toBe('unknown-result');
    expect([...undoing.steps, ...attempting.steps].filter((step) => step.startsWith('effects.write'))).toEqual([]);
    expect(await scene.process().ports.effects.read(KEY)).toEqual({ kind: 'in-doubt' });
  });
});

describe('a process that sleeps beyond its lease', () => {
  it('makes no call while it waits for its credential, once others have given up and undone the steps', async () => {
    const scene = await CutOffScene.of();
    const { promise: gate, resolve: wake } = Promise.withResolvers<void>();
    scene.beforeRequest = () => gate;
    const sleeping = scene.process().attempt();
    await turn();
    scene.beforeRequest = async () => undefined;
    scene.now += 60_000;
    expect(await scene.process().attempt()).toBe('unknown-result');
    await scene.process().undo();
    wake();
    expect(await sleeping).toBe('BusyError');
    expect(scene.calls).toEqual(['/undo-b', '/undo-a']);
  });

  it('takes nothing from a newer success when it wakes up', async () => {
    const operation = { method: 'PUT', path: '/charge' } as const;
    const scene = await CutOffScene.of({ attempts: 2, failure: sampleFailure({ operation }) });
    const { promise: answer, resolve } = Promise.withResolvers<CallResult>();
    scene.answer = (_, nth) => (nth === 1 ? answer : Promise.resolve({ kind: 'ok', statusCode: 201 }));
    const sleeping = scene.process().attempt();
    await turn();
    scene.now += 60_000;
    expect(await scene.process().attempt()).toBe('recovered');
    resolve(THROTTLED);
    await sleeping;
    scene.now += 60_000;
    expect(await scene.process().ports.effects.read(KEY)).toMatchObject({ kind: 'done' });
    expect(await scene.process().attempt()).toBe('recovered');
    expect(scene.calls).toEqual(['/charge', '/charge']);
  });

  it.each(['attempt', 'undo', 'degrade'] as const)('asks the circuit again before the call of %s', async (task) => {
    const fallback = { kind: 'backup', dependency: 'payments-eu' } as const;
    const scene = await CutOffScene.of({ attempts: task === 'attempt' ? 3 : 4 }, { fallback, timeoutMs: 5_000 });
    scene.beforeRequest = async () => {
      scene.now += 2_001;
    };
    expect(await scene.process()[task]()).toBe('BusyError');
    expect(scene.calls).toEqual([]);
    scene.beforeRequest = async () => undefined;
    await scene.process()[task]();
    expect(scene.calls[0]).toBe(task === 'undo' ? '/undo-b' : '/charge');
  });
});

describe('settings that change between attempts', () => {
  it('lead to no call with a key after one without', async () => {
    const scene = await cutOffInCall({ attempts: 1 });
    scene.settings = { ...scene.settings, idempotencyKeys: true };
    scene.now += 10_000;
    expect(await scene.process().attempt()).toBe('unknown-result');
    expect(scene.calls).toEqual(['/charge']);
  });

  it('lead to no call without a key after one with a key', async () => {
    const scene = await CutOffScene.of({ attempts: 1 }, { idempotencyKeys: true });
    scene.answer = async () => LOST;
    expect(await scene.process().attempt()).toBe('TransientError');
    scene.settings = { ...scene.settings, idempotencyKeys: false };
    expect(await scene.process().attempt()).toBe('unknown-result');
    expect(scene.calls).toEqual(['/charge']);
  });

  it('lead to no undo with a key after one without', async () => {
    const scene = await CutOffScene.of({ attempts: 4 });
    await scene.cutOffInCall((process) => process.undo());
    scene.now += 60_000;
    scene.settings = { ...scene.settings, idempotencyKeys: true };
    await scene.process().undo();
    expect((await scene.entry()).undo?.steps[1]).toMatchObject({ state: 'failed', because: 'unknown-result' });
    expect(scene.calls).toEqual(['/undo-b']);
  });
});
