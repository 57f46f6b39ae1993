import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sampleUndo } from '../../../support/samples.ts';
import { startTables, type Tables } from '../../../support/tables.ts';
import { answered, LOST, MADE, step, UndoScene } from '../../../support/undo-scene.ts';

let tables: Tables;
beforeAll(async () => {
  tables = await startTables();
});
afterAll(() => tables.stop());

const RESERVE = step('reserve');
const PACK = step('pack', { dependency: 'mail' });

describe('an interrupted call that may be repeated', () => {
  const calling = { name: 'reserve', dependency: 'stock', state: 'calling' } as const;
  const cutOff = { ...calling, until: '2026-03-01T11:59:00.000Z' } as const;

  it.each([
    ['is followed by no other once all were made', 6, 'failed: exhausted', 0],
    ['is followed by another while one is left', 5, 'done', 1],
  ])('%s', async (_, attempts, state, calls) => {
    const scene = new UndoScene(tables, { idempotencyKeys: true });
    await scene.given([RESERVE], { undo: sampleUndo({ steps: [{ ...cutOff, attempts }] }) });
    await scene.finish();
    expect(await scene.states()).toEqual([state]);
    expect(scene.calls).toHaveLength(calls);
  });

  it('has all its attempts again after a redrive', async () => {
    const scene = new UndoScene(tables, { idempotencyKeys: true });
    await scene.given([RESERVE], { undo: sampleUndo({ steps: [{ ...cutOff, attempts: 6 }] }) });
    await scene.redrive();
    expect(await scene.finish(2)).toBe('compensated');
    expect(scene.calls).toHaveLength(1);
  });

  it('is waited for while it is under way', async () => {
    const scene = new UndoScene(tables);
    const until = new Date(scene.now + 5_000).toISOString();
    await scene.given([RESERVE], { undo: sampleUndo({ steps: [{ ...cutOff, attempts: 1, until }] }) });
    expect(await scene.undo()).toBe('NotYetError');
    expect(await scene.standing()).toMatchObject({ waitUntil: until });
    expect(scene.calls).toEqual([]);
  });
});

describe('a redrive', () => {
  it('continues with the remaining steps, and never makes the operation', async () => {
    const scene = new UndoScene(tables);
    scene.atDependency = async (path) => (path === '/pack' ? answered(422) : MADE);
    await scene.given([RESERVE, PACK]);
    expect(await scene.undo()).toBe('UndoFailedError');
    const redriven = await scene.redrive();
    expect(await scene.ledger.beginAttempt(redriven, { token: 't', until: scene.now + 1_000 })).toBeUndefined();
    scene.atDependency = async () => MADE;
    await expect(scene.why(2)).rejects.toMatchObject({ name: 'UndoDueError' });
    expect(await scene.undo(2)).toBe('compensated');
    expect(scene.pathsCalled()).toEqual(['/pack', '/reserve', '/pack']);
    expect((await scene.entry()).undo).toMatchObject({ cycle: 2, reason: 'exhausted' });
  });

  it('undoes nothing if the operation has succeeded in the meantime and nothing is undone', async () => {
    const scene = new UndoScene(tables);
    scene.atDependency = async () => answered(422);
    await scene.given([RESERVE]);
    expect(await scene.undo()).toBe('UndoFailedError');
    await scene.redrive();
    await scene.operationSucceeded();
    expect(await scene.undo(2)).toBe('recovered');
    expect(scene.calls).toHaveLength(1);
    await scene.ledger.settle(await scene.entry(), { outcome: 'recovered' });
    const entry = await scene.entry();
    expect(entry).toMatchObject({ state: 'settled', outcome: 'recovered' });
    expect(entry).not.toHaveProperty('undo');
  });

  it.each([
    ['is undone', MADE],
    ['may be undone', LOST],
  ])('continues although the operation has succeeded in the meantime, once a step %s', async (_, atPack) => {
    const scene = new UndoScene(tables);
    scene.atDependency = async (path, nth) => (path === '/pack' ? atPack : nth === 1 ? answered(422) : MADE);
    await scene.given([RESERVE, PACK]);
    expect(await scene.finish()).toBe('UndoFailedError');
    await scene.redrive();
    await scene.operationSucceeded();
    await scene.finish(2);
    expect((await scene.states())[0]).toBe('done');
    const entry = await scene.entry();
    expect(await scene.ledger.settle(entry, { outcome: 'recovered' })).toMatchObject({ state: 'open' });
  });

  it("doesn't say whether a call has undone a step", async () => {
    const scene = new UndoScene(tables);
    scene.atDependency = async () => LOST;
    await scene.given([RESERVE]);
    expect(await scene.undo()).toBe('UndoFailedError');
    await scene.redrive();
    expect(await scene.undo(2)).toBe('UndoFailedError');
    expect(scene.calls).toHaveLength(1);
    expect(await scene.states()).toEqual(['failed: unknown-result']);
  });
});

describe('the retries of the machine', () => {
  it('are those of one step: the next step has all of them again', async () => {
    const scene = new UndoScene(tables);
    scene.atDependency = async (path, nth) => (path === '/pack' && nth <= 4 ? answered(429) : MADE);
    await scene.given([RESERVE, PACK]);
    const ends = [await scene.undo(), await scene.undo(), await scene.undo(), await scene.undo()];
    expect(ends).toEqual(['TransientError', 'TransientError', 'UndoGoesOnError', 'compensated']);
  });

  it('begin with no step for which the function has no time', async () => {
    const scene = new UndoScene(tables);
    await scene.given([RESERVE]);
    scene.remainingMs = 5_000;
    expect(await scene.undo()).toBe('UndoGoesOnError');
    expect(scene.calls).toEqual([]);
  });

  it('draw from the budget of the dependency, and pay once', async () => {
    const scene = new UndoScene(tables, { retryBudget: { share: 0, perSecond: 0.1 } });
    scene.atDependency = async () => answered(429);
    await scene.given([RESERVE]);
    const ends: string[] = [];
    for (let calls = 0; calls < 4; calls++) ends.push(await scene.undo());
    expect(ends).toEqual(['TransientError', 'TransientError', 'CircuitOpenError', 'NotYetError']);
    scene.now += 60_000;
    expect(await scene.undo()).toBe('TransientError');
    expect((await scene.entry()).undo?.steps[0]).toMatchObject({ attempts: 5 });
  });
});
