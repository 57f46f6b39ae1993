import { afterAll, beforeAll, expect, it } from 'vitest';
import { telemetry } from '../../../../lambdas/adapters/telemetry.ts';
import { reconcile } from '../../../../lambdas/use-cases/recovery/reconciliation.ts';
import { sampleEffects } from '../../../support/memory-effects.ts';
import { printedMetrics, watchPrintedLines } from '../../../support/printed-lines.ts';
import { sampleUndo } from '../../../support/samples.ts';
import { startTables, type Tables } from '../../../support/tables.ts';
import { answered, MADE, step, UndoScene } from '../../../support/undo-scene.ts';

watchPrintedLines();

let tables: Tables;
beforeAll(async () => {
  tables = await startTables();
});
afterAll(() => tables.stop());

it('counts each step that was undone, and each that could not be', async () => {
  const scene = new UndoScene(tables);
  scene.atDependency = async (path) => (path === '/pack' ? answered(400) : MADE);
  await scene.given([step('reserve'), step('pack', { dependency: 'mail' })]);
  await scene.undo();
  expect(printedMetrics()).toEqual([
    { dependency: 'mail', UndoFailed: 1 },
    { dependency: 'stock', StepUndone: 1 },
  ]);
});

it.each([
  ['midway', { undo: sampleUndo() }, 1],
  ['before it began', {}, 1],
  ['with all steps undone', { undo: sampleUndo({ steps: [] }) }, 0],
])('counts an undo that no execution could end, %s', async (_, change, times) => {
  const scene = new UndoScene(tables);
  const entry = await scene.given([step('reserve')], { execution: 'e', rescues: 3, ...change });
  const repair = await reconcile(entry, {
    effects: sampleEffects(),
    ledger: scene.ledger,
    publish: async () => undefined,
    send: async () => undefined,
    telemetry,
    wake: async () => undefined,
    startRecovery: async () => undefined,
    executionStatus: async () => 'FAILED',
    durableAttempts: () => 3,
    isRegistered: () => true,
    lastResortQueueUrl: 'last-resort',
    runbookUrl: 'runbook',
  });
  expect(repair).toBe('given-up');
  expect(printedMetrics()).toEqual(Array(times).fill({ dependency: entry.dependency, UndoFailed: 1 }));
});
