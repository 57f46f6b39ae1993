import { afterAll, beforeAll, expect, it } from 'vitest';
import { startOperator } from '../../support/operator.ts';
import { startTables, type Tables } from '../../support/tables.ts';

let tables: Tables;
beforeAll(async () => {
  tables = await startTables();
});
afterAll(async () => tables.stop());

/** Serves the console until an interruption, which is there already. */
const served = (...args: readonly string[]) =>
  startOperator({ tables, signal: AbortSignal.abort() }).backstop('console', ...args, '--json');

it.each([
  [[], ''],
  [['--dependency', 'payments'], '/failures?dependency=payments'],
  [['--failure', 'order-1'], '/failure?id=order-1'],
  [['--failure', 'order-1', '--dependency', 'orders'], '/failure?id=order-1&dependency=orders'],
])('prints an address that opens the screen for %j', async (args, screen) => {
  const { code, out } = await served(...args);
  expect(code).toBe(0);
  const [, token, shown = ''] = /#token=([\w-]{43})(.*)$/.exec(JSON.parse(out).address) ?? [];
  expect([token?.length, shown]).toEqual([43, screen]);
});

it('knows no other dependency than those of the stack', async () => {
  expect(await served('--dependency', 'paymnts')).toMatchObject({ code: 3 });
});
