import { ArnFormat, Stack, Validations } from 'aws-cdk-lib';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import { type IGrantable, type IRole, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { IConstruct } from 'constructs';

/*
 * Permissions that name the very actions and resources. The grants of the CDK are wider: a sender could re-encrypt with
 * every key operation, a reader could scan the whole table.
 */

type KeyAction = 'Decrypt' | 'DescribeKey' | 'Encrypt' | 'GenerateDataKey' | 'ReEncryptFrom' | 'ReEncryptTo';

export type ItemAction = 'GetItem' | 'PutItem' | 'UpdateItem' | 'DeleteItem';

export function allow(grantee: IGrantable, actions: readonly string[], resource: string): void {
  grantee.grantPrincipal.addToPrincipalPolicy(statement(actions, resource));
}

export function statement(actions: readonly string[], resource: string): PolicyStatement {
  return new PolicyStatement({ actions: [...actions], resources: [resource] });
}

/** For resources that AWS can't name without a wildcard, for the reason given. */
export function allowWildcard(role: IRole, actions: readonly string[], resource: string, reason: string): void {
  allow(role, actions, resource);
  acknowledgeWildcard(role, resource, reason);
}

/** @param scope role or policy with a statement that has the wildcard */
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

/** For items of these partition keys only, in which `*` stands for any text. */
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
      conditions: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': keys } },
    }),
  );
  allowTableKey(grantee, table);
}

export function allowQuery(grantee: IGrantable, table: ITable, indexName: string): void {
  allow(grantee, ['dynamodb:Query'], `${table.tableArn}/index/${indexName}`);
  allowTableKey(grantee, table);
}

/** For small tables that are read as a whole. */
export function allowScan(grantee: IGrantable, table: ITable): void {
  allow(grantee, ['dynamodb:Scan'], table.tableArn);
  allowTableKey(grantee, table);
}

/** What the event source mapping of a stream needs. */
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

/** What permissions need to know of a queue, which may be one of a team's own. */
export type SealedQueue = Pick<IQueue, 'queueArn' | 'encryptionMasterKey'>;

export function allowSend(grantee: IGrantable, queue: SealedQueue): void {
  allow(grantee, ['sqs:SendMessage'], queue.queueArn);
  allowKey(grantee, queue.encryptionMasterKey, 'sqs', ['Decrypt', 'GenerateDataKey']);
}

export function allowPublish(grantee: IGrantable, topic: ITopic): void {
  for (const each of publishing(topic)) grantee.grantPrincipal.addToPrincipalPolicy(each);
}

/** What a state needs that publishes to the topic: states are given no role, but pass on statements. */
export function publishing(topic: ITopic): readonly PolicyStatement[] {
  const publish = statement(['sns:Publish'], topic.topicArn);
  if (!topic.masterKey) return [publish];
  return [publish, keyStatement(topic.masterKey, 'sns', ['Decrypt', 'GenerateDataKey'])];
}

/** What the event source mapping of a queue needs. */
export function allowReceive(grantee: IGrantable, queue: SealedQueue): void {
  allow(grantee, ['sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage'], queue.queueArn);
  allowKey(grantee, queue.encryptionMasterKey, 'sqs', ['Decrypt']);
}

/** What it takes to see how many messages a queue holds. */
export function allowCounting(grantee: IGrantable, queue: IQueue): void {
  allow(grantee, ['sqs:GetQueueAttributes'], queue.queueArn);
}

type QueueAction =
  | 'ChangeMessageVisibility'
  | 'DeleteMessage'
  | 'GetQueueAttributes'
  | 'ReceiveMessage'
  | 'SendMessage';

/** The same for several queues, in one statement, without their key. */
export function allowQueues(grantee: IGrantable, queues: readonly IQueue[], actions: readonly QueueAction[]): void {
  if (queues.length === 0) return;
  grantee.grantPrincipal.addToPrincipalPolicy(
    new PolicyStatement({
      actions: actions.map((action) => `sqs:${action}`),
      resources: queues.map(({ queueArn }) => queueArn),
    }),
  );
}

/** What it takes to send to queues with that key, and to receive from them. */
export function allowQueueKey(grantee: IGrantable, key: IKey): void {
  allowKey(grantee, key, 'sqs', ['Decrypt', 'GenerateDataKey']);
}

/** What a function needs beside that which hides messages for a time of its own. */
export function allowHide(grantee: IGrantable, queue: IQueue): void {
  allow(grantee, ['sqs:ChangeMessageVisibility'], queue.queueArn);
}

/** ARN of a secret of the stack's account by its name, to which Secrets Manager adds a hyphen and six characters. */
export function secretArn(scope: IConstruct, secretName: string): string {
  return Stack.of(scope).formatArn({
    service: 'secretsmanager',
    resource: 'secret',
    resourceName: `${secretName}-??????`,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
}

/** A resource as cdk-nag writes it: what stands only when deployed as `<LogicalId.Attribute>`. */
function readable(scope: IConstruct, resource: string): string {
  const resolved: string | { 'Fn::Join': [string, (string | CloudFormationReference)[]] } =
    Stack.of(scope).resolve(resource);
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

type CloudFormationReference =
  | { readonly Ref: string }
  | { readonly 'Fn::GetAtt': readonly string[] }
  | { readonly 'Fn::Select': readonly unknown[] };

/** The actions that DynamoDB's documentation asks of those who use an encrypted table, but for those of who creates it. */
function allowTableKey(grantee: IGrantable, table: ITable): void {
  const actions = ['Decrypt', 'DescribeKey', 'Encrypt', 'GenerateDataKey', 'ReEncryptFrom', 'ReEncryptTo'] as const;
  allowKey(grantee, table.encryptionKey, 'dynamodb', actions);
}

/** Lets the grantee use the key through the service only, never directly. */
function allowKey(grantee: IGrantable, key: IKey | undefined, service: string, actions: readonly KeyAction[]): void {
  if (key) grantee.grantPrincipal.addToPrincipalPolicy(keyStatement(key, service, actions));
}

function keyStatement(key: IKey, service: string, actions: readonly KeyAction[]): PolicyStatement {
  return new PolicyStatement({
    actions: actions.map((action) => `kms:${action}`),
    resources: [key.keyArn],
    conditions: { StringEquals: { 'kms:ViaService': `${service}.${Stack.of(key).region}.amazonaws.com` } },
  });
}
