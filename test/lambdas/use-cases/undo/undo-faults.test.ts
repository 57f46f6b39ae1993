import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LedgerEntry } from '../../../../lambdas/contract/ledger-entry.ts';
import { type Fault, type FaultMode, faultyProcess } from '../../../support/faulty-client.ts';
import { startTables, type Tables } from '../../../support/tables.ts';
import { answered, MADE, step, UndoScene } from '../../../support/undo-scene.ts';

let tables: Tables;
beforeAll(async () => {
  tables = await startTables();
});
afterAll(() => tables.stop());

const MODES: readonly FaultMode[] = ['fails before', 'fails after', 'crashes before', 'crashes after'];
/** Ends after which the machine doesn't call again. */
const ENDS: readonly string[] = ['compensated', 'recovered', 'UndoFailedError', 'GaveUpError'];

interface Story {
  readonly end: string | undefined;
  /** Number of effects, by path. */
  readonly effects: Readonly<Record<string, number>>;
  /** Paths in the order of their effects. */
  readonly order: readonly string[];
  readonly calls: readonly string[];
  readonly entry: LedgerEntry;
  readonly states: readonly string[];
}

interface Given {
  /** Whether the dependency has one effect per key. */
  readonly idempotencyKeys: boolean;
  /** Path whose first call is throttled. */
  readonly throttled?: string;
}

/**
 * Undoes three steps, with as many calls of the function as the machine makes. Each call is a new process; the first
 * one has a fault.
 */
async function run({ idempotencyKeys, throttled }: Given, fault?: Fault): Promise<Story> {
  const scene = new UndoScene(tables, { idempotencyKeys });
  await scene.given(
    [step('a'), step('b', { dependency: 'mail' }), step('charge', { undoes: 'operation', dependency: 'payments' })],
    {
      possibleEffect: true,
    },
  );
  const seen = new Set<string>();
  const order: string[] = [];
  let process = faultyProcess(tables.client, fault);
  scene.atDependency = async (path, nth) => {
    if (process.crashed()) throw new Error('the process is dead');
    if (path === throttled && nth === 1) return answered(429);
    const key = scene.calls.at(-1)?.key ?? '';
    if (!idempotencyKeys || !seen.has(key)) order.push(path);
    seen.add(key);
    return MADE;
  };
  let end: string | undefined;
  const { calls } = process;
  for (let n = 0; n < 8 && !(end && ENDS.includes(end) && !process.crashed()); n++) {
    end = await scene.undo();
    const hasCrashed = process.crashed();
    process.end();
    process = faultyProcess(tables.client);
    if (hasCrashed) end = undefined;
    // Exceeds the maximum duration of a call.
    scene.now += 60_000;
  }
  process.end();
  const effects = Object.fromEntries(order.map((path) => [path, order.filter((each) => each === path).length]));
  return { end, effects, order, calls, entry: await scene.entry(), states: await scene.states() };
}

const ONCE_EACH = { '/charge': 1, '/b': 1, '/a': 1 };

describe.each<[string, string | undefined]>([
  ['succeed at once', undefined],
  ['are throttled once', '/b'],
])('steps whose undo %s, with every call to AWS failing in turn', (_, throttled) => {
  const given = (idempotencyKeys: boolean): Given => ({ idempotencyKeys, throttled });

  it('are all undone in reverse order, once each, where the dependency honours keys', async () => {
    const baseline = await run(given(true));
    expect(baseline).toMatchObject({ end: 'compensated', effects: ONCE_EACH });
    expect(baseline.calls.length).toBeGreaterThan(12);
    for (let call = 1; call <= baseline.calls.length; call++) {
      for (const mode of MODES) {
        const { end, effects, order } = await run(given(true), { call, mode });
        const where = `${baseline.calls[call - 1]} (call ${call}) ${mode}`;
        expect({ end, effects }, where).toEqual({ end: 'compensated', effects: ONCE_EACH });
        expect(order, where).toEqual(['/charge', '/b', '/a']);
      }
    }
  });

  it('are undone once at most where it does not, and what nobody knows is told', async () => {
    const baseline = await run(given(false));
    for (let call = 1; call <= baseline.calls.length; call++) {
      for (const mode of MODES) {
        const { end, effects, states, entry } = await run(given(false), { call, mode });
        const where = `${baseline.calls[call - 1]} (call ${call}) ${mode}`;
        for (const [index, path] of ['/a', '/b', '/charge'].entries()) {
          expect(['done', 'failed: unknown-result'], where).toContain(states[index]);
          expect(effects[path] ?? 0, where).toBeLessThanOrEqual(1);
          if (states[index] === 'done') expect(effects[path], where).toBe(1);
        }
        expect(states.filter((state) => state !== 'done').length, where).toBeLessThanOrEqual(1);
        expect(end, where).toBe(states.every((state) => state === 'done') ? 'compensated' : 'UndoFailedError');
        expect(entry.state, where).toBe('open');
      }
    }
  });
});
