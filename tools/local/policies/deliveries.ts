import type { Assembly, Resource } from '../assembly.ts';
import { ACCOUNT, REGION } from '../resource-kinds.ts';
import type { Access } from './access.ts';
import { type ApiRequest, request } from './api-request.ts';
import { keyRequests, qualified, queueRequests } from './api-requests.ts';
import type { Delivery } from './delivery.ts';
import { service } from './policy-account.ts';
import { runs } from './running.ts';

interface Destination {
  readonly DestinationConfig?: { readonly OnFailure?: { readonly Destination?: string } };
}

interface Target {
  readonly Arn: string;
  readonly RoleArn?: string;
  readonly DeadLetterConfig?: { readonly Arn?: string };
}

interface Subscription {
  readonly TopicArn: string;
  readonly Protocol: string;
  readonly Endpoint: string;
  readonly RedrivePolicy?: { readonly deadLetterTargetArn?: string };
}

type Find = (assembly: Assembly, access: Access) => readonly Delivery[];

/**
 * Checks all deliveries that the templates declare. AWS would refuse some at the deployment and lose the messages of
 * the others.
 *
 * @throws Error that names each delivery that AWS would deny
 */
export function checkDeliveries(assembly: Assembly, access: Access): void {
  const denied = FINDERS.flatMap((find) => find(assembly, access)).flatMap(({ by, from, requests }) => {
    const first = by && access.firstDenied(by, requests);
    return first ? [`${from.id} (${from.type}): ${first.action} on ${first.resource}`] : [];
  });
  if (denied.length > 0) throw new Error(`no policy allows these deliveries:\n${denied.join('\n')}`);
}

const FINDERS: readonly Find[] = [
  runs,
  buses,
  eventSources,
  ruleTargets,
  failureDestinations,
  subscriptions,
  routes,
  integrations,
  pipeSources,
];

/** A bus sends what it can't decrypt to a queue. */
function buses(assembly: Assembly): readonly Delivery[] {
  const all = assembly.all<Pick<Target, 'DeadLetterConfig'>>('AWS::Events::EventBus');
  return all.map((from) => {
    const requests = sentTo(from.properties.DeadLetterConfig?.Arn, assembly);
    return { by: service('events'), from, requests: onBehalfOf(from.arn, requests) };
  });
}

function eventSources(assembly: Assembly, access: Access): readonly Delivery[] {
  const mappings = assembly.all<Destination & { readonly EventSourceArn: string; readonly FunctionName: string }>(
    'AWS::Lambda::EventSourceMapping',
  );
  return mappings.map((from) => {
    const { EventSourceArn, FunctionName, DestinationConfig } = from.properties;
    const by = access.roleOf(assembly.find(FunctionName));
    const source = assembly.find(EventSourceArn);
    const read = EventSourceArn.includes(':sqs:') ? polled(source) : streamed(EventSourceArn, source);
    return { by, from, requests: [...read, ...sentTo(DestinationConfig?.OnFailure?.Destination, assembly)] };
  });
}

function polled(queue: Resource): readonly ApiRequest[] {
  return ['ReceiveMessage', 'DeleteMessage', 'GetQueueAttributes'].flatMap((action) => queueRequests(action, queue));
}

function streamed(stream: string, table: Resource): readonly ApiRequest[] {
  const actions = ['DescribeStream', 'GetShardIterator', 'GetRecords'];
  return [
    ...actions.map((action) => request(`dynamodb:${action}`, stream)),
    ...keyRequests(table, ['Decrypt'], 'dynamodb'),
  ];
}

function ruleTargets(assembly: Assembly, access: Access): readonly Delivery[] {
  return assembly.all<{ readonly Targets?: readonly Target[] }>('AWS::Events::Rule').flatMap((from) =>
    (from.properties.Targets ?? []).flatMap(({ Arn, RoleArn, DeadLetterConfig }) => {
      const events = service('events');
      const by = RoleArn === undefined ? events : access.roleOf({ properties: { RoleArn } });
      return [
        { by, from, requests: onBehalfOf(from.arn, sentTo(Arn, assembly)) },
        { by: events, from, requests: onBehalfOf(from.arn, sentTo(DeadLetterConfig?.Arn, assembly)) },
      ];
    }),
  );
}

