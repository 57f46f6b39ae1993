import { ArnFormat, type IResolvable, Names, Reference, Stack, Tokenization, Validations } from 'aws-cdk-lib';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import { ArnPrincipal, type IGrantable, type IRole, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct, type IConstruct } from 'constructs';

/*
 * These permissions name exact actions and resources. The CDK's grants are wider: a sender could re-encrypt with every
 * key operation, and a reader could scan the whole table.
 */

type KeyAction = 'Decrypt' | 'DescribeKey' | 'Encrypt' | 'GenerateDataKey' | 'ReEncryptFrom' | 'ReEncryptTo';

type ItemAction = 'GetItem' | 'PutItem' | 'UpdateItem' | 'DeleteItem';

export function allow(grantee: IGrantable, actions: readonly string[], resource: string): void {
  grantee.grantPrincipal.addToPrincipalPolicy(statement(actions, resource));
}

export function statement(actions: readonly string[], resource: string): PolicyStatement {
  return new PolicyStatement({ actions: [...actions], resources: [resource] });
}

/** Allows actions on a resource that AWS can't name without a wildcard, for the given reason. */
export function allowWildcard(role: IRole, actions: readonly string[], resource: string, reason: string): void {
  allow(role, actions, resource);
  acknowledgeWildcard(role, resource, reason);
}

/** @param scope role or policy whose statement has the wildcard */
export function acknowledgeWildcard(scope: IConstruct, resource: string, reason: string): void {
  Validations.of(scope).acknowledge({ id: `AwsSolutions-IAM5[Resource::${readable(scope, resource)}]`, reason });
}

export function allowItems(grantee: IGrantable, table: ITable, ...actions: readonly ItemAction[]): void {
  allow(
    grantee,
    actions.map((action) => `dynamodb:${action}`),
    table.tableArn,
  );
  allowTableKey(grantee, table);
}

/** Allows access to items with these partition keys only. `*` matches any text. */
export function allowItemsOf(
  grantee: IGrantable,
  table: ITable,
  keys: readonly string[],
  ...actions: readonly ItemAction[]
): void {
  grantee.grantPrincipal.addToPrincipalPolicy(
    new PolicyStatement({
      actions: actions.map((action) => `dynamodb:${action}`),
      resources: [table.tableArn],
      conditions: {
        'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': keys },
        // For a request without keys, the condition above holds.
        Null: { 'dynamodb:LeadingKeys': 'false' },
      },
    }),
  );
  allowTableKey(grantee, table);
}

/** Allows reading these attributes of any item, and no others. */
export function allowAttributesOf(grantee: IGrantable, table: ITable, attributes: readonly string[]): void {
  grantee.grantPrincipal.addToPrincipalPolicy(
    new PolicyStatement({
      actions: ['dynamodb:GetItem'],
      resources: [table.tableArn],
      conditions: {
        'ForAllValues:StringEquals': { 'dynamodb:Attributes': attributes },
        StringEquals: { 'dynamodb:Select': 'SPECIFIC_ATTRIBUTES' },
        // For a request that names no attribute, the first condition holds.
        Null: { 'dynamodb:Attributes': 'false' },
      },
    }),
  );
  allowTableKey(grantee, table);
}

/** @param indexName index to read instead of the table. @default - the table */
export function allowQuery(grantee: IGrantable, table: ITable, indexName?: string): void {
  allow(grantee, ['dynamodb:Query'], table.tableArn + (indexName === undefined ? '' : `/index/${indexName}`));
  allowTableKey(grantee, table);
}

/** Allows reading a whole table. Use it for small tables only. */
export function allowScan(grantee: IGrantable, table: ITable): void {
  allow(grantee, ['dynamodb:Scan'], table.tableArn);
  allowTableKey(grantee, table);
}

/** Grants what the event source mapping of a stream needs. */
export function allowStream(grantee: IGrantable, table: ITable): void {
  const actions = ['DescribeStream', 'GetRecords', 'GetShardIterator', 'ListStreams'];
  allow(
    grantee,
    actions.map((action) => `dynamodb:${action}`),
    streamArn(table),
  );
  allowTableKey(grantee, table);
}

export function streamArn(table: ITable): string {
  if (table.tableStreamArn === undefined) throw new Error(`table ${table.node.path} must have a stream, got none`);
  return table.tableStreamArn;
}

