import type { Stack } from 'aws-cdk-lib';
import type { CloudFormationStackArtifact } from 'aws-cdk-lib/cx-api';
import { describe, expect, it } from 'vitest';
import { app } from '../../examples/another-account/app.ts';
import { statementsOf } from '../lib/statements.ts';
import { flat, type Resource } from '../lib/templates.ts';

const assembly = app.synth();
const stacks = Object.fromEntries(assembly.stacks.map((stack) => [stack.stackName, stack]));
const there = resourcesOf(stacks.Billing, 'AWS::Events::Rule', 'AWS::IAM::Role', 'AWS::IAM::Policy');

function resourcesOf(stack: CloudFormationStackArtifact | undefined, ...types: readonly string[]): readonly Resource[] {
  const all: readonly Resource[] = Object.values(stack?.template.Resources ?? {});
  return all.filter(({ Type }) => types.includes(Type));
}

/** A value of a template, with `aws` for the partition and no other references. */
const written = (value: unknown) =>
  JSON.stringify(value)
    .replaceAll('{"Ref":"AWS::Partition"}', '"aws"')
    .replace(/\{"Fn::Join":\["",\[("[^\]]*")\]\]\}/g, (_, parts) => `"${JSON.parse(`[${parts}]`).join('')}"`);

const bus = resourcesOf(stacks.Backstop, 'AWS::Events::EventBus').find(({ Properties }) => /Bus/.test(Properties.Name));
const busArn = `arn:aws:events:eu-west-1:111111111111:event-bus/${bus?.Properties.Name}`;

describe('the example of two accounts', () => {
  it('has a stack in each, and synth warns of nothing', () => {
    expect(assembly.stacks.map(({ environment }) => environment.account)).toEqual(['111111111111', '222222222222']);
    expect(assembly.stacks.flatMap(({ messages }) => messages)).toEqual([]);
  });

  it('sends its failed executions and its reports to the bus of Backstop, and loses none', () => {
    const targets = there
      .filter(({ Type }) => Type === 'AWS::Events::Rule')
      .flatMap(({ Properties }) => Properties.Targets);
    expect(targets.map(({ Arn }) => JSON.parse(written(Arn)))).toEqual([busArn, busArn]);
    expect(targets.every((target) => target.RoleArn && target.DeadLetterConfig)).toBe(true);
  });

  it('admits there what these rules send, and nothing in the name of Backstop or its operators', () => {
    const [, admitted] = resourcesOf(stacks.Backstop, 'AWS::Events::EventBusPolicy');
    expect(admitted?.Properties.Statement).toMatchObject({
      Effect: 'Allow',
      Action: 'events:PutEvents',
      Condition: {
        StringEquals: { 'events:detail-type': ['Operation Failed', 'Step Functions Execution Status Change'] },
        StringNotEquals: { 'events:source': ['backstop', 'backstop.operator'] },
      },
    });
    expect(written(admitted?.Properties.Statement.Principal)).toContain('arn:aws:iam::222222222222:root');
  });

  it('lets Backstop assume the one role whose trust asks for the same external id', () => {
    const [role] = there.filter(({ Properties }) => Properties.RoleName !== undefined);
    const [trust] = role?.Properties.AssumeRolePolicyDocument.Statement ?? [];
    expect(written(trust.Principal)).toBe('{"AWS":"arn:aws:iam::111111111111:root"}');
    const Condition = { StringEquals: { 'sts:ExternalId': 'backstop-production' } };
    expect(trust.Condition).toEqual(Condition);
    const statements = statementsOf(flat(app.node.findChild('Backstop') as Stack));
    const beyond = statements
      .filter((each) => JSON.stringify(each).includes('222222222222'))
      .map(({ role: name, ...statement }) => [name.replace(/^Backstop/, ''), statement]);
    const assume = {
      Action: 'sts:AssumeRole',
      Effect: 'Allow',
      Resource: `arn:aws:iam::222222222222:role/${role?.Properties.RoleName}`,
      Condition,
    };
    expect(Object.fromEntries(beyond)).toEqual({
      RecoveryFunctionsAttempt: assume,
      RecoveryFunctionsResolve: assume,
      RecoveryFunctionsUndo: assume,
      BillingLaneWorker: assume,
    });
  });
});
