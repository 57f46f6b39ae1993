import type { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { AccountPrincipal, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { expect, it } from 'vitest';
import { FailureBus } from '../../../lib/parts/buses.ts';
import { named, ownStack, resourcesOf } from '../templates.ts';

const REPORTS = {
  StringEquals: { 'events:detail-type': 'Operation Failed' },
  StringNotEquals: { 'events:source': 'backstop' },
};

function busOf(stack: Stack): FailureBus {
  return new FailureBus(stack, 'Bus', {
    encryptionKey: new Key(stack, 'Key'),
    deadLetterQueue: new Queue(stack, 'Queue'),
  });
}

it('lets a producer of the account report failures only', () => {
  const stack = ownStack();
  const producer = new Role(stack, 'Producer', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
  busOf(stack).grantPutEventsTo(producer).assertSuccess();
  expect(() =>
    Template.fromStack(stack).hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: { Statement: [{ Action: 'events:PutEvents', Effect: 'Allow', Condition: REPORTS }] },
    }),
  ).not.toThrow();
});

it('lets a producer of another account report failures only, by the policy of the bus', () => {
  const stack = ownStack();
  busOf(stack).grantPutEventsTo(new AccountPrincipal('111122223333'), 'Shop').assertSuccess();
  const policies = Object.values(resourcesOf(Template.fromStack(stack), 'AWS::Events::EventBusPolicy'));
  const [shop] = policies.filter(({ Properties }) => Properties.StatementId === 'cdk-Shop');
  expect(shop?.Properties.Statement).toMatchObject({ Effect: 'Allow', Action: 'events:PutEvents', Condition: REPORTS });
  expect(named(shop?.Properties.Statement.Resource)).toBe('Bus');
});
