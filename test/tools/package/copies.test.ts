import { createRequire } from 'node:module';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { writeFunctions } from '../../../tools/bench/one-file.ts';
import { temporaryFolder } from '../../lib/templates.ts';

const folder = temporaryFolder();
const load = createRequire(import.meta.url);

beforeAll(() => writeFunctions(folder));

it('has a saga of the ES module contain the calls of the CommonJS one, and knows its errors', async () => {
  const esm = await import(/* @vite-ignore */ join(folder, 'report.js'));
  const cjs = load(join(folder, 'report.cjs'));
  const reports = cjs.memoryReports();
  const failed = { dependency: 'payments', operation: { path: '/charges', body: {} } };
  const charge = async () => {
    throw await cjs.reportFailure({ status: 503 }, failed, { reports });
  };
  const order = esm.saga('order-1');
  const error = await order.step('charge', charge).catch((thrown: unknown) => thrown);
  expect(await esm.reportFailure(new Error('no order', { cause: error }), failed, { reports })).toBe(error);
  expect(cjs.ReportedError).not.toBe(esm.ReportedError);
  expect(error).toBeInstanceOf(esm.ReportedError);
  expect(reports.sent).toMatchObject([{ id: 'order-1-charge' }]);
  expect(reports.sent).toHaveLength(1);
});
