import type { Assembly, Resource } from '../assembly.ts';
import type { ServiceName } from '../protocol.ts';
import { ACCOUNT, REGION } from '../resource-kinds.ts';
import { type ApiCall, type ApiRequest, request } from './api-request.ts';
import { tableRequest } from './table-requests.ts';

// biome-ignore lint/suspicious/noExplicitAny: an SDK wrote the request.
type Input = any;

type Requests = (operation: string, input: Input, assembly: Assembly) => readonly ApiRequest[];

/**
 * What AWS checks for a call, use of keys included. Nothing for a resource that does not exist: then the service says
 * so.
 *
 * Source: service authorization reference; the chapters on encryption of SQS, SNS and DynamoDB.
 */
export function requestsOf({ service, operation, body }: ApiCall, assembly: Assembly): readonly ApiRequest[] {
  const input = isQuery(service) ? Object.fromEntries(new URLSearchParams(body)) : JSON.parse(body || '{}');
  return REQUESTS[service](operation, input, assembly);
}

function isQuery(service: ServiceName): boolean {
  return service === 'sns' || service === 'sts' || service === 'cloudformation';
}

const REQUESTS: Readonly<Record<ServiceName, Requests>> = {
  dynamodb: (operation, input, assembly) => {
    const names: readonly string[] = input.RequestItems ? Object.keys(input.RequestItems) : [input.TableName];
    return names.flatMap((name) => {
      const table = assembly.lookUp(name);
      return table ? [tableRequest(operation, input, table), ...keyRequests(table, ['Decrypt'], 'dynamodb')] : [];
    });
  },
  sqs: (operation, { QueueUrl }, assembly) => {
    if (QueueUrl === undefined) return [request(`sqs:${operation}`, '*')];
    const queue = assembly.lookUp(QueueUrl.replace(/^.*\//, ''));
    return queue ? queueRequests(operation.replace(/Batch$/, ''), queue) : [];
  },
  sns: (operation, { TopicArn = '' }, assembly) => {
    const topic = assembly.lookUp(TopicArn);
    if (!topic) return [];
    return [
      request(`sns:${operation}`, topic.arn),
      ...keyRequests(topic, operation === 'Publish' ? ['GenerateDataKey', 'Decrypt'] : [], 'sns'),
    ];
  },
  events: (operation, { Entries = [] }) =>
    Entries.map(({ EventBusName = 'default', Source = '', DetailType = '' }: Input) => {
      const bus = EventBusName.startsWith('arn:') ? EventBusName : arn('events', `event-bus/${EventBusName}`);
      return request(`events:${operation}`, bus, { 'events:source': Source, 'events:detail-type': DetailType });
    }),
  states: (operation, { stateMachineArn, executionArn }, assembly) => {
    // A task token names no machine. Policies name those whose tasks may be settled.
    const [machine] = assembly.all('AWS::StepFunctions::StateMachine');
    return [request(`states:${operation}`, stateMachineArn ?? executionArn ?? machine?.arn ?? '*')];
  },
  lambda: (operation, { FunctionName = '', UUID }, assembly) => {
    if (operation !== 'Invoke') {
      const mapping = assembly.lookUp(UUID);
      return mapping
        ? [request(`lambda:${operation}`, arn('lambda', `event-source-mapping:${UUID}`), tagsOf(mapping))]
        : [];
    }
    const invoked = assembly.lookUp(FunctionName.replace(/^.*:function:/, ''));
    return invoked ? [request('lambda:InvokeFunction', qualified(invoked.arn, FunctionName))] : [];
  },
  secretsmanager: (operation, { SecretId = '' }) => {
    // AWS adds six random characters to a name.
    const secret = SecretId.startsWith('arn:') ? SecretId : arn('secretsmanager', `secret:${SecretId}-AbCdEf`);
    return [request(`secretsmanager:${operation}`, secret)];
  },
  ssm: (operation, { Name, Path, OpsItemId }) => {
    if (operation.endsWith('OpsItem')) return [request(`ssm:${operation}`, arn('ssm', `opsitem/${OpsItemId ?? '*'}`))];
    const path: string | undefined = Name ?? Path;
    return [request(`ssm:${operation}`, path === undefined ? '*' : arn('ssm', `parameter/${path.replace(/^\//, '')}`))];
  },
  monitoring: (operation, { DashboardName: name }) => {
    const dashboard = `arn:aws:cloudwatch::${ACCOUNT}:dashboard/${name}`;
    return [request(`cloudwatch:${operation}`, name === undefined ? '*' : dashboard)];
  },
  s3: (operation, { Bucket, Key, IfNoneMatch }, assembly) => {
    const bucket = assembly.lookUp(Bucket);
    if (!bucket) return [];
    const context: Record<string, string> = {};
    if (operation === 'PutObject') context['s3:ObjectCreationOperation'] = 'true';
    if (IfNoneMatch !== undefined) context['s3:if-none-match'] = IfNoneMatch;
    return [
      // The head of an object needs the permission to read it.
      request(`s3:${operation.replace('Head', 'Get')}`, `${bucket.arn}/${Key}`, context),
      ...keyRequests(bucket, [operation === 'PutObject' ? 'GenerateDataKey' : 'Decrypt'], 's3'),
    ];
  },
  sts: (operation, { RoleArn = '*', ExternalId }) => [
    request(`sts:${operation}`, RoleArn, ExternalId === undefined ? {} : { 'sts:ExternalId': ExternalId }),
  ],
  cloudformation: (operation, { StackName }) => [
    request(
      `cloudformation:${operation}`,
      StackName === undefined ? '*' : arn('cloudformation', `stack/${StackName}/1`),
    ),
  ],
};

/** The ARN of a function, or of its alias or version if the reference says so. */
export function qualified(arn: string, reference: string): string {
  const [, qualifier] = /^(?:.*:function:)?[^:]+:([^:]+)$/.exec(reference) ?? [];
  return qualifier === undefined ? arn : `${arn}:${qualifier}`;
}

/** What a caller needs for an action on a queue. */
export function queueRequests(action: string, queue: Resource): readonly ApiRequest[] {
  return [request(`sqs:${action}`, queue.arn, tagsOf(queue)), ...keyRequests(queue, KEY_OF_QUEUE[action] ?? [], 'sqs')];
}

function tagsOf({ properties }: Resource): ApiRequest['context'] {
  const { Tags = [] } = properties as { readonly Tags?: readonly { Key: string; Value: string }[] };
  return Object.fromEntries(Tags.map(({ Key, Value }) => [`aws:ResourceTag/${Key}`, Value]));
}

const KEY_OF_QUEUE: Readonly<Record<string, readonly string[]>> = {
  SendMessage: ['GenerateDataKey', 'Decrypt'],
  ReceiveMessage: ['Decrypt'],
};

interface BucketKey {
  readonly ServerSideEncryptionByDefault?: { readonly KMSMasterKeyID?: string };
}

/** The use of a resource's own key. AWS's keys obey AWS. */
export function keyRequests({ properties }: Resource, actions: readonly string[], via: string): readonly ApiRequest[] {
  const { KmsMasterKeyId, SSESpecification, BucketEncryption } = properties as {
    readonly KmsMasterKeyId?: string;
    readonly BucketEncryption?: { readonly ServerSideEncryptionConfiguration: readonly BucketKey[] };
    readonly SSESpecification?: { readonly KMSMasterKeyId?: string };
  };
  const [ofBucket] = BucketEncryption?.ServerSideEncryptionConfiguration ?? [];
  const key =
    KmsMasterKeyId ?? SSESpecification?.KMSMasterKeyId ?? ofBucket?.ServerSideEncryptionByDefault?.KMSMasterKeyID;
  if (key === undefined || key.startsWith('alias/aws/')) return [];
  const context = { 'kms:ViaService': `${via}.${REGION}.amazonaws.com` };
  return actions.map((action) =>
    request(`kms:${action}`, key.startsWith('arn:') ? key : arn('kms', `key/${key}`), context),
  );
}

function arn(service: string, resource: string): string {
  return `arn:aws:${service}:${REGION}:${ACCOUNT}:${resource}`;
}
