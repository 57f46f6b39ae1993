import type { Assembly, Resource } from '../assembly.ts';
import { ACCOUNT, arnOf } from '../resource-kinds.ts';
import type { Access } from './access.ts';
import { request } from './api-request.ts';
import type { Delivery } from './delivery.ts';
import { service } from './policy-account.ts';

interface Running {
  readonly LoggingConfig?: { readonly LogGroup?: string };
  readonly LoggingConfiguration?: { readonly Level?: string };
  readonly TracingConfig?: { readonly Mode?: string };
  readonly TracingConfiguration?: { readonly Enabled?: boolean };
}

/** Types that assume a role, with the service that does it. */
const ASSUMING = {
  'AWS::Lambda::Function': 'lambda',
  'AWS::StepFunctions::StateMachine': 'states',
  'AWS::Pipes::Pipe': 'pipes',
};

/**
 * What functions, machines and pipes need before they do anything: a role that trusts their service, and permissions to
 * log and trace.
 *
 * Source: developer guides of Lambda ("Execution role", "X-Ray") and Step Functions ("Logging", "X-Ray").
 */
export function runs(assembly: Assembly, access: Access): readonly Delivery[] {
  return Object.entries(ASSUMING).flatMap(([type, name]) =>
    assembly.all<Running>(type).flatMap((from): readonly Delivery[] => {
      const by = access.roleOf(from);
      if (by?.kind !== 'role') return [];
      const source = { 'aws:SourceArn': from.arn, 'aws:SourceAccount': ACCOUNT };
      return [
        { by: service(name), from, requests: [request('sts:AssumeRole', by.arn, source)] },
        { by, from, requests: [...logging(from), ...tracing(from)].map(([action, on]) => request(action, on)) },
      ];
    }),
  );
}

type Needed = readonly [action: string, resource: string];

function logging({ properties, type }: Resource<Running>): readonly Needed[] {
  if (type === 'AWS::Lambda::Function') {
    const group = properties.LoggingConfig?.LogGroup;
    const actions = group === undefined ? [] : ['logs:CreateLogStream', 'logs:PutLogEvents'];
    return actions.map((action) => [action, arnOf('AWS::Logs::LogGroup', group ?? '')]);
  }
  const level = properties.LoggingConfiguration?.Level ?? 'OFF';
  return level === 'OFF' ? [] : LOG_DELIVERY.map((action) => [`logs:${action}`, '*']);
}

const LOG_DELIVERY = [
  'CreateLogDelivery',
  'GetLogDelivery',
  'UpdateLogDelivery',
  'DeleteLogDelivery',
  'ListLogDeliveries',
  'PutResourcePolicy',
  'DescribeResourcePolicies',
  'DescribeLogGroups',
];

function tracing({ properties, type }: Resource<Running>): readonly Needed[] {
  const sent = ['PutTraceSegments', 'PutTelemetryRecords'];
  const sampled = ['GetSamplingRules', 'GetSamplingTargets'];
  if (properties.TracingConfig?.Mode === 'Active') return sent.map((action) => [`xray:${action}`, '*']);
  const isTraced = type === 'AWS::StepFunctions::StateMachine' && properties.TracingConfiguration?.Enabled === true;
  return isTraced ? [...sent, ...sampled].map((action) => [`xray:${action}`, '*']) : [];
}
