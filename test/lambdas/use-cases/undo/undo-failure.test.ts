import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { BodyClaimError } from '../../../../lambdas/contract/body-claim.ts';
import type { UndoStep } from '../../../../lambdas/contract/failure.ts';
import type { LedgerEntry } from '../../../../lambdas/contract/ledger-entry.ts';
import type { CallResult } from '../../../../lambdas/domain/boundary/call-result.ts';
import { startTables, type Tables } from '../../../support/tables.ts';
import { answered, LOST, MADE, step, UndoScene } from '../../../support/undo-scene.ts';

let tables: Tables;
beforeAll(async () => {
  tables = await startTables();
});
afterAll(() => tables.stop());

const RESERVE = step('reserve');
const PACK = step('pack', { dependency: 'mail' });
const CHARGE = step('charge', { dependency: 'payments', undoes: 'operation' });
/** The operation may have had an effect. */
const UNKNOWN: Partial<LedgerEntry> = { possibleEffect: true };
const CUT_OFF = { inFlight: { token: 'dead', until: '2026-03-01T11:59:00.000Z' }, attempts: 5 };

describe('what is undone', () => {
  it.each<[string, readonly UndoStep[], Partial<LedgerEntry>, readonly string[]]>([
    ['the last step first', [RESERVE, PACK, step('label')], {}, ['/label', '/pack', '/reserve']],
    [
      'the operation before all, wherever it stands',
      [CHARGE, RESERVE, PACK],
      UNKNOWN,
      ['/charge', '/pack', '/reserve'],
    ],
    ['the operation that timed out when it was reported', [RESERVE, CHARGE], UNKNOWN, ['/charge', '/reserve']],
    ['the operation whose result is unknown', [RESERVE, CHARGE], { uncertain: 'attempt' }, ['/charge', '/reserve']],
    ['the operation whose call was cut off', [RESERVE, CHARGE], CUT_OFF, ['/charge', '/reserve']],
    ['not the operation that certainly had no effect', [RESERVE, CHARGE], {}, ['/reserve']],
  ])('%s', async (_, undo, change, paths) => {
    const scene = new UndoScene(tables);
    await scene.given(undo, change);
    expect(await scene.undo()).toBe('compensated');
    expect(scene.pathsCalled()).toEqual(paths);
    expect(await scene.undo()).toBe('compensated');
    expect(scene.calls).toHaveLength(paths.length);
  });

  it('without waiting for what the operation waited for, nor does an execution that takes over', async () => {
    const scene = new UndoScene(tables);
    const later = new Date(scene.now + 60_000).toISOString();
    await scene.given([RESERVE], { notBefore: later, held: 'retry-budget', paidFrom: later });
    expect(await scene.undo()).toBe('compensated');
    const entry = await scene.entry();
    for (const name of ['notBefore', 'held', 'paidFrom']) expect(entry).not.toHaveProperty(name);
  });

  it('by calls that the dependency tells apart, and tells a failure’s own call from', async () => {
    const scene = new UndoScene(tables);
    await scene.given([RESERVE, PACK]);
    await scene.undo();
    expect(scene.calls.map(({ key }) => key)).toEqual([`payments/${scene.id}#undo#1`, `payments/${scene.id}#undo#0`]);
  });
});

describe('where another process is faster', () => {
  it('undoes nothing, and comes back', async () => {
    const scene = new UndoScene(tables);
    await scene.given([RESERVE]);
    vi.spyOn(scene.ledger, 'beginUndo').mockResolvedValueOnce(undefined);
    expect(await scene.undo()).toBe('BusyError');
    expect(scene.calls).toEqual([]);
    expect(await scene.undo()).toBe('compensated');
  });
});