/** The parts of a queue that permissions need. The queue may be yours. */
export type SealedQueue = Pick<IQueue, 'queueArn' | 'encryptionMasterKey'>;

export function allowSend(grantee: IGrantable, queue: SealedQueue): void {
  for (const each of sending(queue)) grantee.grantPrincipal.addToPrincipalPolicy(each);
}

/** The statements for a state that sends to the queue, as {@link publishing}. */
export function sending({ queueArn, encryptionMasterKey }: SealedQueue): readonly PolicyStatement[] {
  const send = statement(['sqs:SendMessage'], queueArn);
  if (!encryptionMasterKey) return [send];
  return [send, keyStatement(encryptionMasterKey, 'sqs', ['Decrypt', 'GenerateDataKey'])];
}

/** Allows adding objects to a bucket, and nothing else. @param keys pattern of their keys */
export function allowPutObject(grantee: IGrantable, bucket: IBucket, keys = '*'): void {
  allow(grantee, ['s3:PutObject'], bucket.arnForObjects(keys));
  allowKey(grantee, bucket.encryptionKey, 's3', ['GenerateDataKey']);
  const { grantPrincipal } = grantee;
  if (Construct.isConstruct(grantPrincipal)) acknowledgeWildcard(grantPrincipal, bucket.arnForObjects(keys), OWN_KEYS);
}

/** Allows reading objects of a bucket. Only who may list them hears that one is missing; others are just denied. */
export function allowGetObject(role: IRole, bucket: IBucket, keys: string): void {
  allowWildcard(role, ['s3:GetObject'], bucket.arnForObjects(keys), OWN_KEYS);
  allow(role, ['s3:ListBucket'], bucket.bucketArn);
  allowKey(role, bucket.encryptionKey, 's3', ['Decrypt']);
}

const OWN_KEYS = 'Each object has a key of its own.';

export function allowPublish(grantee: IGrantable, topic: ITopic): void {
  for (const each of publishing(topic)) grantee.grantPrincipal.addToPrincipalPolicy(each);
}

/**
 * The statements for a state that publishes to the topic. A state has no role, but passes statements to its machine.
 */
export function publishing(topic: ITopic): readonly PolicyStatement[] {
  const publish = statement(['sns:Publish'], topic.topicArn);
  if (!topic.masterKey) return [publish];
  return [publish, keyStatement(topic.masterKey, 'sns', ['Decrypt', 'GenerateDataKey'])];
}

/** Grants what the event source mapping of a queue needs. */
export function allowReceive(grantee: IGrantable, queue: SealedQueue): void {
  allow(grantee, ['sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage'], queue.queueArn);
  allowKey(grantee, queue.encryptionMasterKey, 'sqs', ['Decrypt']);
}

/** Allows reading the number of messages in a queue. */
export function allowCounting(grantee: IGrantable, queue: IQueue): void {
  allow(grantee, ['sqs:GetQueueAttributes'], queue.queueArn);
}

export type QueueAction =
  | 'ChangeMessageVisibility'
  | 'DeleteMessage'
  | 'GetQueueAttributes'
  | 'ListQueueTags'
  | 'ReceiveMessage'
  | 'SendMessage';

/** Allows actions on several queues in one statement, without their key. */
export function allowQueues(grantee: IGrantable, queues: readonly IQueue[], actions: readonly QueueAction[]): void {
  if (queues.length === 0) return;
  grantee.grantPrincipal.addToPrincipalPolicy(
    new PolicyStatement({
      actions: actions.map((action) => `sqs:${action}`),
      resources: queues.map(({ queueArn }) => queueArn),
    }),
  );
}

/**
 * Lets a role of the pipeline use the queue of a lane, by the queue's own policy. A policy of the role would grow with
 * the number of lanes. The role still needs the queue's key.
 */
export function letUse(queue: IQueue, role: IRole, actions: readonly QueueAction[]): void {
  queue.addToResourcePolicy(
    new PolicyStatement({
      principals: [new ArnPrincipal(role.roleArn)],
      actions: actions.map((action) => `sqs:${action}`),
      resources: [queue.queueArn],
    }),
  );
}

/** Allows sending to queues with this key and receiving from them. */
export function allowQueueKey(grantee: IGrantable, key: IKey): void {
  allowKey(grantee, key, 'sqs', ['Decrypt', 'GenerateDataKey']);
}

