import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { expect, it } from 'vitest';
import { BillingStack } from './billing-stack.ts';

const BUS = 'arn:aws:events:eu-west-1:111111111111:event-bus/backstop';

const app = new App();
const env = { account: '222222222222', region: 'eu-west-1' };
const bus = EventBus.fromEventBusArn(new Stack(app, 'Backstop'), 'Bus', BUS);
const template = Template.fromStack(
  new BillingStack(app, 'Billing', { env, bus, backstop: '111111111111', externalId: 'an-id' }),
);

it('sends what fails to the bus of Backstop, and keeps what that does not take', () => {
  const rules = Object.values(template.findResources('AWS::Events::Rule'));
  const targets = rules.flatMap(({ Properties }) => Properties.Targets);
  expect(targets.map(({ Arn }) => Arn)).toEqual([BUS, BUS]);
  expect(targets.every(({ DeadLetterConfig }) => DeadLetterConfig)).toBe(true);
});

it('lets Backstop, and nobody else, assume the role of its calls', () => {
  const roles = Object.values(template.findResources('AWS::IAM::Role', { Properties: { RoleName: 'backstop-calls' } }));
  const [{ Principal, Condition }] = roles[0]?.Properties.AssumeRolePolicyDocument.Statement ?? [{}];
  expect(JSON.stringify(Principal)).toContain('111111111111:root');
  expect(Condition).toEqual({ StringEquals: { 'sts:ExternalId': 'an-id' } });
});
