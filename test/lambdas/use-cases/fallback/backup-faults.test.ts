import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { iso } from '../../../../lambdas/contract/time.ts';
import type { CallResult } from '../../../../lambdas/domain/boundary/call-result.ts';
import { backupKey } from '../../../../lambdas/domain/ledger/effect-key.ts';
import { FallbackScene } from '../../../support/fallback-scene.ts';
import { type Fault, type FaultMode, faultyProcess } from '../../../support/faulty-client.ts';
import { NOW } from '../../../support/samples.ts';
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

describe('the announcement of a change whose answer is lost', () => {
  /** Loses the answer to the announcement. `isGone`: no read succeeds until the function is over. */
  async function degradeWhere(how: 'repeats' | 'gives up', isGone = false) {
    const scene = new FallbackScene(tables, { kind: 'backup', dependency: 'backup' });
    await scene.given({ method: 'POST', path: '/charges' });
    let isLost = false;
    tables.client.middlewareStack.add(
      (next, { commandName }) =>
        async (args) => {
          if (isLost && isGone && commandName === 'GetItemCommand') throw new Error('unreachable');
          if (isLost || !JSON.stringify(args.input).includes('backupCalled')) return next(args);
          isLost = true;
          await next(args);
          if (how === 'repeats') return next(args);
          throw new Error('the answer is lost');
        },
      { step: 'initialize', name: 'losing', priority: 'high' },
    );
    const first = await scene.degrade().catch((error: Error) => error.message);
    tables.client.middlewareStack.remove('losing');
    return { first, scene };
  }

  it.each(['repeats', 'gives up'] as const)('does not keep the change from the backup: the client %s', async (how) => {
    const { first, scene } = await degradeWhere(how);
    expect(first).toMatchObject({ outcome: 'degraded' });
    expect(scene.calls).toHaveLength(1);
  });

  it('is withdrawn where nobody can look, so that the next run makes the change', async () => {
    const { first, scene } = await degradeWhere('gives up', true);
    expect(first).toBe('the answer is lost');
    expect(await scene.entry()).not.toHaveProperty('backupCalled');
    expect(await scene.degrade()).toMatchObject({ outcome: 'degraded' });
    expect(scene.calls).toHaveLength(1);
  });

  it('is not withdrawn by a process whose own announcement never took effect', async () => {
    const scene = new FallbackScene(tables, { kind: 'backup', dependency: 'backup' });
    const entry = await scene.given({ method: 'POST', path: '/charges' });
    const call = { dependency: 'backup', token: 'mine', until: scene.now + 9_000 };
    let isFirst = true;
    tables.client.middlewareStack.add(
      (next) => async (args) => {
        if (!isFirst || !JSON.stringify(args.input).includes('backupCalled')) return next(args);
        isFirst = false;
        // Another process announces, while the request of this one is lost.
        expect(await scene.ledger.announceBackupCall(entry, { ...call, token: 'other' })).toBeDefined();
        throw new Error('unreachable');
      },
      { step: 'initialize', name: 'losing', priority: 'high' },
    );
    await expect(scene.ledger.announceBackupCall(entry, call)).rejects.toThrow('unreachable');
    tables.client.middlewareStack.remove('losing');
    expect(await scene.entry()).toHaveProperty('backupCalled', 'backup');
  });
});

describe('the announcement of a change that was not sent', () => {
  /** Fails as often as it is told, before or after the effect. */
  function failing<Port extends object>(port: Port, name: keyof Port, { times, after = false }: Failing): Port {
    let left = times;
    return new Proxy(port, {
      get(target, key) {
        const value: unknown = Reflect.get(target, key, target);
        if (typeof value !== 'function') return value;
        if (key !== name) return value.bind(target);
        return async (...args: unknown[]) => {
          const fails = left-- > 0;
          const answer = fails && !after ? undefined : await Reflect.apply(value as () => unknown, target, args);
          if (fails) throw new Error('unreachable');
          return answer;
        };
      },
    });
  }
  interface Failing {
    readonly times: number;
    readonly after?: boolean;
  }

  it.each([
    [1, 'before'],
    [1, 'after'],
    [2, 'before'],
    [2, 'after'],
  ])('is withdrawn although its first writes fail: %i, %s the effect', async (times, when) => {
    const scene = new FallbackScene(tables, { kind: 'backup', dependency: 'backup' });
    await scene.given({ method: 'POST', path: '/charges' });
    const { effects } = scene;
    const failed = scene.degrade({
      effects: failing(effects, 'begin', { times: 1, after: true }),
      ledger: failing(scene.ledger, 'withdrawBackupCall', { times, after: when === 'after' }),
    });
    await expect(failed).rejects.toThrow('unreachable');
    expect(await scene.entry()).not.toHaveProperty('backupCalled');
    expect(await scene.degrade()).toMatchObject({ outcome: 'degraded' });
    expect(scene.calls).toHaveLength(1);
  });

  it('whose writes all fail is withdrawn once its lease is over, and the change is made', async () => {
    const scene = new FallbackScene(tables, { kind: 'backup', dependency: 'backup' });
    await scene.given({ method: 'POST', path: '/charges' });
    const failed = scene.degrade({
      effects: failing(scene.effects, 'begin', { times: 1, after: true }),
      ledger: failing(scene.ledger, 'withdrawBackupCall', { times: 3 }),
    });
    await expect(failed).rejects.toThrow('unreachable');
    await expect(scene.degrade()).rejects.toThrow('not before');
    const { backupUntil = '' } = await scene.entry();
    scene.now = Date.parse(backupUntil);
    expect(await scene.degrade()).toMatchObject({ outcome: 'degraded' });
    expect(scene.calls).toHaveLength(1);
  });

  it.each([
    ['its mark is in doubt', { isMarked: true, until: iso(NOW) }],
    ['an earlier version announced it', { isMarked: false, until: undefined }],
  ])('stays in doubt where %s', async (_, { isMarked, until }) => {
    const scene = new FallbackScene(tables, { kind: 'backup', dependency: 'backup' });
    const sent = { backupCalled: 'backup', uncertain: 'attempt', backupUntil: until } as const;
    const entry = await scene.given({ method: 'POST', path: '/charges' }, sent);
    const key = backupKey(entry, 'backup');
    if (isMarked) await scene.effects.begin(key, { token: 'mine', until: scene.now });
    scene.now += 1;
    await expect(scene.degrade()).rejects.toThrow('unknown-result');
    expect(scene.calls).toEqual([]);
  });
});
