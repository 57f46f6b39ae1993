import { describe, expect, it } from 'vitest';
import { measure } from '../../../lib/quotas/measure.ts';
import { describeExcess, exceeds, inRegion, QUOTAS, type QuotaName } from '../../../lib/quotas/quotas.ts';
import { documentOf, textOf } from '../../../lib/quotas/text-of.ts';

const REFERENCE = 140;
const of = (name: string) => `\${${name}}`;
const arn = { 'Fn::GetAtt': ['Queue', 'Arn'] };

describe('the length of a value that the deployment completes', () => {
  it.each<[string, unknown, number]>([
    ['a text', 'abc', 3],
    ['a number', 12, 2],
    ['a reference', { Ref: 'Queue' }, REFERENCE],
    ['an attribute', arn, REFERENCE],
    ['the region', { Ref: 'AWS::Region' }, 14],
    ['a join', { 'Fn::Join': ['-', ['ab', { Ref: 'AWS::AccountId' }, arn]] }, 2 + 1 + 12 + 1 + REFERENCE],
    ['a substitution', { 'Fn::Sub': `a${of('AWS::AccountId')}${of('Queue')}` }, 1 + 12 + REFERENCE],
    ['a selection', { 'Fn::Select': [0, { 'Fn::Split': [',', { Ref: 'Names' }] }] }, REFERENCE],
  ])('is never too short: %s', (_, value, length) => {
    expect(textOf(value)).toHaveLength(length);
  });

  it('counts a document without white space', () => {
    expect(documentOf({ Statement: [{ Resource: arn }] })).toHaveLength(
      '{"Statement":[{"Resource":""}]}'.length + REFERENCE,
    );
  });
});

const big = (count: number) => 'x'.repeat(count);
const statement = (count: number) => ({ Statement: [{ Sid: big(count) }] });
const WRAPPED = JSON.stringify(statement(0)).length;
const dashboard = (widgets: number, metrics: number) =>
  JSON.stringify({
    widgets: Array.from({ length: widgets }, () => ({ properties: { metrics: Array(metrics).fill([]) } })),
  });

/** A resource that needs exactly the given amount of a quota. */
const RESOURCES: Readonly<Partial<Record<QuotaName, (amount: number) => object>>> = {
  environment: (amount) => fn('AWS::Lambda::Function', { Environment: { Variables: { NAME: big(amount - 4) } } }),
  managedPolicy: (amount) => fn('AWS::IAM::ManagedPolicy', { PolicyDocument: statement(amount - WRAPPED) }),
  inlinePolicies: (amount) =>
    fn('AWS::IAM::Policy', { Roles: [{ Ref: 'R' }], PolicyDocument: statement(amount - WRAPPED) }),
  pattern: (amount) => fn('AWS::Events::Rule', { EventPattern: { a: big(amount - '{"a":""}'.length) } }),
  targets: (amount) => fn('AWS::Events::Rule', { Targets: Array(amount).fill({}) }),
  queuePolicy: (amount) => fn('AWS::SQS::QueuePolicy', { PolicyDocument: statement(amount - WRAPPED) }),
  queueStatements: (amount) => fn('AWS::SQS::QueuePolicy', { PolicyDocument: { Statement: Array(amount).fill({}) } }),
  queueActions: (amount) =>
    fn('AWS::SQS::QueuePolicy', { PolicyDocument: { Statement: { Action: Array(amount).fill('sqs:SendMessage') } } }),
  busPolicy: (amount) =>
    fn('AWS::Events::EventBusPolicy', {
      EventBusName: { Ref: 'B' },
      Statement: { Sid: big(amount - '{"Sid":""}'.length) },
    }),
  alarmRule: (amount) => fn('AWS::CloudWatch::CompositeAlarm', { AlarmRule: big(amount) }),
  alarmChildren: (amount) => fn('AWS::CloudWatch::CompositeAlarm', { AlarmRule: 'ALARM("a") '.repeat(amount) }),
  widgets: (amount) => fn('AWS::CloudWatch::Dashboard', { DashboardBody: dashboard(amount, 0) }),
  widgetMetrics: (amount) => fn('AWS::CloudWatch::Dashboard', { DashboardBody: dashboard(1, amount) }),
  dashboardMetrics: (amount) => fn('AWS::CloudWatch::Dashboard', { DashboardBody: dashboard(amount, 1) }),
  logGroups: (amount) =>
    fn('AWS::CloudWatch::InsightRule', { RuleBody: JSON.stringify({ LogGroupNames: Array(amount).fill('') }) }),
  insightRule: (amount) => {
    const bare = JSON.stringify({ LogGroupNames: [], text: '' });
    return fn('AWS::CloudWatch::InsightRule', { RuleBody: bare.replace('""', `"${big(amount - bare.length)}"`) });
  },
  machine: (amount) => fn('AWS::StepFunctions::StateMachine', { DefinitionString: big(amount) }),
  parameter: (amount) => fn('AWS::SSM::Parameter', { Value: big(amount) }),
};

