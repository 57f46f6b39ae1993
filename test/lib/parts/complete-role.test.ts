import type { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Effect, Policy, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { describe, expect, it } from 'vitest';
import { CompleteRole, permissionsOf } from '../../../lib/parts/complete-role.ts';
import { ownStack, resourcesOf } from '../templates.ts';

function roleIn(stack: Stack) {
  return new CompleteRole(stack, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
}

describe('a complete role', () => {
  it('contains what it is allowed, by whichever way', () => {
    const stack = ownStack();
    const role = roleIn(stack);
    role.addToPolicy(new PolicyStatement({ actions: ['sqs:ListQueues'], resources: ['*'] }));
    new Queue(stack, 'Queue', { encryptionMasterKey: Key.fromKeyArn(stack, 'Key', KEY) }).grantSendMessages(role);
    role.addToPrincipalPolicy(
      new PolicyStatement({ effect: Effect.DENY, actions: ['sqs:PurgeQueue'], resources: ['*'] }),
    );
    const template = Template.fromStack(stack);
    template.resourceCountIs('AWS::IAM::Policy', 0);
    const [{ Properties } = { Properties: {} }] = Object.values(resourcesOf(template, 'AWS::IAM::Role'));
    const actions = Properties.Policies.flatMap(({ PolicyDocument }: { PolicyDocument: { Statement: object[] } }) =>
      PolicyDocument.Statement.map((each) => JSON.stringify(each)),
    ).join();
    for (const action of ['sqs:ListQueues', 'sqs:SendMessage', 'kms:GenerateDataKey', 'sqs:PurgeQueue'])
      expect(actions).toContain(action);
  });

  it('lets its function wait for it', () => {
    const stack = ownStack();
    const role = roleIn(stack);
    role.addToPolicy(new PolicyStatement({ actions: ['sqs:ListQueues'], resources: ['*'] }));
    const code = Code.fromInline('exports.handler = () => {};');
    new LambdaFunction(stack, 'Function', { code, handler: 'index.handler', runtime: Runtime.NODEJS_24_X, role });
    const logicalId = stack.getLogicalId(role.node.defaultChild as never);
    const template = Template.fromStack(stack);
    expect(() => template.hasResource('AWS::Lambda::Function', { DependsOn: [logicalId] })).not.toThrow();
  });

  it('has a policy whose name no policy of the CDK has, since CloudFormation deletes those by their name', () => {
    const stack = ownStack();
    roleIn(stack).addToPolicy(new PolicyStatement({ actions: ['sqs:ListQueues'], resources: ['*'] }));
    const [role] = Object.values(resourcesOf(Template.fromStack(stack), 'AWS::IAM::Role'));
    expect(role?.Properties.Policies).toEqual([expect.objectContaining({ PolicyName: 'Permissions' })]);
  });

  it('lists its permissions with those of policies beside it', () => {
    const stack = ownStack();
    const role = roleIn(stack);
    const beside = new PolicyStatement({ actions: ['sqs:PurgeQueue'], resources: ['*'] });
    role.attachInlinePolicy(new Policy(role, 'Beside', { statements: [beside] }));
    expect(permissionsOf(role).map((document) => document.statementCount)).toEqual([0, 1]);
  });
});

const KEY = 'arn:aws:kms:eu-west-1:123456789012:key/1';
