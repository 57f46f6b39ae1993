import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sharedTemplates } from '../lib/templates.ts';
import { ownRole, PolicyAccount, service } from '../support/policies/policy-account.ts';
import type { Statement } from '../support/policies/statement.ts';

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

describe('a producer (CWE-732)', () => {
  const producer = ownRole('Producer', documentedPolicy());

  it('may put events of its own on the bus', () => {
    const context = { 'events:source': 'my.shop', 'events:detail-type': 'Operation Failed' };
    expect(account.may(producer, 'events:PutEvents', account.arn('Bus'), context)).toBe(true);
  });

  it('may do nothing else, under whatever circumstances', () => {
    expect(account.reach(producer)).toEqual(['events:PutEvents Bus']);
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
