import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CallResult } from '../../../../lambdas/domain/boundary/call-result.ts';
import { FallbackScene } from '../../../support/fallback-scene.ts';
import { type Fault, type FaultMode, faultyProcess } from '../../../support/faulty-client.ts';
import { startTables, type Tables } from '../../../support/tables.ts';

let tables: Tables;
beforeAll(async () => {
  tables = await startTables();
});
afterAll(async () => tables.stop());

const MODES: readonly FaultMode[] = ['fails before', 'fails after', 'crashes before', 'crashes after'];

/** Sends a change to the backup: runs the function once with a fault, then as often as the machine retries. */
async function run(answer: CallResult, fault?: Fault) {
  const scene = new FallbackScene(tables, { kind: 'backup', dependency: 'backup' });
  await scene.given({ method: 'POST', path: '/charges' });
  let effects = 0;
  let process = faultyProcess(tables.client, fault);
  scene.atBackup = async () => {
    if (process.crashed()) throw new Error('the process is dead');
    if (answer.kind === 'ok') effects++;
    return answer;
  };
  const ends: string[] = [];
  const { calls } = process;
  for (let n = 0; n < 4 && !ends.some((end) => end === 'degraded' || end.startsWith('gave up')); n++) {
    const end = await scene.degrade().then(
      ({ outcome }) => outcome,
      (error: Error) => error.message,
    );
    process.end();
    ends.push(end);
    process = faultyProcess(tables.client);
    scene.now += 60_000;
  }
  process.end();
  return { end: ends.at(-1), effects, calls, entry: await scene.entry() };
}

describe.each<[string, CallResult, string]>([
  ['succeeds', { kind: 'ok', statusCode: 201 }, 'degraded'],
  ['is refused', { kind: 'failed', error: { statusCode: 429 } }, 'gave up: exhausted'],
])('a change that %s at the backup, with every call to AWS failing in turn', (_, answer, undisturbed) => {
  it('happens there once at most, and ends once', async () => {
    const baseline = await run(answer);
    expect(baseline.end).toBe(undisturbed);
    expect(baseline.calls.length).toBeGreaterThan(4);
    for (let call = 1; call <= baseline.calls.length; call++) {
      for (const mode of MODES) {
        const { end, effects, entry } = await run(answer, { call, mode });
        const where = `${baseline.calls[call - 1]} (call ${call}) ${mode}`;
        // If the result is unknown, a human must check, and nothing may repeat the change.
        expect([undisturbed, 'gave up: unknown-result'], where).toContain(end);
        expect(effects, where).toBeLessThanOrEqual(1);
        if (end === 'degraded') expect([effects, entry.outcome], where).toEqual([1, 'degraded']);
        if (end === 'gave up: exhausted') expect([effects, entry.uncertain], where).toEqual([0, undefined]);
        if (effects === 1 && end !== 'degraded') expect(entry.uncertain, where).toBe('attempt');
      }
    }
  });
});
