import { parseArgs } from 'node:util';
import { QUOTAS } from '../../lib/quotas/quotas.ts';
import { reportOn, tableOf } from './report.ts';

const { values } = parseArgs({
  options: { dependencies: { type: 'string', default: '200' }, ordered: { type: 'boolean', default: false } },
});
const count = Number(values.dependencies);
if (!Number.isSafeInteger(count) || count < 1) {
  console.error(`--dependencies must be a whole number of at least 1, got ${values.dependencies}`);
  process.exit(2);
}
const report = reportOn(count, values.ordered);
for (const line of tableOf(report)) console.log(line);
process.exitCode = report.rows.some(({ quota, amount }) => amount > QUOTAS[quota].limit) ? 1 : 0;
