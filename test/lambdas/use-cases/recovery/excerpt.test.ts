import { afterAll, beforeAll, expect, it } from 'vitest';
import type { CallResult } from '../../../../lambdas/domain/boundary/call-result.ts';
import { RecoveryScene } from '../../../support/recovery-scene.ts';
import { sampleSettings } from '../../../support/samples.ts';
import { startTables, type Tables } from '../../../support/tables.ts';

let tables: Tables;
beforeAll(async () => {
  tables = await startTables();
});
afterAll(() => tables.stop());

const REFUSED: CallResult = {
  kind: 'failed',
  error: { name: 'HttpError', message: 'the dependency answered 422', statusCode: 422 },
  excerpt: 'no such coupon',
};
const REPORTED = { error: { statusCode: 503, message: 'no answer to ada@example.com' } };

it('keeps the excerpt of the latest answer, and only in the ledger', async () => {
  const scene = new RecoveryScene(tables, async () => REFUSED);
  await scene.report(REPORTED);
  expect((await scene.entry()).excerpt).toBe('no such coupon');
  const { trail, outbox } = await scene.entry();
  for (const place of [await scene.standing(), trail, outbox ?? ''])
    expect(JSON.stringify(place)).not.toContain('coupon');
  await scene.settleAsDead();
  expect((await scene.entry()).excerpt).toBe('no such coupon');
});

it('keeps that of the reported error until Backstop has called', async () => {
  const scene = new RecoveryScene(tables, () => Promise.reject(new Error('the process died')));
  await scene.report(REPORTED).catch(() => undefined);
  expect((await scene.entry()).excerpt).toBe('no answer to ***');
});

it('drops it once the failure has ended well', async () => {
  const scene = new RecoveryScene(tables, async () => ({ kind: 'ok', statusCode: 200 }));
  await scene.report(REPORTED);
  const entry = await scene.entry();
  expect([entry.outcome, entry.excerpt]).toEqual(['recovered', undefined]);
});

it('keeps none if the config says so', async () => {
  const error = { name: 'HttpError', message: 'the dependency answered 422', statusCode: 422 };
  const settings = sampleSettings({ excerpt: 0 });
  const scene = new RecoveryScene(tables, async () => ({ kind: 'failed', error }), settings);
  await scene.report(REPORTED);
  expect((await scene.entry()).excerpt).toBeUndefined();
});
