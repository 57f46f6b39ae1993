import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { publishOpenCircuit, publishOpenCircuits } from '../../../../lambdas/adapters/circuit/publish-open-circuits.ts';
import { logger } from '../../../../lambdas/adapters/telemetry.ts';
import { type Circuit, closed } from '../../../../lambdas/domain/circuit/circuit-state.ts';
import { printedMetrics, watchPrintedLines } from '../../../support/printed-lines.ts';
import { NOW } from '../../../support/samples.ts';
import { startTables, type Tables } from '../../../support/tables.ts';
import { HALF_OPEN } from './circuit-store-contract.ts';

watchPrintedLines();

let tables: Tables;
beforeAll(async () => {
  tables = await startTables();
});
afterAll(async () => tables.stop());

/** The reported number of open circuits, by dependency. */
const told = () =>
  Object.fromEntries(printedMetrics().map(({ dependency, CircuitsOpen }) => [dependency, CircuitsOpen]));

async function keep(circuits: Readonly<Record<string, Circuit>>): Promise<void> {
  for (const [id, circuit] of Object.entries(circuits)) {
    const Item = marshall({ id, circuit, version: 1, generation: 1 });
    await tables.client.send(new PutItemCommand({ TableName: tables.circuits, Item }));
  }
}

const MINUTE = 60_000;
const forced: Circuit = {
  kind: 'forced-open',
  since: NOW,
  trippedAt: NOW,
  baseline: 0,
  probes: [],
  until: NOW + MINUTE,
  reason: 'they move house',
  by: 'anna',
};
const opened: Circuit = { kind: 'open', since: NOW, trippedAt: NOW, baseline: 0, probes: [], until: NOW + MINUTE / 2 };

it('tells of every dependency how many of its circuits are open, also that none is', async () => {
  await keep({
    'payments/acme': opened,
    'payments/globex': HALF_OPEN,
    'payments/initech': closed(NOW),
    'well/acme': closed(NOW),
    moving: forced,
  });
  const place = { client: tables.client, table: tables.circuits };
  await publishOpenCircuits(['payments', 'well', 'moving', 'unused'], place, () => NOW);
  expect(told()).toEqual({ payments: 2, well: 0, moving: 0, unused: 0 });
});

it('forgets a circuit that nobody has called since ten minutes after its time', async () => {
  await keep({ forgotten: opened, probed: HALF_OPEN });
  const place = { client: tables.client, table: tables.circuits };
  const dependencies = ['forgotten', 'probed'];
  const { until } = opened;
  await publishOpenCircuits(dependencies, place, () => until + 9 * MINUTE);
  expect(told()).toMatchObject({ forgotten: 1 });
  await publishOpenCircuits(dependencies, place, () => until + 20 * MINUTE);
  expect(told()).toEqual({ forgotten: 0, probed: 0 });
});

it("doesn't throw if it can't read the table, and reports no guess", async () => {
  const error = vi.spyOn(logger, 'error').mockReturnValue();
  await publishOpenCircuits(['payments'], { client: tables.client, table: 'no-such-table' });
  expect(error).toHaveBeenCalledOnce();
  expect(told()).toEqual({});
});

it.each([
  ['open', { payments: 1 }],
  ['half-open', {}],
  ['closed', {}],
  ['forced-open', {}],
])('tells at once that a circuit opens, and nothing else: %s', (to, expected) => {
  publishOpenCircuit(JSON.stringify({ circuit: 'payments/acme', dependency: 'payments', to }));
  expect(told()).toEqual(expected);
});