describe('where the operation has had an effect after all', () => {
  it('undoes nothing, because its success is in the effects table', async () => {
    const scene = new UndoScene(tables);
    await scene.given([RESERVE], CUT_OFF);
    await scene.operationSucceeded();
    expect(await scene.undo()).toBe('recovered');
    expect(scene.calls).toEqual([]);
    expect(await scene.entry()).not.toHaveProperty('undo');
  });

  it('undoes nothing, because a round after a conflict has succeeded', async () => {
    const scene = new UndoScene(tables);
    await scene.given([RESERVE], { ...CUT_OFF, conflict: { rounds: 1, refused: [] } });
    await scene.operationSucceeded();
    expect(await scene.undo()).toBe('resolved');
    expect(scene.calls).toEqual([]);
  });

  it.each<[string, readonly string[]]>([
    ['of a dependency that the config knows', []],
    ['of one that it knows no more', ['payments']],
  ])('notes how the conflict %s was settled, as the attempt would have done', async (_, removed) => {
    const scene = new UndoScene(tables);
    await scene.given([RESERVE], { ...CUT_OFF, conflict: { rounds: 2, refused: ['"v1"'] } });
    const settled = { winner: 'merged', fields: ['/city'], version: '"v2"' } as const;
    await scene.recordResolution({ how: 'resubmitted', ...settled });
    scene.settings.splice(0, removed.length);
    expect(await scene.undo()).toBe('resolved');
    const { conflict, trail } = await scene.entry();
    expect(conflict).toEqual({ rounds: 2, refused: ['"v1"'], end: 'resubmitted', ...settled });
    expect(trail.at(-1)).toMatchObject({ step: 'conflict-compared', end: 'resubmitted', winner: 'merged' });
    // A second delivery adds no second entry.
    expect(await scene.undo()).toBe('resolved');
    expect((await scene.entry()).trail).toHaveLength(trail.length);
  });

  it('undoes nothing, because the change was made at the backup', async () => {
    const scene = new UndoScene(tables);
    await scene.given([RESERVE], { backupCalled: 'mail', uncertain: 'attempt' });
    await scene.operationSucceeded('mail');
    expect(await scene.undo()).toBe('degraded');
    expect(scene.calls).toEqual([]);
    expect(await scene.entry()).toMatchObject({ outcome: 'degraded', answer: { fallback: 'backup' } });
  });

  it('waits while a call is under way', async () => {
    const scene = new UndoScene(tables);
    const until = new Date(scene.now + 5_000).toISOString();
    await scene.given([RESERVE], { inFlight: { token: 'alive', until } });
    expect(await scene.undo()).toBe('NotYetError');
    expect(await scene.standing()).toMatchObject({ waitUntil: until });
    expect(await scene.entry()).not.toHaveProperty('undo');
  });
});

describe('the end of a step', () => {
  const DELETE = step('reserve', { operation: { method: 'DELETE', path: '/reserve' } });
  const EXPECTED = { name: 'fine', when: { statusCodes: [418] }, verdict: 'expected' } as const;
  const EXPECTED_TOO = { name: 'fine-too', when: { errorNames: ['Fine'] }, verdict: 'expected' } as const;
  const LOST_BUT_FINE: CallResult = { kind: 'failed', error: { name: 'Fine' } };

  it.each<[string, UndoStep, readonly CallResult[], string, number]>([
    ['success', RESERVE, [MADE], 'done', 1],
    ['gone, to a DELETE', DELETE, [answered(404)], 'done', 1],
    ['gone for good, to a DELETE', DELETE, [answered(410)], 'done', 1],
    ['gone, to a POST', RESERVE, [answered(404)], 'failed: permanent', 1],
    ['an expected error', RESERVE, [answered(418)], 'done', 1],
    ['an expected error without a status', RESERVE, [LOST_BUT_FINE], 'done', 1],
    ['a refusal', RESERVE, [answered(400)], 'failed: permanent', 1],
    ['a conflict', DELETE, [answered(409)], 'failed: conflict', 1],
    ['a precondition that fails', RESERVE, [answered(412)], 'failed: conflict', 1],
    ['throttled, then success', RESERVE, [answered(429), answered(429), MADE], 'done', 3],
    ['throttled for long, then success', RESERVE, [answered(429, { 'retry-after': '30' }), MADE], 'done', 2],
    ['throttled until it is given up', RESERVE, Array(9).fill(answered(429)), 'failed: exhausted', 6],
    ['told to stay away for days', RESERVE, [answered(429, { 'retry-after': '200000' })], 'failed: deadline', 1],
    ['an answer that is lost, to a POST', RESERVE, [LOST, MADE], 'failed: unknown-result', 1],
    ['an answer that is lost, to a DELETE', DELETE, [LOST, answered(404)], 'done', 2],
    ['a dependency that the config has lost', { ...RESERVE, dependency: 'gone' }, [], 'failed: unregistered', 0],
  ])('after %s', async (_, undone, answers, state, calls) => {
    const scene = new UndoScene(tables, { rules: [EXPECTED, EXPECTED_TOO] });
    scene.atDependency = async (_path, nth) => answers[nth - 1] ?? MADE;
    await scene.given([undone]);
    expect(await scene.finish()).toBe(state === 'done' ? 'compensated' : 'UndoFailedError');
    expect(await scene.states()).toEqual([state]);
    expect(scene.calls).toHaveLength(calls);
    const { undo, trail } = await scene.entry();
    expect(undo?.steps[0]).toMatchObject({ attempts: calls });
    const told = state === 'done' ? 'step-undone' : 'undo-failed';
    expect(trail.slice(1)).toMatchObject([{ step: 'undo-begun' }, { step: told, name: 'reserve', attempts: calls }]);
  });

  it('counts a call that could not be made, such as one without its credential', async () => {
    const scene = new UndoScene(tables);
    scene.atDependency = async () => {
      throw new Error('no such secret');
    };
    await scene.given([RESERVE]);
    expect(await scene.finish()).toBe('UndoFailedError');
    expect((await scene.entry()).undo?.steps[0]).toMatchObject({
      state: 'failed',
      because: 'exhausted',
      rule: 'call-not-made',
      attempts: 6,
    });
  });

  it('gives up at once if its body is not in the bucket', async () => {
    const scene = new UndoScene(tables);
    scene.atDependency = async () => {
      throw new BodyClaimError('missing');
    };
    await scene.given([RESERVE]);
    expect(await scene.finish()).toBe('UndoFailedError');
    expect((await scene.entry()).undo?.steps[0]).toMatchObject({
      because: 'permanent',
      rule: 'body-claim-broken',
      attempts: 1,
    });
  });

  it('means "already gone" to the undo of an operation with an unknown result', async () => {
    const scene = new UndoScene(tables);
    scene.atDependency = async () => answered(404);
    await scene.given([CHARGE], UNKNOWN);
    expect(await scene.finish()).toBe('compensated');
  });
});

