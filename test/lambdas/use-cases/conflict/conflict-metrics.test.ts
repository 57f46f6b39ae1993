import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { logger } from '../../../../lambdas/adapters/telemetry.ts';
import { CONFLICT_MET } from '../../../../lambdas/contract/conflict-met.ts';
import { resourceDigest } from '../../../../lambdas/domain/recovery/resource-key.ts';
import { ConflictScene } from '../../../support/conflict-scene.ts';
import { json } from '../../../support/json.ts';
import { printedMetrics, watchPrintedLines } from '../../../support/printed-lines.ts';
import { startTables, type Tables } from '../../../support/tables.ts';

watchPrintedLines();

let tables: Tables;
beforeAll(async () => {
  tables = await startTables();
});
afterAll(() => tables.stop());

const BASE = { a: 1, b: 1 };

/** Metrics of conflicts. */
const metrics = () =>
  printedMetrics().filter((metric) => Object.keys(metric).some((name) => /^(?:Conflict|Decision)/.test(name)));

it('are counted by dependency and strategy: each lost race, and who won in the end', async () => {
  const scene = new ConflictScene(tables);
  const message = scene.race(BASE, { a: 1, b: 2 }, { body: json({ a: 2, b: 1 }) });
  let isFirst = true;
  scene.atCall = ({ method }, forward) => {
    if (method === 'PUT' && isFirst) {
      isFirst = false;
      scene.documents.put(scene.path, { a: 1, b: 3 });
    }
    return forward();
  };
  await scene.deliver(message);
  const by = { dependency: 'payments', strategy: 'merge' };
  expect(metrics()).toEqual([
    { ...by, ConflictMet: 1 },
    { ...by, ConflictMet: 1 },
    { ...by, winner: 'merged', ConflictResolved: 1 },
  ]);
});

it('are counted, with the questions to a human', async () => {
  const scene = new ConflictScene(tables, { conflict: { strategy: 'ask', sensitive: [] } });
  await scene.deliver(scene.race(BASE, { a: 3, b: 1 }, { body: json({ a: 2, b: 1 }) }));
  const by = { dependency: 'payments', strategy: 'ask' };
  expect(metrics()).toEqual([
    { ...by, ConflictMet: 1 },
    { ...by, because: 'asked-for', DecisionAsked: 1 },
  ]);
});

it('carry a digest of their resource, not its name, so that a query finds the most contended', async () => {
  const warned = vi.spyOn(logger, 'warn').mockReturnValue();
  const scene = new ConflictScene(tables);
  const message = scene.race(BASE, { a: 1, b: 2 }, { body: json({ a: 2, b: 1 }), resourceId: 'anna@example.com' });
  await scene.deliver({ ...message, tenant: 'acme' });
  const resource = resourceDigest(message.operation, 'acme');
  expect(warned.mock.calls).toContainEqual([
    CONFLICT_MET,
    { dependency: 'payments', strategy: 'merge', resource, rounds: 0 },
  ]);
  expect(JSON.stringify(warned.mock.calls)).not.toContain('anna');
});

it('leave in the ledger, and in its trail, which versions met, in which fields, and who won', async () => {
  const scene = new ConflictScene(tables);
  await scene.deliver(scene.race(BASE, { a: 1, b: 2 }, { body: json({ a: 2, b: 1 }) }));
  const { conflict, trail } = await scene.entry();
  const path = { end: 'resubmitted', winner: 'merged', version: '"v2"' };
  expect(conflict).toEqual({ ...path, rounds: 0, refused: ['"v1"'], fields: ['/a'] });
  expect(trail).toContainEqual(
    expect.objectContaining({ ...path, step: 'conflict-compared', rounds: 0, fields: '/a' }),
  );
});
