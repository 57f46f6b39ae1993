import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CallResult } from '../../../../lambdas/domain/boundary/call-result.ts';
import { startTables, type Tables } from '../../../support/tables.ts';
import { answered, LOST, MADE, step, UndoScene } from '../../../support/undo-scene.ts';

let tables: Tables;
beforeAll(async () => {
  tables = await startTables();
});
afterAll(() => tables.stop());

const HOUR_MS = 3_600_000;
const REFUND = step('refund', { dependency: 'payments' });
const REFUND_OF_OPERATION = step('refund', { dependency: 'payments', undoes: 'operation' });
const UNKNOWN = { uncertain: 'attempt', possibleEffect: true } as const;

describe('an operation that may still arrive', () => {
  it('is asked for again before "not found" means that there is nothing to undo', async () => {
    const scene = new UndoScene(tables);
    // The charge arrives a minute after its call has timed out.
    const arrivesAt = scene.now + 60_000;
    scene.atDependency = async () => (scene.now < arrivesAt ? answered(404) : MADE);
    await scene.given([REFUND_OF_OPERATION], UNKNOWN);
    expect(await scene.undo()).toBe('NotYetError');
    expect(await scene.standing()).toMatchObject({ waitUntil: new Date(scene.now + 120_000).toISOString() });
    expect(await scene.finish()).toBe('compensated');
    expect((await scene.entry()).undo?.steps[0]).toMatchObject({ state: 'done', statusCode: 204 });
  });

  it.each([404, 410])('has never arrived if the answer is still %i after two minutes', async (statusCode) => {
    const scene = new UndoScene(tables);
    scene.atDependency = async () => answered(statusCode);
    await scene.given([REFUND_OF_OPERATION], UNKNOWN);
    const begun = scene.now;
    expect(await scene.finish()).toBe('compensated');
    expect(scene.now - begun).toBe(120_000);
    expect(scene.calls).toHaveLength(2);
    expect((await scene.entry()).undo?.steps[0]).toMatchObject({ state: 'done', statusCode, attempts: 1 });
  });

  it('is asked for again although your rule expects "not found"', async () => {
    const rule = { name: 'unknown charge', when: { statusCodes: [404] }, verdict: 'expected', effect: 'none' } as const;
    const scene = new UndoScene(tables, { rules: [rule] });
    scene.atDependency = async () => answered(404);
    await scene.given([REFUND_OF_OPERATION], UNKNOWN);
    expect(await scene.undo()).toBe('NotYetError');
  });

  it('leaves a completed step that is gone already as it is: it was there before', async () => {
    const scene = new UndoScene(tables);
    scene.atDependency = async () => answered(404);
    await scene.given([step('cancel', { operation: { method: 'DELETE', path: '/reservation' } })]);
    expect(await scene.undo()).toBe('compensated');
  });
});

describe('an undo whose first answer got lost', () => {
  it('is repeated while the first call under its key is still running (409)', async () => {
    const scene = new UndoScene(tables, { idempotencyKeys: true });
    scene.atDependency = async (_, nth) => [LOST, answered(409)][nth - 1] ?? MADE;
    await scene.given([REFUND]);
    expect(await scene.finish()).toBe('compensated');
    expect(await scene.states()).toEqual(['done']);
  });

  it('is repeated, too, if it is a DELETE without a key', async () => {
    const scene = new UndoScene(tables);
    scene.atDependency = async (_, nth) => [LOST, answered(409)][nth - 1] ?? MADE;
    await scene.given([step('release', { operation: { method: 'DELETE', path: '/reservation' } })]);
    expect(await scene.finish()).toBe('compensated');
  });

  it.each([
    ['ends as a conflict once all attempts met a 409', [LOST], 6],
    ['never was, where the first answer is a 409', [], 1],
  ])('%s', async (_, first, calls) => {
    const scene = new UndoScene(tables, { idempotencyKeys: true });
    scene.atDependency = async (_path, nth) => first[nth - 1] ?? answered(409);
    await scene.given([REFUND]);
    await scene.finish();
    expect(await scene.states()).toEqual(['failed: conflict']);
    expect(scene.calls).toHaveLength(calls);
  });

  /** Gives the undo up, redrives it later, and says how the step ended and how many calls the redrive made. */
  async function redriven(before: CallResult, hours: number) {
    const scene = new UndoScene(tables, { idempotencyKeys: true });
    scene.atDependency = async () => before;
    await scene.given([REFUND]);
    expect(await scene.finish()).toBe('UndoFailedError');
    expect(await scene.states()).toEqual(['failed: exhausted']);
    const made = scene.calls.length;
    await scene.redrive();
    scene.now += hours * HOUR_MS;
    scene.atDependency = async () => MADE;
    await scene.finish(2);
    return [await scene.states(), scene.calls.length - made];
  }

  it('is not made again by a redrive after the dependency may have forgotten its key', async () => {
    expect(await redriven(LOST, 60)).toEqual([['failed: unknown-result'], 0]);
  });

  it.each([
    ['is repeated by a redrive while the key is kept', LOST, 20],
    ['is made by a redrive, however late, if no call had an effect', answered(429), 60],
  ])('%s', async (_, before, hours) => {
    expect(await redriven(before, hours)).toEqual([['done'], 1]);
  });

  it('belongs to the undo although the operation turns out to have succeeded', async () => {
    const scene = new UndoScene(tables, { idempotencyKeys: true });
    scene.atDependency = async () => LOST;
    await scene.given([REFUND]);
    await scene.finish();
    await scene.redrive();
    await scene.operationSucceeded();
    scene.atDependency = async () => MADE;
    await scene.finish(2);
    expect(await scene.states()).toEqual(['done']);
  });
});
