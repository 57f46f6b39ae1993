import { afterAll, beforeAll, expect, it } from 'vitest';
import { startOperator } from '../../support/operator.ts';
import { startTables, type Tables } from '../../support/tables.ts';

let tables: Tables;
beforeAll(async () => {
  tables = await startTables();
});
afterAll(async () => tables.stop());

it('says who the audit log will name, and what AWS allows', async () => {
  const { backstop } = startOperator({ tables });
  expect((await backstop('whoami')).out).toMatch(
    /^ada\n.*\n {2}look +yes +see failures.*\n {2}act +yes .*\n {2}reveal +yes /,
  );
  expect(JSON.parse((await backstop('whoami', '--json')).out)).toEqual({
    by: 'ada',
    may: { look: true, act: true, reveal: true },
  });
});
