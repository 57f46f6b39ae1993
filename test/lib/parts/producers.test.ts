import { Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { expect, it } from 'vitest';
import type { DependencyConfig } from '../../../lib/config/dependency-config.ts';
import type { ProducersConfig } from '../../../lib/config/producers-config.ts';
import { ResiliencePipeline } from '../../../lib/pipeline/resilience-pipeline.ts';
import { flat, ownApp, resourcesOf, standIns } from '../templates.ts';

const OWN = '111111111111';
const OTHER = '222222222222';
const machine = (account: string) => ({
  kind: 'state-machine' as const,
  stateMachineArn: `arn:aws:states:eu-west-1:${account}:stateMachine:billing`,
});
const fn = (account: string) => ({
  kind: 'lambda' as const,
  functionArn: `arn:aws:lambda:eu-west-1:${account}:function:resize`,
});
const assumeRole = { roleArn: `arn:aws:iam::${OTHER}:role/calls` };

function stackOf(
  dependencies: Record<string, DependencyConfig>,
  producers?: ProducersConfig,
  account: string | undefined = OWN,
): Stack {
  const env = { region: 'eu-west-1', ...(account === 'unknown' ? {} : { account }) };
  const stack = new Stack(ownApp(), 'Stack', { env });
  const options = { handlers: standIns(), dashboards: false, health: false, producers };
  new ResiliencePipeline(stack, 'Pipeline', { dependencies, ...options });
  return stack;
}

const admissions = (stack: Stack) =>
  Object.values(resourcesOf(Template.fromStack(stack), 'AWS::Events::EventBusPolicy'))
    .map(({ Properties }) => Properties.Statement)
    .filter(({ Effect }) => Effect === 'Allow');

const EXECUTION = 'Step Functions Execution Status Change';
const INVOCATION = 'Lambda Function Invocation Result - Failure';

it.each<[string, Record<string, DependencyConfig>, readonly string[]]>([
  ['reports only', { billing: machine(OWN), resize: fn(OWN) }, ['Operation Failed']],
  [
    'failed executions of a machine elsewhere',
    { billing: { ...machine(OTHER), assumeRole } },
    ['Operation Failed', EXECUTION],
  ],
  ['failed invocations of a function elsewhere', { resize: fn(OTHER) }, ['Operation Failed', INVOCATION]],
])(
  'producers of other accounts may report, and neither speak for Backstop nor for its operators: %s',
  (_, dependencies, types) => {
    const [allowed, ...others] = admissions(stackOf(dependencies, { accounts: [OTHER] }));
    expect(others).toEqual([]);
    expect(JSON.stringify(allowed.Principal)).toContain(`:iam::${OTHER}:root`);
    expect(allowed).toMatchObject({
      Action: 'events:PutEvents',
      Condition: {
        StringNotEquals: { 'events:source': ['backstop', 'backstop.operator'] },
      },
    });
    expect([allowed.Condition.StringEquals['events:detail-type']].flat()).toEqual(types);
  },
);

it('producers of an organization may report, and those of no other', () => {
  const [allowed] = admissions(stackOf({ resize: fn(OWN) }, { organization: 'o-a1b2c3d4e5' }));
  expect(allowed.Principal).toEqual({ AWS: '*' });
  expect(allowed.Condition.StringEquals['aws:PrincipalOrgID']).toBe('o-a1b2c3d4e5');
});

it('nobody else may report without producers', () => {
  expect(admissions(stackOf({ resize: fn(OWN) }))).toEqual([]);
});

it.each([
  ['', ''],
  [', also if only the deployment knows the own account', 'unknown'],
])(
  'failures that AWS reports of another account come from the bus of Backstop, from that account only%s',
  (_, account) => {
    const dependencies = { billing: { ...machine(OTHER), assumeRole }, resize: { ...fn(OTHER), assumeRole } };
    const stack = stackOf(dependencies, { accounts: [OTHER] }, account || OWN);
    const rules = Object.entries(resourcesOf(flat(stack), 'AWS::Events::Rule'));
    for (const name of ['ExecutionsRule', 'InvocationsRule']) {
      const [[, rule] = []] = rules.filter(([id]) => id.includes(name));
      expect(rule?.Properties.EventBusName).toBeDefined();
      expect(rule?.Properties.EventPattern.account).toEqual([OTHER]);
    }
  },
);

it('a machine of another account needs a role', () => {
  expect(() => stackOf({ billing: machine(OTHER) })).toThrow(
    `dependency 'billing': assumeRole must name a role of account ${OTHER}, where stateMachineArn is, got undefined`,
  );
});

it.each<[string, ProducersConfig | undefined, number]>([
  ['warns of a bus that takes none', undefined, 1],
  ['warns of a bus that takes those of others', { accounts: ['333333333333'] }, 1],
  ['says nothing if the account is admitted', { accounts: [OTHER] }, 0],
  ['says nothing if an organization is admitted', { organization: 'o-a1b2c3d4e5' }, 0],
])('synth %s, where executions fail in another account', (_, producers, count) => {
  const stack = stackOf({ billing: { ...machine(OTHER), assumeRole } }, producers);
  const warnings = Annotations.fromStack(stack).findWarning('*', Match.anyValue());
  expect(warnings.filter(({ entry }) => String(entry.data).includes('takes no failed executions'))).toHaveLength(count);
});
