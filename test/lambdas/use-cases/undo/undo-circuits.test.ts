import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sampleUndo } from '../../../support/samples.ts';
import { startTables, type Tables } from '../../../support/tables.ts';
import { answered, MADE, step, UNDO_DEADLINE_MS, UndoScene } from '../../../support/undo-scene.ts';

let tables: Tables;
beforeAll(async () => {
  tables = await startTables();
});
afterAll(() => tables.stop());

const RESERVE = step('reserve');
const PACK = step('pack', { dependency: 'mail' });
const OPEN = { name: 'reserve', dependency: 'stock', state: 'open' } as const;

describe('the circuit of a step’s dependency', () => {
  it('is waited for, without an attempt lost', async () => {
    const scene = new UndoScene(tables);
    await scene.given([RESERVE]);
    await scene.tripCircuit('stock');
    expect(await scene.undo()).toBe('CircuitOpenError');
    expect(scene.calls).toEqual([]);
    const { undo } = await scene.entry();
    expect(undo?.steps[0]).toMatchObject({ state: 'open', attempts: 0 });
    expect(Date.parse((await scene.standing()).waitUntil)).toBeGreaterThan(scene.now);
    expect(await scene.undo()).toBe('NotYetError');
    scene.now += 60_000;
    expect(await scene.undo()).toBe('compensated');
  });

  it('is waited for until the deadline, then the others are undone, each by one call', async () => {
    const scene = new UndoScene(tables);
    scene.atDependency = async (path) => (path === '/label' ? answered(429) : MADE);
    await scene.given([PACK, step('label', { dependency: 'mail' }), RESERVE]);
    await scene.tripCircuit('stock');
    await scene.undo();
    scene.now += UNDO_DEADLINE_MS + 1;
    expect(await scene.undo()).toBe('UndoFailedError');
    expect(await scene.states()).toEqual(['done', 'failed: deadline', 'failed: deadline']);
    expect(scene.pathsCalled()).toEqual(['/label', '/pack']);
  });

  it('is asked once where the turn of a step comes after the deadline, and no longer waited for', async () => {
    const scene = new UndoScene(tables);
    await scene.given([step('label'), RESERVE]);
    await scene.tripCircuit('stock');
    await scene.undo();
    scene.now += UNDO_DEADLINE_MS + 1;
    await scene.tripCircuit('stock');
    expect(await scene.finish()).toBe('UndoFailedError');
    expect(await scene.states()).toEqual(['failed: deadline', 'failed: deadline']);
    expect(scene.calls).toEqual([]);
  });

  it('is waited for no longer than until the deadline', async () => {
    const scene = new UndoScene(tables);
    const deadline = new Date(scene.now + 15_000).toISOString();
    await scene.given([RESERVE], { undo: sampleUndo({ deadline, steps: [{ ...OPEN, attempts: 0 }] }) });
    await scene.tripCircuit('stock');
    expect(await scene.undo()).toBe('CircuitOpenError');
    const { waitUntil } = await scene.standing();
    expect(Date.parse(waitUntil)).toBeGreaterThan(scene.now);
    expect(Date.parse(waitUntil)).toBeLessThan(Date.parse(deadline));
  });

  it('learns of calls that succeed', async () => {
    const scene = new UndoScene(tables);
    await scene.given([1, 2, 3].map((n) => step(`${n}`)));
    await scene.tripCircuit('stock');
    scene.now += 60_000;
    expect(await scene.undo()).toBe('compensated');
    expect(await scene.circuitKind('stock')).toBe('recovering');
  });

  it('learns of failed calls', async () => {
    const scene = new UndoScene(tables);
    scene.atDependency = async () => answered(503);
    await scene.given([1, 2, 3].map((n) => step(`${n}`, { operation: { method: 'PUT', path: `/${n}` } })));
    for (let calls = 0; calls < 8; calls++) await scene.undo();
    expect(await scene.undo()).toBe('NotYetError');
    expect(scene.calls.length).toBeLessThan(8);
  });
});