describe('one undo that fails', () => {
  it('stops none of the others, and is told with the exact state of every step', async () => {
    const scene = new UndoScene(tables);
    scene.atDependency = async (path) => (path === '/pack' ? answered(422) : MADE);
    const { correlationId } = await scene.given([RESERVE, PACK, step('label')], { tenant: 'acme' });
    expect(await scene.undo()).toBe('UndoFailedError');
    expect(scene.pathsCalled()).toEqual(['/label', '/pack', '/reserve']);
    const { letter, alert } = await scene.standing();
    expect(letter).toMatchObject({
      reason: 'exhausted',
      compensation: 'incomplete',
      priority: 'P1',
      undo: [
        { name: 'reserve', dependency: 'stock', state: 'done', statusCode: 204, attempts: 1 },
        {
          name: 'pack',
          dependency: 'mail',
          state: 'failed',
          because: 'permanent',
          rule: 'http-bad-request',
          statusCode: 422,
          attempts: 1,
        },
        { name: 'label', dependency: 'stock', state: 'done', statusCode: 204, attempts: 1 },
      ],
    });
    expect(alert.split('\n')).toEqual([
      'P1: 1 of 3 completed steps could not be undone after an operation of payments was given up (exhausted).',
      '',
      `failure: ${scene.id}`,
      `correlation id: ${correlationId}`,
      'dependency: payments',
      'tenant: acme',
      '',
      'Steps, in the order they were completed:',
      '1. "reserve" (stock): done, status 204, 1 call',
      '2. "pack" (mail): failed, permanent, rule http-bad-request, status 422, 1 call',
      '3. "label" (stock): done, status 204, 1 call',
      '',
      'What to do: runbook#undo-incomplete',
    ]);
  });

  it('is told again by an execution that takes over, since the first may not have lived to tell', async () => {
    const scene = new UndoScene(tables);
    scene.atDependency = async () => answered(400);
    await scene.given([RESERVE]);
    expect(await scene.undo()).toBe('UndoFailedError');
    await expect(scene.why()).rejects.toMatchObject({ name: 'UndoDueError' });
    expect(await scene.undo()).toBe('UndoFailedError');
    expect(scene.calls).toHaveLength(1);
  });
});

describe('where nobody knows whether the operation took effect', () => {
  it.each<[string, Partial<LedgerEntry>]>([
    ['since a call may have had an effect', UNKNOWN],
    ['since its execution goes on', { awaited: { execution: 'file-7', redrives: 1 } }],
  ])('undoes the completed steps, but is not compensated, %s', async (_, change) => {
    const scene = new UndoScene(tables);
    await scene.given([RESERVE], change);
    expect(await scene.undo()).toBe('GaveUpError');
    const { letter } = await scene.why();
    expect(letter).toMatchObject({ compensation: 'done', reason: 'exhausted', priority: 'P2' });
  });

  it('is compensated where the operation only reads', async () => {
    const scene = new UndoScene(tables);
    const { failure } = await scene.given([RESERVE], {});
    expect(failure?.operation.method).toBe('POST');
    const reading = new UndoScene(tables);
    await reading.given([RESERVE], {
      ...UNKNOWN,
      failure: failure && { ...failure, operation: { method: 'GET', path: '/' } },
    });
    expect(await reading.undo()).toBe('compensated');
  });

  it('takes no undo elsewhere for the one of a change that was sent to a backup', async () => {
    const scene = new UndoScene(tables);
    await scene.given([RESERVE, CHARGE], { backupCalled: 'mail', uncertain: 'attempt' });
    expect(await scene.undo()).toBe('GaveUpError');
    expect(await scene.states()).toEqual(['done', 'skipped']);
  });
});

describe('an operation whose item is missing', () => {
  it('has unknown steps, so nothing counts as undone', async () => {
    const scene = new UndoScene(tables);
    const operationItem = { token: 'lost', digest: 'lost', until: Math.ceil(scene.now / 1_000) + 3_600 };
    await scene.given([], { failure: undefined, operationItem });
    expect(await scene.undo()).toBe('UndoFailedError');
    expect((await scene.entry()).undo).toBeUndefined();
  });
});
