import { describe, expect, it } from 'vitest';
import type { CallResult } from '../../../../lambdas/domain/boundary/call-result.ts';
import { CutOffScene, type Fault } from '../../../support/cut-off-scene.ts';

const THROTTLED: CallResult = { kind: 'failed', error: { name: 'HttpError', statusCode: 429 } };
const LOST: CallResult = { kind: 'failed', error: { name: 'TimeoutError', message: 'no answer' } };

/** A fault at one access of a process. */
const at = (step: string, fault: Fault) => (each: string) => (each === step ? fault : undefined);

describe('a call that had no effect, whatever is lost', () => {
  it.each<[string, (step: string) => Fault | undefined]>([
    ['the answer to its announcement', at('ledger.write 1', 'fail after')],
    ['its announcement', at('ledger.write 1', 'fail before')],
    ['the answer to its mark', at('effects.write 1', 'fail after')],
    ['its process, after its announcement', at('ledger.write 1', 'crash after')],
    ['its process, before its mark', at('effects.write 1', 'crash before')],
    [
      'its announcement’s answer, and every write after it',
      (step) => (step.startsWith('ledger.write') ? 'fail after' : undefined),
    ],
  ])('is made by the next attempt: %s', async (_, plan) => {
    const scene = await CutOffScene.of({ attempts: 2 });
    await scene.process(plan).attempt();
    expect(scene.calls).toEqual([]);
    scene.now += 10_000;
    expect(await scene.process().attempt()).toBe('recovered');
    expect(scene.calls).toEqual(['/charge']);
  });

  it.each<[string, (step: string) => Fault | undefined]>([
    ['is recorded within the lease', at('ledger.write 2', 'fail before')],
    ['is never recorded', (step) => (/^ledger\.write [2-9]/.test(step) ? 'fail before' : undefined)],
    ['is not recorded by a process that dies', at('ledger.write 2', 'crash before')],
  ])('is repeated where a refusal %s', async (_, plan) => {
    const scene = await CutOffScene.of({ attempts: 2 });
    scene.answer = async (_path, nth) => (nth === 1 ? THROTTLED : { kind: 'ok', statusCode: 200 });
    await scene.process(plan).attempt();
    expect(scene.calls).toEqual(['/charge']);
    scene.now += 10_000;
    expect(await scene.process().attempt()).toBe('recovered');
    expect(scene.calls).toEqual(['/charge', '/charge']);
  });

  it('waits for no lease where the process lives', async () => {
    const scene = await CutOffScene.of({ attempts: 2 });
    await scene.process(at('ledger.write 1', 'fail after')).attempt();
    expect(await scene.entry()).toMatchObject({ attempts: 2 });
    expect(await scene.process().attempt()).toBe('recovered');
  });

  it('ends as exhausted, not in doubt, where no attempt is left', async () => {
    const scene = await CutOffScene.of();
    await scene.process(at('effects.write 1', 'crash before')).attempt();
    scene.now += 10_000;
    expect(await scene.process().attempt()).toBe('exhausted');
    expect(await scene.entry()).toMatchObject({ verdict: { effect: 'none' } });
  });
});

describe('every fault of one process, and of the one after it', () => {
  const FAULTS: readonly Fault[] = ['fail before', 'fail after', 'crash before', 'crash after'];

  /** The accesses of a process without a fault. */
  async function stepsOf(answer: CallResult): Promise<readonly string[]> {
    const scene = await CutOffScene.of({ attempts: 1 });
    scene.answer = async () => answer;
    const process = scene.process();
    await process.attempt();
    return process.steps;
  }

  const OK: CallResult = { kind: 'ok', statusCode: 200 };
  const ENDS: readonly string[] = ['recovered', 'unknown-result'];

  it.each<[string, CallResult]>([
    ['succeeds', OK],
    ['is refused', THROTTLED],
    ['gets no answer', LOST],
  ])('a call that %s is never doubled, nor forgotten', async (_, first) => {
    const steps = await stepsOf(first);
    for (const step of steps)
      for (const next of steps)
        for (const fault of FAULTS)
          for (const other of ['fail before', 'crash after'] as const) {
            const scene = await CutOffScene.of({ attempts: 0, attemptLimit: 9 });
            scene.answer = async (_path, nth) => (nth === 1 ? first : OK);
            await scene.process(at(step, fault)).attempt();
            scene.now += 10_000;
            await scene.process(at(next, other)).attempt();
            let end = '';
            for (let turns = 0; turns < 4 && !ENDS.includes(end); turns++) {
              scene.now += 10_000;
              end = await scene.process().attempt();
            }
            const about = `${step} ${fault}, ${next} ${other}: ${end} after ${scene.calls.length}`;
            const hasDied = `${fault} ${other}`.includes('crash');
            expect(ENDS, about).toContain(end);
            expect(scene.calls.length, about).toBeLessThanOrEqual(first === THROTTLED ? 2 : 1);
            // Only a process that died, or the dependency itself, leaves a doubt.
            if (first === LOST) expect(end, about).toBe('unknown-result');
            else if (end === 'unknown-result') expect(hasDied, about).toBe(true);
            else expect(scene.calls.length, about).toBe(first === THROTTLED ? 2 : 1);
          }
  });
});
