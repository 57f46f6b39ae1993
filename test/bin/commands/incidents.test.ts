import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DynamoDBCircuitStore } from '../../../lambdas/adapters/circuit/dynamodb-circuit-store.ts';
import { incidentStore } from '../../../lambdas/adapters/escalation/incident-store.ts';
import { auditRecords } from '../../../lambdas/adapters/operator/audit-log.ts';
import { escalate } from '../../../lambdas/use-cases/escalation/escalate.ts';
import type { OpenIncident } from '../../../lambdas/use-cases/escalation/open-incidents.ts';
import { alarm, circuit, deadLetter } from '../../lambdas/domain/escalation/samples.ts';
import { tripCircuit } from '../../support/circuits.ts';
import { type OperatorScene, startOperator } from '../../support/operator.ts';
import { sampleSettings } from '../../support/samples.ts';
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
    /^ {2}P1 payments, open for .*is unreachable.*\n.*\n {5}2 failures, first .*, last .* ago\. Cause: unreachable\n {5}next: backstop dlq show order-1\n {2}P2 backstop, open for .*is unhealthy/,
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

it('puts what is down now first, and acknowledges one cause where it is named', async () => {
  const store = incidentStore({ client: tables.client, table: tables.ledger });
  const ports = { store, channels: [], now: Date.now, newToken: randomUUID };
  const halfDone = { ...deadLetter(5, { compensation: 'incomplete' }), dependency: 'orders' };
  const refused = { ...deadLetter(6, { reason: 'permanent', rule: 'http-422' }), dependency: 'orders' };
  await escalate('orders', [{ ...circuit(9, 'open', 'orders'), dependency: 'orders' }, halfDone, refused], ports);
  const circuits = new DynamoDBCircuitStore({ client: tables.client, table: tables.circuits });
  await tripCircuit({ now: Date.now() }, circuits, sampleSettings({ name: 'orders' }));

  const listed: readonly OpenIncident[] = JSON.parse((await backstop('incidents', '--json')).out);
  expect(listed[0]).toMatchObject({
    of: 'orders',
    cause: 'unreachable',
    isDown: true,
    needsHuman: true,
    priority: 'P2',
  });
  expect((await backstop('incidents')).out).toMatch(/^ {2}P2 orders, down now, open for .*\n {5}Act .*Backstop holds/);
  expect((await backstop('incidents')).out).toContain(
    '\n     Still failing: its circuit blocks calls. Cause: unreachable\n',
  );
  expect((await backstop('incidents')).out).toContain('\n     next: backstop dlq show order-5\n');
  const preview = async (...args: readonly string[]) =>
    JSON.parse((await backstop('incidents', 'preview', ...args, '--json')).out);
  expect(await preview('redrive', 'orders')).toMatchObject({
    acknowledges: [{ of: 'orders', cause: 'permanent:http-422' }],
    keeps: [{ cause: 'unreachable' }, { cause: 'undo-incomplete' }],
  });
  expect((await backstop('incidents', 'preview', 'circuit', 'orders')).out).toBe(
    'Acknowledges P2: orders keeps failing: its circuit is open and blocks calls.\nLeaves open: P1 undo-incomplete, P2 permanent:http-422.\n',
  );

  const ack = (cause: string) => backstop('incidents', 'ack', 'orders', '--cause', cause, '--why', 'w');
  expect(await ack('undo')).toMatchObject({ code: 4, err: expect.stringContaining('Open causes: unreachable, undo-') });
  expect((await ack('undo-incomplete')).code).toBe(0);
  const [act] = await auditRecords({ client: tables.client, table: tables.audit }, { since: 0, limit: 1 });
  expect(act).toMatchObject({ action: 'incident-acknowledged', acknowledges: ['undo-incomplete'] });
});
