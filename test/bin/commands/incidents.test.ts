import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { incidentStore } from '../../../lambdas/adapters/escalation/incident-store.ts';
import { auditRecords } from '../../../lambdas/adapters/operator/audit-log.ts';
import { escalate } from '../../../lambdas/use-cases/escalation/escalate.ts';
import { alarm, circuit, deadLetter } from '../../lambdas/domain/escalation/samples.ts';
import { type OperatorScene, startOperator } from '../../support/operator.ts';
import { startTables, type Tables } from '../../support/tables.ts';

let tables: Tables;
let backstop: OperatorScene['backstop'];
beforeAll(async () => {
  tables = await startTables();
  ({ backstop } = startOperator({ tables }));
});
afterAll(async () => tables.stop());

it('lists what is not over, the most urgent first, and lets an operator take it on', async () => {
  expect(await backstop('incidents')).toEqual({ code: 0, out: 'No open incidents.\n', err: '' });
  const store = incidentStore({ client: tables.client, table: tables.ledger });
  const ports = { store, channels: [], now: Date.now, newToken: randomUUID };
  const { dependency: _, ...own } = alarm(3, true, {
    alarm: 'Own',
    summary: 'Backstop itself is unhealthy.',
    priority: 'P2',
  });
  await escalate('', [own], ports);
  await escalate('payments', [deadLetter(1, { priority: 'P1' }), deadLetter(2, { priority: 'P1' })], ports);
  await escalate('orders', [circuit(1, 'open'), circuit(2, 'closed')], ports);

  const { out } = await backstop('incidents');
  expect(out).toMatch(
    /^.*\n {2}P1 {2}payments +open +2 .*is unreachable.*\n {2}P2 {2}backstop +open +1 .*is unhealthy/,
  );
  expect(JSON.parse((await backstop('incidents', '--json')).out)).toMatchObject([
    {
      of: 'payments',
      count: 2,
      action: 'Act now: repair the dependency, then redrive the dead letters',
      byItself: expect.any(String),
    },
    { of: 'backstop' },
  ]);

  expect(await backstop('incidents', 'ack', 'payments')).toMatchObject({
    code: 2,
    err: expect.stringContaining('--why is missing'),
  });
  expect(await backstop('incidents', 'ack', 'orders', '--why', 'w')).toMatchObject({
    code: 4,
    err: expect.stringContaining('No open incident of orders'),
  });
  expect(await backstop('incidents', 'ack', 'paymnts', '--why', 'w')).toMatchObject({ code: 3 });
  expect(await backstop('incidents', 'ack', 'payments', '--why', 'I call them', '--by', 'anna')).toMatchObject({
    code: 0,
    out: 'Acknowledged by ada as anna. Paging services learn of it within seconds.\n',
  });
  // The notifier learns of it through the record's event.
  const acts = await auditRecords({ client: tables.client, table: tables.audit }, { since: 0, limit: 10 });
  expect(acts).toMatchObject([
    { action: 'incident-acknowledged', dependency: 'payments', by: 'ada as anna', why: 'I call them' },
  ]);
});