/** Allows a function to set the visibility timeout of single messages. */
export function allowHide(grantee: IGrantable, queue: IQueue): void {
  allow(grantee, ['sqs:ChangeMessageVisibility'], queue.queueArn);
}

/** ARN of a secret in the stack's account. Secrets Manager adds a hyphen and six characters to its name. */
export function secretArn(scope: IConstruct, secretName: string): string {
  return Stack.of(scope).formatArn({
    service: 'secretsmanager',
    resource: 'secret',
    resourceName: `${secretName}-??????`,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
}

/** Formats a resource as cdk-nag does: `<LogicalId.Attribute>` for a value that exists only after the deployment. */
function readable(scope: IConstruct, resource: string): string {
  const resolved: string | { 'Fn::Join': [string, (string | CloudFormationReference)[]] } = Stack.of(scope).resolve(
    withParameters(scope, resource),
  );
  if (typeof resolved === 'string') return resolved;
  const [separator, parts] = resolved['Fn::Join'];
  return parts
    .map((part) => {
      if (typeof part === 'string') return part;
      if ('Ref' in part) return `<${part.Ref}>`;
      return 'Fn::GetAtt' in part ? `<${part['Fn::GetAtt'].join('.')}>` : JSON.stringify(part);
    })
    .join(separator);
}

/** Writes what a nested stack gets from the stack around it as the parameter that the CDK makes of it. */
function withParameters(scope: IConstruct, resource: string): string {
  if (!Stack.of(scope).nested) return resource;
  const parameterOf = (token: IResolvable) =>
    Reference.isReference(token) && Stack.of(token.target) !== Stack.of(scope)
      ? `<referenceto${Names.nodeUniqueId(token.target.node)}${token.displayName}>`
      : token;
  const join = (left: unknown, right: unknown) => `${left ?? ''}${right ?? ''}`;
  const fragments = Tokenization.reverseString(resource).mapTokens({ mapToken: parameterOf });
  return fragments.length > 1 ? fragments.join({ join }) : resource;
}

type CloudFormationReference =
  | { readonly Ref: string }
  | { readonly 'Fn::GetAtt': readonly string[] }
  | { readonly 'Fn::Select': readonly unknown[] };

/** The key actions that DynamoDB documents for users of an encrypted table, without those for its creator. */
const TABLE_KEY = ['Decrypt', 'DescribeKey', 'Encrypt', 'GenerateDataKey', 'ReEncryptFrom', 'ReEncryptTo'] as const;

function allowTableKey(grantee: IGrantable, table: ITable): void {
  allowKey(grantee, table.encryptionKey, 'dynamodb', TABLE_KEY);
}

/** Allows the key of an encrypted table by its alias, for a function whose stack must not refer to the key's. */
export function allowTableKeyByAlias(fn: IFunction, alias: string): void {
  const { region, urlSuffix } = Stack.of(fn);
  const keys = Stack.of(fn).formatArn({ service: 'kms', resource: 'key', resourceName: '*' });
  fn.grantPrincipal.addToPrincipalPolicy(
    new PolicyStatement({
      actions: TABLE_KEY.map((action) => `kms:${action}`),
      resources: [keys],
      conditions: {
        StringEquals: { 'kms:ViaService': `dynamodb.${region}.${urlSuffix}` },
        'ForAnyValue:StringEquals': { 'kms:ResourceAliases': alias },
      },
    }),
  );
  if (fn.role) acknowledgeWildcard(fn.role, keys, 'The condition admits the key with this alias only.');
}

/** Lets the grantee use the key only through the service. */
function allowKey(grantee: IGrantable, key: IKey | undefined, service: string, actions: readonly KeyAction[]): void {
  if (key) grantee.grantPrincipal.addToPrincipalPolicy(keyStatement(key, service, actions));
}

function keyStatement(key: IKey, service: string, actions: readonly KeyAction[]): PolicyStatement {
  const { region, urlSuffix } = Stack.of(key);
  return new PolicyStatement({
    actions: actions.map((action) => `kms:${action}`),
    resources: [key.keyArn],
    conditions: { StringEquals: { 'kms:ViaService': `${service}.${region}.${urlSuffix}` } },
  });
}
