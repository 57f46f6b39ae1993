import { beforeAll, describe, expect, it } from 'vitest';
import { failureKey } from '../../lambdas/contract/failure-key.ts';
import { circuitKey } from '../../lambdas/domain/circuit/circuit-key.ts';
import type { BackstopConfig } from '../../lib/config/dependency-config.ts';
import { PolicyAccount } from '../../tools/local/policies/policy-account.ts';
import type { Context, Principal } from '../../tools/local/policies/statement.ts';
import { synthesizeTemplates } from '../lib/templates.ts';

const http = { kind: 'http', baseUrl: 'https://api.example.com' } as const;
/** One name begins another, and one is that of other items in the ledger. */
const NAMES = ['pay', 'payments', 'audit', 'answer'] as const;
const config: BackstopConfig = {
  dependencies: {
    pay: { ...http, ordered: true, circuit: { perTenant: true } },
    payments: { ...http, circuit: { perTenant: true }, redrive: { automatic: true } },
    audit: http,
    answer: http,
  },
};
const LANES: Readonly<Record<string, string>> = {
  pay: 'PayLane',
  payments: 'PaymentsLane',
  audit: 'AuditLane',
  answer: 'AnswerLane',
};
/** Keys of items that belong to no lane. */
const OTHERS = ['audit#2026-03-01', 'incidents#payments', 'redrive#payments', 'ticket#1', 'payments', ''];

const failuresOf = (dependency: string) => [
  failureKey({ dependency, id: 'order-1' }),
  failureKey({ dependency, tenant: 'acme', id: 'order-1' }),
  failureKey({ dependency, tenant: 'payments', id: 'pay' }),
];
const answersOf = (dependency: string) => [`answer#${dependency}/0f`];
const circuitsOf = (dependency: string) => [circuitKey({ dependency }), circuitKey({ dependency, tenant: 'acme' })];

describe("the worker of a lane (CWE-639), which reads and changes its own dependency's items only", () => {
  let account: PolicyAccount;
  beforeAll(() => {
    const { state, pipeline } = synthesizeTemplates(config);
    account = new PolicyAccount({ BackstopState: state.toJSON(), BackstopPipeline: pipeline.toJSON() });
  });
  const worker = (name: string) => account.role(`${LANES[name]}Worker`);
  const keyed = (...keys: readonly string[]): Context => ({ 'dynamodb:LeadingKeys': keys });
  const may = (by: Principal, table: string, context: Context, actions = ACTIONS) =>
    actions.filter((action) => account.may(by, `dynamodb:${action}`, account.arn(table), context));
  const ACTIONS = ['GetItem', 'PutItem', 'UpdateItem', 'DeleteItem', 'Query', 'BatchGetItem', 'Scan'];

  it.each(NAMES)('may what it must: %s', (name) => {
    for (const key of [...failuresOf(name), ...answersOf(name)])
      expect(may(worker(name), 'Ledger', keyed(key))).toEqual(['GetItem', 'PutItem', 'UpdateItem']);
    for (const key of failuresOf(name)) expect(may(worker(name), 'Effects', keyed(key))).toContain('UpdateItem');
    expect(may(worker(name), 'Circuits', keyed(name))).toEqual(['GetItem', 'UpdateItem']);
  });

  const others = NAMES.flatMap((own) => NAMES.filter((name) => name !== own).map((name) => [own, name] as const));
  it.each(others)("may nothing with another lane's items: %s with those of %s", (own, other) => {
    const strange = [...failuresOf(other), ...answersOf(other), ...OTHERS];
    for (const key of strange) {
      expect([key, may(worker(own), 'Ledger', keyed(key))]).toEqual([key, []]);
      expect([key, may(worker(own), 'Effects', keyed(key))]).toEqual([key, []]);
    }
    for (const key of circuitsOf(other)) expect([key, may(worker(own), 'Circuits', keyed(key))]).toEqual([key, []]);
  });

  it('may not mix in the key of another lane, nor leave the key away', () => {
    const [own = '', other = ''] = [...failuresOf('pay').slice(0, 1), ...failuresOf('payments').slice(0, 1)];
    expect(may(worker('pay'), 'Ledger', keyed(own, other))).toEqual([]);
    for (const table of ['Ledger', 'Effects', 'Circuits']) expect(may(worker('pay'), table, {})).toEqual([]);
  });

  it.each(NAMES)('may read no index, by which all lanes could be listed: %s', (name) => {
    const reached = account.reach(worker(name)).filter((each) => /^dynamodb:\w+ .*\/index\//.test(each));
    expect(reached).toEqual([]);
    expect(account.reach(worker(name)).filter((each) => /dynamodb:(?:Query|Scan|Batch\w+)/.test(each))).toEqual([]);
  });

  it('has a sorter that reads the failures of its lane only', () => {
    const sorter = account.role('PayLaneOrderedSorter');
    expect(may(sorter, 'Ledger', keyed(...failuresOf('pay').slice(0, 1)))).toEqual(['GetItem']);
    expect(may(sorter, 'Ledger', keyed(...failuresOf('payments').slice(0, 1)))).toEqual([]);
  });
});
