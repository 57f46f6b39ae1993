import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SHOWN_ATTRIBUTES } from '../../lambdas/contract/ledger-entry.ts';
import { ownRole, PolicyAccount, service } from '../../tools/local/policies/policy-account.ts';
import type { Principal, Statement } from '../../tools/local/policies/statement.ts';
import { sharedTemplates } from '../lib/templates.ts';

const { state, pipeline } = sharedTemplates();
const account = new PolicyAccount({ BackstopState: state.toJSON(), BackstopPipeline: pipeline.toJSON() });
const EVERYTHING: Statement = { Effect: 'Allow', Action: '*', Resource: '*' };
const OWN = '000000000000';
const FOREIGN = '111122223333';

/** The policy that the documents give to producers, for the bus of the account. */
function documentedPolicy(): Statement[] {
  const page = readFileSync(join(import.meta.dirname, '../../docs/events.md'), 'utf8');
  const [, block = ''] = /The producer's role needs this permission.*?```json\n(.*?)```/s.exec(page) ?? [];
  const parsed: Statement | Statement[] = JSON.parse(block.replace(/arn:aws:events:[^"]*BUS_NAME/, account.arn('Bus')));
  return [parsed].flat();
}

const put = (by: Principal, bus: 'Bus' | 'Outcomes', source: string, type: string) =>
  account.may(by, 'events:PutEvents', account.arn(bus), { 'events:source': source, 'events:detail-type': type });

describe('a producer (CWE-732)', () => {
  const producer = ownRole('Producer', documentedPolicy());

  it('may put events of its own on the bus, and no others', () => {
    expect(put(producer, 'Bus', 'my.shop', 'Operation Failed')).toBe(true);
    expect(put(producer, 'Bus', 'backstop', 'Operation Failed')).toBe(false);
    expect(put(producer, 'Bus', 'my.shop', 'Circuit State Changed')).toBe(false);
    expect(put(producer, 'Outcomes', 'my.shop', 'Operation Failed')).toBe(false);
  });

  it('may do nothing else, under whatever circumstances', () => {
    expect(account.reach(producer)).toEqual(['events:PutEvents Bus']);
  });

  it('speaks in the name of Backstop nowhere, whatever its own policies allow (CWE-290)', () => {
    const admin = ownRole('Admin', [EVERYTHING]);
    expect(put(admin, 'Bus', 'my.shop', 'Operation Failed')).toBe(true);
    expect(put(admin, 'Bus', 'backstop', 'Operation Failed')).toBe(false);
    for (const source of ['backstop', 'my.shop'])
      expect(put(admin, 'Outcomes', source, 'Circuit State Changed')).toBe(false);
  });
});

it('only the publisher and the reconciler may put on the outcome bus (CWE-862)', () => {
  const may = account.roles.filter((name) => put(account.role(name), 'Outcomes', 'backstop', 'Circuit State Changed'));
  expect(may.toSorted()).toEqual(['PublisherFunction', 'ReconcilerFunction']);
});

describe('an operator (CWE-732)', () => {
  const operator = account.holderOf('OperatorAccessPolicy');
  const TABLES = ['Ledger', 'Circuits', 'Audit', 'Effects'];
  const WRITES = ['PutItem', 'UpdateItem', 'DeleteItem', 'BatchWriteItem', 'PartiQLInsert', 'PartiQLUpdate'];
  const may = (action: string, name: string) => account.may(operator, action, account.arn(name));

  it('may read the tables, and write to none under whatever circumstances', () => {
    const onTables = account.reach(operator).filter((each) => each.startsWith('dynamodb:'));
    expect(onTables).toEqual([
      'dynamodb:GetItem Circuits',
      'dynamodb:GetItem Ledger',
      'dynamodb:Query Audit',
      'dynamodb:Query Ledger/index/correlation',
      'dynamodb:Query Ledger/index/dead',
      'dynamodb:Query Ledger/index/failure',
      'dynamodb:Query Ledger/index/pending',
      'dynamodb:Scan Circuits',
    ]);
  });

  it.each(TABLES)('may write no item of %s', (table) => {
    expect(WRITES.filter((action) => may(`dynamodb:${action}`, table))).toEqual([]);
  });

  it.each(['OperatorAccessPolicy', 'OperatorAccessReadPolicy'])(
    'gets no operation from the ledger by %s, only from the function that masks it',
    (policy) => {
      const holder = account.holderOf(policy);
      const get = (key: string, attributes?: readonly string[]) =>
        account.may(holder, 'dynamodb:GetItem', account.arn('Ledger'), {
          'dynamodb:LeadingKeys': [key],
          ...(attributes
            ? { 'dynamodb:Attributes': attributes, 'dynamodb:Select': 'SPECIFIC_ATTRIBUTES' }
            : { 'dynamodb:Select': 'ALL_ATTRIBUTES' }),
        });
      expect(get('orders/1', SHOWN_ATTRIBUTES)).toBe(true);
      for (const hidden of ['failure', 'operationItem', 'edits', 'answer', 'outbox'])
        expect(get('orders/1', ['id', hidden])).toBe(false);
      expect(get('orders/1')).toBe(false);
      expect(get('orders/1#operation#x')).toBe(false);
      expect(get('orders/1#operation#x', ['id', 'sealed'])).toBe(false);
      for (const key of ['incidents#orders', 'redrive#orders']) expect(get(key)).toBe(true);
    },
  );

  it('reveals nothing and writes nothing with the policies of a reader', () => {
    const reader = account.holderOf('OperatorAccessReadPolicy', 'OperatorAccessReadLanes');
    const changes =
      /^(dynamodb:(Put|Update|Delete)|sqs:(Send|Receive|Delete|Change)|events:|states:|lambda:(Invoke|Update))/;
    expect(account.reach(reader).filter((each) => changes.test(each))).toEqual([]);
    expect(account.reach(reader).length).toBeGreaterThan(5);
  });

  it('may put no event, and hand no function an event with the name of another', () => {
    expect(account.reach(operator).filter((each) => /^(events|states):|^lambda:(Invoke|Update)/.test(each))).toEqual(
      [],
    );
  });
});

describe('an audit record (CWE-778)', () => {
  it.each(['UpdateItem', 'DeleteItem', 'BatchWriteItem', 'PartiQLUpdate', 'PartiQLDelete'])(
    'is closed to %s for everybody, administrators and the function itself included',
    (action) => {
      const everybody = [ownRole('Admin', [EVERYTHING]), ...account.roles.map((name) => account.role(name))];
      expect(everybody.filter((who) => account.may(who, `dynamodb:${action}`, account.arn('Audit')))).toEqual([]);
    },
  );

  it('is added by the operator function only', () => {
    const adding = account.roles.filter((name) =>
      account.may(account.role(name), 'dynamodb:PutItem', account.arn('Audit')),
    );
    expect(adding).toEqual(['OperatorFunction']);
  });
});

describe('a stranger (CWE-284)', () => {
  it('of another account may do nothing, whatever its own policies say', () => {
    expect(account.reach(ownRole('Stranger', [EVERYTHING], FOREIGN))).toEqual([]);
  });

  it('of this account, without permissions, may do nothing', () => {
    expect(account.reach(ownRole('Nobody', []))).toEqual([]);
  });

  it('may not take the role of a function or the machine', () => {
    const context = { 'aws:SourceArn': account.arn('RecoveryMachine'), 'aws:SourceAccount': OWN };
    for (const name of account.roles) {
      const { arn } = account.role(name) as { readonly arn: string };
      expect(account.may(ownRole('Admin', [EVERYTHING]), 'sts:AssumeRole', arn)).toBe(false);
      const takers = ['lambda', 'states'].filter((each) => account.may(service(each), 'sts:AssumeRole', arn, context));
      expect(takers).toEqual([name === 'RecoveryMachine' ? 'states' : 'lambda']);
    }
  });
});

describe('a service of AWS', () => {
  const SERVICES = ['events', 'sns', 'sqs', 'lambda', 'states', 'cloudwatch', 'logs', 's3', 'scheduler'];
  // Some services name no account when they use a key, so that only what they deliver to can limit them.
  const reached = SERVICES.flatMap((name) =>
    account.reach(service(name)).map((each) => [name, ...each.split(' ')]),
  ).filter(([, action = '']) => !action.startsWith('kms:'));

  it.each(reached)('%s, which may call %s on %s, does so for nobody else (CWE-441)', (name, action = '', on = '') => {
    const context = {
      'aws:SourceArn': `arn:aws:${name}:us-east-1:${FOREIGN}:rule/theirs`,
      'aws:SourceAccount': FOREIGN,
    };
    expect(account.may(service(name), action, account.arn(on), context)).toBe(false);
    expect(account.may(service(name), action, account.arn(on))).toBe(false);
  });

  it('delivers the events of a lane from its own rule', () => {
    expect(reached).toContainEqual(['events', 'sqs:SendMessage', 'PaymentsLaneQueue']);
    const context = { 'aws:SourceArn': account.arn('PaymentsLaneRule') };
    expect(account.may(service('events'), 'sqs:SendMessage', account.arn('PaymentsLaneQueue'), context)).toBe(true);
  });
});

it.each([
  ['sqs:SendMessage', 'PaymentsLaneQueue'],
  ['sqs:ReceiveMessage', 'PaymentsLaneDeadLetters'],
  ['sqs:SendMessage', 'Rejects'],
  ['sqs:ReceiveMessage', 'LastResort'],
  ['sqs:ReceiveMessage', 'ParkedQueue'],
  ['sns:Publish', 'EscalationsTopic'],
  ['sns:Publish', 'EscalationsP1'],
  ['sns:Publish', 'EscalationsP2'],
])('nobody may %s on %s without TLS (CWE-319)', (action, name) => {
  const admin = ownRole('Admin', [EVERYTHING]);
  const may = (isSecure: boolean) => account.may(admin, action, account.arn(name), { 'aws:SecureTransport': isSecure });
  expect([may(true), may(false)]).toEqual([true, false]);
});
