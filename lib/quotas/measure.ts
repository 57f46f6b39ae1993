import type { Measured, QuotaName } from './quotas.ts';
import { documentOf, textOf } from './text-of.ts';

export interface MeasuredTemplate {
  readonly Resources?: Readonly<Record<string, MeasuredResource>>;
  readonly Parameters?: object;
  readonly Outputs?: object;
}

interface MeasuredResource {
  readonly Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: CloudFormation properties can have any type.
  readonly Properties?: any;
}

type Amounts = readonly (readonly [QuotaName, number])[];

/** Characters of an alarm's ARN at most. */
const ALARM_ARN = 320;

/** Measures all that has a quota in a template. @param bytes size of the template's file */
export function measure(template: MeasuredTemplate, bytes: number): readonly Measured[] {
  const { Resources = {}, Parameters = {}, Outputs = {} } = template;
  const resources = Object.entries(Resources);
  const whole: Amounts = [
    ['resources', resources.length],
    ['parameters', Object.keys(Parameters).length],
    ['outputs', Object.keys(Outputs).length],
    ['template', bytes],
  ];
  return [
    ...whole.map(([quota, amount]) => ({ quota, amount })),
    ...resources.flatMap(([id, resource]) => amountsOf(resource).map(([quota, amount]) => ({ quota, amount, id }))),
    ...together(resources),
  ];
}

function amountsOf({ Type, Properties = {} }: MeasuredResource): Amounts {
  switch (Type) {
    case 'AWS::Lambda::Function':
      return [['environment', environmentBytes(Properties.Environment?.Variables ?? {})]];
    case 'AWS::IAM::ManagedPolicy':
      return [['managedPolicy', documentOf(Properties.PolicyDocument).length]];
    case 'AWS::Events::Rule':
      return [
        ['pattern', documentOf(Properties.EventPattern ?? {}).length],
        ['targets', Properties.Targets?.length ?? 0],
      ];
    case 'AWS::SQS::QueuePolicy':
      return [
        ['queuePolicy', documentOf(Properties.PolicyDocument).length],
        ['queueStatements', statementsOf(Properties).length],
        ['queueActions', Math.max(0, ...statementsOf(Properties).map(({ Action }) => [Action].flat().length))],
      ];
    case 'AWS::CloudWatch::CompositeAlarm': {
      const rule = textOf(Properties.AlarmRule, ALARM_ARN);
      return [
        ['alarmRule', rule.length],
        ['alarmChildren', rule.split('ALARM(').length - 1],
      ];
    }
    case 'AWS::CloudWatch::Dashboard':
      return dashboardAmounts(textOf(Properties.DashboardBody));
    case 'AWS::CloudWatch::InsightRule': {
      const body = textOf(Properties.RuleBody);
      return [
        ['insightRule', body.length],
        ['logGroups', JSON.parse(body).LogGroupNames.length],
      ];
    }
    case 'AWS::StepFunctions::StateMachine':
      return [['machine', Buffer.byteLength(documentOf(Properties.DefinitionString))]];
    case 'AWS::SSM::Parameter':
      return [['parameter', Buffer.byteLength(textOf(Properties.Value))]];
    default:
      return [];
  }
}

function statementsOf({ PolicyDocument }: MeasuredResource['Properties']): readonly { readonly Action?: unknown }[] {
  return [PolicyDocument.Statement].flat();
}

function environmentBytes(variables: Readonly<Record<string, unknown>>): number {
  return Object.entries(variables).reduce((sum, [name, value]) => sum + Buffer.byteLength(name + textOf(value)), 0);
}

function dashboardAmounts(body: string): Amounts {
  const widgets: readonly { readonly properties?: { readonly metrics?: readonly unknown[] } }[] =
    JSON.parse(body).widgets;
  const metrics = widgets.map(({ properties }) => properties?.metrics?.length ?? 0);
  return [
    ['widgets', widgets.length],
    ['widgetMetrics', Math.max(0, ...metrics)],
    ['dashboardMetrics', metrics.reduce((sum, count) => sum + count, 0)],
  ];
}

/** What several resources need of one quota: the policies of a role, a function or a bus, and the rules of a bus. */
function together(resources: readonly (readonly [string, MeasuredResource])[]): readonly Measured[] {
  const sums = new Map<string, { readonly quota: QuotaName; readonly id: string; amount: number }>();
  const add = (quota: QuotaName, on: unknown, amount: number) => {
    const id = idOf(on);
    const sum = sums.get(`${quota} ${id}`) ?? { quota, id, amount: 0 };
    sum.amount += amount;
    sums.set(`${quota} ${id}`, sum);
  };
  for (const [id, { Type, Properties = {} }] of resources) {
    if (Type === 'AWS::IAM::Role')
      for (const { PolicyDocument } of Properties.Policies ?? [])
        add('inlinePolicies', { Ref: id }, documentOf(PolicyDocument).length);
    if (Type === 'AWS::IAM::Policy')
      for (const role of Properties.Roles ?? [])
        add('inlinePolicies', role, documentOf(Properties.PolicyDocument).length);
    if (Type === 'AWS::IAM::ManagedPolicy') for (const role of Properties.Roles ?? []) add('managedPolicies', role, 1);
    if (Type === 'AWS::Lambda::Permission') add('functionPolicy', Properties.FunctionName, STATEMENT);
    if (Type === 'AWS::Events::EventBusPolicy')
      add('busPolicy', Properties.EventBusName, documentOf(Properties.Statement).length);
    if (Type === 'AWS::Events::Rule') add('rules', Properties.EventBusName, 1);
  }
  return [...sums.values()];
}

/** Bytes of a statement in a function's policy, with its id, principal, source and account. */
const STATEMENT = 600;

/** The logical id of what a value refers to, or the text. The default bus has none. */
function idOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value ?? 'default');
  const { Ref, 'Fn::GetAtt': attribute } = value as {
    readonly Ref?: string;
    readonly 'Fn::GetAtt'?: readonly string[];
  };
  return Ref ?? attribute?.[0] ?? JSON.stringify(value);
}
