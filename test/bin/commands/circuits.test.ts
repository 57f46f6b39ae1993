import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DynamoDBCircuitStore } from '../../../lambdas/adapters/circuit/dynamodb-circuit-store.ts';
import { auditRecords } from '../../../lambdas/adapters/operator/audit-log.ts';
import { DEFAULT_CIRCUIT_POLICY } from '../../../lambdas/contract/circuit-policy.ts';
import { forceCircuit } from '../../../lambdas/use-cases/circuit/force-circuit.ts';
import { type OperatorScene, startOperator } from '../../support/operator.ts';
import { startTables, type Tables } from '../../support/tables.ts';

const ARN = 'arn:aws:sts::123456789012:assumed-role/Operators/alice';
let tables: Tables;
let backstop: OperatorScene['backstop'];
beforeAll(async () => {
  tables = await startTables();
  ({ backstop } = startOperator({ tables, principal: ARN }));
});
afterAll(async () => tables.stop());

const store = () => new DynamoDBCircuitStore({ client: tables.client, table: tables.circuits });
const stored = async (key: string) => (await store().read(key, Date.now())).circuit;
const use = (key: string) =>
  store().add(key, { generation: 0, at: Date.now(), successes: 3, failures: 1, traffic: 4 }, Date.now());

describe('backstop circuits', () => {
  it('list a circuit, force it and release it, each with an audit record', async () => {
    const opened = await backstop('circuits', 'open', 'payments', '--why', 'they move house', '--for', '2h');
    expect(opened).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^payments is forced-open: no call passes until \S+Z, by alice: they move house\n$/),
    });
    expect(await stored('payments')).toMatchObject({ kind: 'forced-open', reason: 'they move house', by: 'alice' });

    expect(JSON.parse((await backstop('circuits', '--json')).out)).toEqual([
      expect.objectContaining({
        circuit: 'payments',
        state: 'forced-open',
        by: 'alice',
        why: 'they move house',
        outageSince: expect.stringMatching(/Z$/),
      }),
      expect.objectContaining({ circuit: 'orders', state: 'closed', successes: 0, failures: 0 }),
    ]);

    await backstop('circuits', 'auto', 'payments', '--why', 'they are back', '--by', 'bob');
    expect(await stored('payments')).toMatchObject({ kind: 'open' });
    const acts = await auditRecords({ client: tables.client, table: tables.audit }, { since: 0, limit: 10 });
    expect(acts).toMatchObject([
      {
        action: 'circuit-released',
        dependency: 'payments',
        by: 'alice as bob',
        name: 'bob',
        principal: ARN,
        why: 'they are back',
      },
      {
        action: 'circuit-forced',
        dependency: 'payments',
        by: 'alice',
        facts: { circuit: 'payments', to: 'open', forMs: 7_200_000 },
      },
    ]);
  });

  it('count what was called lately, and know the circuits of tenants', async () => {
    await use('orders/acme');
    expect((await backstop('circuits', 'ls')).out).toMatch(/orders\/acme {2}closed +4 {6}1 {7}every call passes/);
    expect(await backstop('circuits', 'close', 'orders/acme', '--why', 'w')).toMatchObject({ code: 0 });
    expect(await stored('orders/acme')).toMatchObject({ kind: 'forced-closed' });
  });

  it('show the state of a forced circuit after the limit has passed, and since when calls are held back', async () => {
    const now = Date.now() - 7_200_000;
    const watcher = { changed: () => undefined, unreachable: () => undefined };
    const decision = { to: 'open', reason: 'they move house', by: 'ops', until: now + 1_000 } as const;
    await forceCircuit('orders', decision, { store: store(), watcher, policy: DEFAULT_CIRCUIT_POLICY, now });
    const { out } = await backstop('circuits', 'ls');
    expect(out).toMatch(/orders {7}open +2 h .*the next call is a probe\n/);
    expect(out).not.toContain('they move house');
  });

  it.each<[string, number, readonly string[], string]>([
    [
      'a dependency that is none',
      3,
      ['open', 'paymnts', '--why', 'w'],
      "Unknown dependency 'paymnts'; dependencies: payments, orders. Did you mean payments?",
    ],
    [
      'a tenant that nobody knows',
      3,
      ['open', 'payments/amce', '--why', 'w'],
      'Circuit payments/amce has had no calls so far',
    ],
    ['a name that is none', 2, ['open', 'a/b/c', '--why', 'w'], 'Must be a dependency'],
    ['no reason', 2, ['open', 'payments'], '--why is missing'],
    ['too long a time', 2, ['open', 'payments', '--why', 'w', '--for', '8d'], 'Must be 1s to 7d.'],
    ['a time that is none', 2, ['open', 'payments', '--why', 'w', '--for', 'ever'], 'such as 30m'],
    [
      'too long a reason',
      4,
      ['open', 'payments', '--why', 'w'.repeat(201)],
      'reason must be 1 to 200 characters, got 201',
    ],
    ['an option that is none', 2, ['open', 'payments', '--fro', '1h'], "unknown option '--fro'"],
    [
      'an action that is none',
      2,
      ['opne', 'payments'],
      "unknown command 'opne'; commands of backstop circuits: ls, open, close, auto",
    ],
  ])('are refused with %s', async (_, code, args, message) => {
    const before = await stored('payments');
    expect(await backstop('circuits', ...args)).toMatchObject({ code, out: '', err: expect.stringContaining(message) });
    expect(await stored('payments')).toEqual(before);
    expect(await stored('paymnts')).toMatchObject({ kind: 'closed', since: 0 });
  });
});
