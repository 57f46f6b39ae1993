import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HttpOperation } from '../../../../lambdas/contract/failure.ts';
import type { CallResult } from '../../../../lambdas/domain/boundary/call-result.ts';
import { json } from '../../../support/json.ts';
import { RecoveryScene } from '../../../support/recovery-scene.ts';
import { sampleSettings } from '../../../support/samples.ts';
import { startTables, type Tables } from '../../../support/tables.ts';

let tables: Tables;
beforeAll(async () => {
  tables = await startTables();
});
afterAll(async () => tables.stop());

const TIMED_OUT = { name: 'TimeoutError', message: 'no answer' };
const REFUSED = { statusCode: 429 };
const answered = (statusCode: number, code?: string): CallResult => ({
  kind: 'failed',
  error: { name: 'HttpError', statusCode, code },
});
const OK: CallResult = { kind: 'ok', statusCode: 200 };

const CHARGE: HttpOperation = { method: 'POST', path: '/charges', headers: { 'idempotency-key': 'k' }, body: json({}) };
const RELEASE: HttpOperation = { method: 'DELETE', path: '/reservations/1' };
const CREATE: HttpOperation = { method: 'PUT', path: '/o/1', headers: { 'if-none-match': '*' }, body: json({}) };

/** The failure after its first call in the lane. Later calls have the later answers. */
async function afterReport(
  operation: HttpOperation,
  error: object,
  [first = OK, ...later]: readonly CallResult[],
  change: Parameters<typeof sampleSettings>[0] = {},
) {
  const answers = [first, ...later];
  const scene = new RecoveryScene(tables, async () => answers[scene.calls - 1] ?? OK, sampleSettings(change));
  await scene.report({ operation, error });
  return scene;
}

describe('after a call with an unknown result', () => {
  it('a 409 says that the dependency still works on it, so the same key asks again', async () => {
    const answers = Array.from({ length: 9 }, () => answered(409));
    const scene = await afterReport(CHARGE, TIMED_OUT, answers, { idempotencyKeys: true });
    const { outcome, verdict } = await scene.entry();
    expect(outcome).toBeUndefined();
    expect(verdict).toMatchObject({ kind: 'transient', effect: 'unknown', rule: 'repetition-under-way' });
    expect(await scene.circuitKind()).toBe('closed');
  });

  it('a 409 that names another conflict is one', async () => {
    const scene = await afterReport(CHARGE, TIMED_OUT, [answered(409, 'already_exists')], { idempotencyKeys: true });
    expect((await scene.entry()).verdict).toMatchObject({ kind: 'conflict', rule: 'http-conflict-named' });
  });

  it.each([404, 410])('a %i to a DELETE says that it took effect', async (status) => {
    const scene = await afterReport(RELEASE, TIMED_OUT, [answered(status)]);
    expect(await scene.entry()).toMatchObject({ outcome: 'recovered' });
  });

  it.each([409, 412])('a %i to a write may be its own effect', async (status) => {
    const scene = await afterReport(CREATE, TIMED_OUT, [answered(status)]);
    const { verdict, uncertain } = await scene.entry();
    expect({ verdict, uncertain }).toMatchObject({ verdict: { effect: 'unknown' }, uncertain: 'attempt' });
    expect((await scene.deadLetter())?.reason).toBe('unknown-result');
  });

  it('a conflict that a strategy can compare is compared', async () => {
    const conflict = { ...sampleSettings().conflict, strategy: 'merge' as const, arrayKeys: {} };
    const scene = await afterReport(CREATE, TIMED_OUT, [answered(412)], { conflict });
    expect((await scene.entry()).verdict).toMatchObject({ kind: 'conflict', rule: 'http-precondition' });
  });
});

describe('after a call without effect', () => {
  it.each([
    [RELEASE, 404, { kind: 'permanent', rule: 'http-not-found' }],
    [CHARGE, 409, { kind: 'conflict', rule: 'http-conflict' }],
    [CREATE, 412, { kind: 'conflict', rule: 'http-precondition' }],
  ] as const)('%j answered by %i is judged as a first call', async (operation, status, verdict) => {
    const scene = await afterReport(operation, REFUSED, [answered(status)], { idempotencyKeys: true });
    expect((await scene.entry()).verdict).toMatchObject({ ...verdict, effect: 'none' });
  });
});