function failureDestinations(assembly: Assembly, access: Access): readonly Delivery[] {
  const configs = assembly.all<Destination & { readonly FunctionName: string }>('AWS::Lambda::EventInvokeConfig');
  const functions = assembly.all<{ readonly DeadLetterConfig?: { readonly TargetArn?: string } }>(
    'AWS::Lambda::Function',
  );
  return [
    ...configs.map((from) => {
      const { FunctionName, DestinationConfig } = from.properties;
      const by = access.roleOf(assembly.find(FunctionName.replace(/^.*:function:/, '')));
      return { by, from, requests: sentTo(DestinationConfig?.OnFailure?.Destination, assembly) };
    }),
    ...functions.map((from) => ({
      by: access.roleOf(from),
      from,
      requests: sentTo(from.properties.DeadLetterConfig?.TargetArn, assembly),
    })),
  ];
}

function subscriptions(assembly: Assembly): readonly Delivery[] {
  return assembly.all<Subscription>('AWS::SNS::Subscription').map((from) => {
    const { TopicArn, Protocol, Endpoint, RedrivePolicy } = from.properties;
    const queues = [Protocol === 'sqs' ? Endpoint : undefined, RedrivePolicy?.deadLetterTargetArn];
    const requests = queues.flatMap((queue) => sentTo(queue, assembly));
    return { by: service('sns'), from, requests: onBehalfOf(TopicArn, requests) };
  });
}

function routes(assembly: Assembly): readonly Delivery[] {
  const all = assembly.all<{ readonly ApiId: string; readonly RouteKey: string; readonly Target: string }>(
    'AWS::ApiGatewayV2::Route',
  );
  const integrations = assembly.all<{ readonly IntegrationUri?: string }>('AWS::ApiGatewayV2::Integration');
  return all.flatMap((from) => {
    const { ApiId, RouteKey, Target } = from.properties;
    const uri = integrations.find(({ name }) => Target === `integrations/${name}`)?.properties.IntegrationUri;
    if (uri === undefined) return [];
    const route = `${ApiId}/$default/${RouteKey.replace(' /', '/')}`;
    const source = `arn:aws:execute-api:${REGION}:${ACCOUNT}:${route}`;
    return [{ by: service('apigateway'), from, requests: onBehalfOf(source, sentTo(uri, assembly)) }];
  });
}

/** An API that calls a service itself has a role for it. */
function integrations(assembly: Assembly, access: Access): readonly Delivery[] {
  const all = assembly.all<{ readonly Integration?: { readonly Credentials?: string } }>('AWS::ApiGateway::Method');
  return all.flatMap((from) => {
    const role = access.roleOf({ properties: { RoleArn: from.properties.Integration?.Credentials } });
    if (role?.kind !== 'role') return [];
    return [{ by: service('apigateway'), from, requests: [request('sts:AssumeRole', role.arn)] }];
  });
}

function pipeSources(assembly: Assembly, access: Access): readonly Delivery[] {
  return assembly
    .all<{ readonly Source: string }>('AWS::Pipes::Pipe')
    .map((from) => ({ by: access.roleOf(from), from, requests: polled(assembly.find(from.properties.Source)) }));
}

/** What a delivery to a queue, a function or a bus needs. */
function sentTo(arn: string | undefined, assembly: Assembly): readonly ApiRequest[] {
  if (arn === undefined) return [];
  if (arn.includes(':function:')) return [request('lambda:InvokeFunction', qualified(assembly.find(arn).arn, arn))];
  if (arn.includes(':sqs:')) return queueRequests('SendMessage', assembly.find(arn));
  const context = { 'events:source': 'lambda', 'events:detail-type': 'Lambda Function Invocation Result - Failure' };
  return arn.includes(':events:') ? [request('events:PutEvents', arn, context)] : [];
}

/** Requests of a service for one of the account's resources. */
function onBehalfOf(source: string, requests: readonly ApiRequest[]): readonly ApiRequest[] {
  const context = { 'aws:SourceArn': source, 'aws:SourceAccount': ACCOUNT };
  return requests.map((each) => ({ ...each, context: { ...each.context, ...context } }));
}