function fn(Type: string, Properties: object) {
  return { Type, Properties };
}

describe('a quota', () => {
  const excesses = (resource: object) =>
    measure({ Resources: { Some: resource as never } }, 0)
      .filter(exceeds)
      .map(({ quota }) => quota);

  it.each(Object.entries(RESOURCES))('of %s is kept at the limit, and exceeded by one more', (name, resource) => {
    const quota = name as QuotaName;
    const { limit } = QUOTAS[quota];
    expect(excesses(resource(limit))).not.toContain(quota);
    expect(excesses(resource(limit + 1))).toContain(quota);
  });

  it.each<[QuotaName, Parameters<typeof measure>]>([
    [
      'resources',
      [{ Resources: Object.fromEntries(Array.from({ length: 501 }, (_, n) => [`R${n}`, { Type: 'T' }])) }, 0],
    ],
    ['parameters', [{ Parameters: Object.fromEntries(Array.from({ length: 201 }, (_, n) => [`P${n}`, {}])) }, 0]],
    ['outputs', [{ Outputs: Object.fromEntries(Array.from({ length: 201 }, (_, n) => [`O${n}`, {}])) }, 0]],
    ['template', [{}, 1_000_001]],
  ])('of %s holds for a stack', (quota, [template, bytes]) => {
    expect(measure(template, bytes).filter(exceeds)).toEqual([expect.objectContaining({ quota })]);
  });

  it('of a role counts all its policies together, and of a function all its permissions', () => {
    const role = { Roles: [{ Ref: 'Role' }], PolicyDocument: statement(3_500) };
    const permission = {
      Type: 'AWS::Lambda::Permission',
      Properties: { FunctionName: { 'Fn::GetAtt': ['Fn', 'Arn'] } },
    };
    const Resources = {
      A: { Type: 'AWS::IAM::Policy', Properties: role },
      B: { Type: 'AWS::IAM::Policy', Properties: role },
      Role: { Type: 'AWS::IAM::Role', Properties: { Policies: [{ PolicyDocument: statement(3_500) }] } },
      ...Object.fromEntries(Array.from({ length: 35 }, (_, n) => [`P${n}`, permission])),
    };
    const found = measure({ Resources }, 0).filter(exceeds);
    expect(found.map(({ quota, id }) => [quota, id])).toEqual([
      ['inlinePolicies', 'Role'],
      ['functionPolicy', 'Fn'],
    ]);
  });

  it('of a bus counts its statements together', () => {
    const Statement = { Sid: big(400) };
    const policy = fn('AWS::Events::EventBusPolicy', { EventBusName: { Ref: 'Bus' }, Statement });
    const Resources = Object.fromEntries(Array.from({ length: 25 }, (_, n) => [`P${n}`, policy]));
    expect(measure({ Resources }, 0).filter(exceeds)).toEqual([
      expect.objectContaining({ quota: 'busPolicy', id: 'Bus' }),
    ]);
  });

  it('of a region differs from the usual one', () => {
    const rules = { quota: 'rules', amount: 101 } as const;
    expect(['us-east-1', 'eu-south-1', of('Token')].filter((region) => exceeds(inRegion(rules, region)))).toEqual([
      'eu-south-1',
    ]);
    expect(describeExcess(inRegion(rules, 'af-south-1'))).toContain('at most 100, got 101');
  });

  it('says what is too much, how much, and what to do', () => {
    expect(describeExcess({ quota: 'environment', amount: 4_100 })).toBe(
      "bytes of a function's environment: at most 4096, got 4100: shorten the values of your config that it contains, such as runbookUrl",
    );
  });
});
