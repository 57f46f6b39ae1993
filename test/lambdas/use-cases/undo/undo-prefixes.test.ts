import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CallResult } from '../../../../lambdas/domain/boundary/call-result.ts';
import { startTables, type Tables } from '../../../support/tables.ts';
import { answered, type Deliveries, LOST, MADE, step, UndoScene } from '../../../support/undo-scene.ts';

let tables: Tables;
beforeAll(async () => {
  tables = await startTables();
});
afterAll(() => tables.stop());

/** All steps of the work. The last one is the operation, whose result is unknown. */
const WORK = [
  step('reserve'),
  step('pack', { dependency: 'mail' }),
  step('charge', { dependency: 'payments', undoes: 'operation' }),
];
const PREFIXES = [1, 2, 3].map((length) => WORK.slice(0, length));
const DELIVERIES: readonly Deliveries[] = ['once', 'twice', 'twice at once'];

/** A repeated failure of a step's undo. */
interface Way {
  readonly result: CallResult;
  readonly hasEffect: boolean;
  /** Whether the dependencies have one effect per key. */
  readonly idempotencyKeys: boolean;
  readonly because: string;
  readonly calls: number;
}

const REFUSED = { result: answered(422), because: 'permanent', calls: 1 } as const;
const UNHEARD = { result: LOST, because: 'unknown-result', calls: 1 } as const;
const UNHEARD_WITH_KEY = { result: LOST, because: 'exhausted', calls: 6 } as const;
const WAYS: readonly Way[] = [REFUSED, UNHEARD, UNHEARD_WITH_KEY].flatMap((way) =>
  [false, true].map((hasEffect) => ({ ...way, hasEffect, idempotencyKeys: way === UNHEARD_WITH_KEY })),
);

interface Failing extends Way {
  readonly name: string;
}

/** Undoes the first steps of the work, one of which may fail. */
async function undone(length: number, deliveries: Deliveries, failing?: Failing) {
  const scene = new UndoScene(tables, { idempotencyKeys: failing?.idempotencyKeys ?? false });
  scene.deliveries = deliveries;
  const effects: Record<string, number> = {};
  const seen = new Set<string>();
  scene.atDependency = async (path) => {
    const name = path.slice(1);
    const way = name === failing?.name ? failing : undefined;
    const key = scene.calls.findLast((call) => call.path === path)?.key ?? '';
    const isRepeated = scene.settings[0]?.idempotencyKeys && seen.has(key);
    if ((way?.hasEffect ?? true) && !isRepeated) effects[name] = (effects[name] ?? 0) + 1;
    seen.add(key);
    return way?.result ?? MADE;
  };
  await scene.given(WORK.slice(0, length), length === WORK.length ? { possibleEffect: true } : {});
  const end = await scene.finish();
  return { scene, effects, end, order: [...new Set(scene.pathsCalled())].map((path) => path.slice(1)) };
}

/** Ends of the steps in the trail, one per step. */
async function told(scene: UndoScene): Promise<readonly string[]> {
  const { trail } = await scene.entry();
  return trail
    .map((entry) => entry.step)
    .filter((each) => each === 'step-undone' || each === 'undo-failed')
    .toSorted();
}

describe.each(DELIVERIES)('an undo each of whose events is delivered %s', (deliveries) => {
  it.each(PREFIXES.map((steps) => ({ steps, length: steps.length })))(
    'takes back $length of 3 steps, in reverse order, by one call each',
    async ({ steps, length }) => {
      const names = steps.map(({ name }) => name);
      const { scene, effects, end, order } = await undone(length, deliveries);
      expect(end).toBe('compensated');
      expect(effects).toEqual(Object.fromEntries(names.map((name) => [name, 1])));
      expect(order).toEqual(names.toReversed());
      expect(scene.calls).toHaveLength(length);
      expect(await scene.states()).toEqual(names.map(() => 'done'));
      expect(await told(scene)).toEqual(names.map(() => 'step-undone'));
    },
  );

  const failures = PREFIXES.flatMap((steps) =>
    steps.flatMap(({ name }) => WAYS.map((way) => ({ steps, length: steps.length, failing: { ...way, name } }))),
  );
  it.each(failures)(
    'takes back all but $failing.name of $length steps, whose undo is given up ($failing.because, effect: $failing.hasEffect)',
    async ({ steps, length, failing }) => {
      const { scene, effects, end, order } = await undone(length, deliveries, failing);
      const names = steps.map(({ name }) => name);
      const others = names.filter((name) => name !== failing.name);
      const withEffect = failing.hasEffect ? names : others;
      const calls = (name: string) => (name === failing.name ? failing.calls : 1);
      expect(end).toBe('UndoFailedError');
      expect(effects).toEqual(Object.fromEntries(withEffect.map((name) => [name, 1])));
      expect(order).toEqual(names.toReversed());
      expect(await told(scene)).toEqual([...others.map(() => 'step-undone'), 'undo-failed'].toSorted());
      const { letter, alert } = await scene.standing();
      const reports = steps.map(({ name, dependency }) => ({
        name,
        dependency,
        attempts: calls(name),
        ...(name === failing.name ? { state: 'failed', because: failing.because } : { state: 'done' }),
      }));
      expect(letter).toMatchObject({ compensation: 'incomplete', priority: 'P1', undo: reports });
      expect(alert).toContain(`P1: 1 of ${length} completed steps could not be undone`);
      for (const name of names) {
        expect(scene.pathsCalled().filter((path) => path === `/${name}`)).toHaveLength(calls(name));
      }
    },
  );
});
