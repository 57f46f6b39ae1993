import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Assembly, readAssembly } from '../../../tools/local/assembly.ts';
import { Access } from '../../../tools/local/policies/access.ts';
import type { ApiCall } from '../../../tools/local/policies/api-request.ts';
import { requestsOf } from '../../../tools/local/policies/api-requests.ts';
import { checkDeliveries } from '../../../tools/local/policies/deliveries.ts';
import { ownRole } from '../../../tools/local/policies/policy-account.ts';
import type { Statement } from '../../../tools/local/policies/statement.ts';
import { synthesize } from './fixture/shop.ts';
import { writeAssembly } from './fixture/write-assembly.ts';

const arn = (service: string, rest: string) => `arn:aws:${service}:us-east-1:000000000000:${rest}`;
const KEY = { Type: 'AWS::KMS::Key' };
const key = { 'Fn::GetAtt': ['Key', 'Arn'] };
const Resources = {
  Role: { Type: 'AWS::IAM::Role', Properties: {} },
  Key: KEY,
  Queue: {
    Type: 'AWS::SQS::Queue',
    Properties: { KmsMasterKeyId: key, Tags: [{ Key: 'part', Value: 'lane' }] },
  },
  Plain: { Type: 'AWS::SQS::Queue', Properties: { KmsMasterKeyId: 'alias/aws/sqs' } },
  Topic: { Type: 'AWS::SNS::Topic', Properties: { KmsMasterKeyId: key } },
  Bus: { Type: 'AWS::Events::EventBus', Properties: { Name: 'bus' } },
  Table: {
    Type: 'AWS::DynamoDB::Table',
    Properties: {
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      GlobalSecondaryIndexes: [{ IndexName: 'due', KeySchema: [{ AttributeName: 'shard', KeyType: 'HASH' }] }],
      SSESpecification: { KMSMasterKeyId: key },
    },
  },
};
const shop = readAssembly(writeAssembly({ One: { Resources } }), 'http://cloud');
const called = (service: ApiCall['service'], operation: string, input: object | string) =>
  ({ service, operation, body: typeof input === 'string' ? input : JSON.stringify(input) }) as const;

describe('what AWS checks for a call', () => {
  const used = (...actions: string[]) => actions.map((action) => `kms:${action} ${arn('kms', 'key/One-Key')}`);
  const table = arn('dynamodb', 'table/One-Table');
  it.each<[string, ApiCall, readonly string[]]>([
    [
      'a message, and its key',
      called('sqs', 'SendMessageBatch', { QueueUrl: 'http://cloud/000000000000/One-Queue' }),
      [`sqs:SendMessage ${arn('sqs', 'One-Queue')}`, ...used('GenerateDataKey', 'Decrypt')],
    ],
    [
      'a deletion, without the key',
      called('sqs', 'DeleteMessage', { QueueUrl: 'http://cloud/000000000000/One-Queue' }),
      [`sqs:DeleteMessage ${arn('sqs', 'One-Queue')}`],
    ],
    [
      "a message under AWS's own key",
      called('sqs', 'SendMessage', { QueueUrl: 'http://cloud/000000000000/One-Plain' }),
      [`sqs:SendMessage ${arn('sqs', 'One-Plain')}`],
    ],
    [
      'a notification',
      called('sns', 'Publish', `Action=Publish&TopicArn=${encodeURIComponent(arn('sns', 'One-Topic'))}`),
      [`sns:Publish ${arn('sns', 'One-Topic')}`, ...used('GenerateDataKey', 'Decrypt')],
    ],
    [
      'an index',
      called('dynamodb', 'Query', { TableName: 'One-Table', IndexName: 'due' }),
      [`dynamodb:Query ${table}/index/due`, ...used('Decrypt')],
    ],
    [
      'each event, on its bus',
      called('events', 'PutEvents', { Entries: [{ EventBusName: 'bus' }, { EventBusName: arn('events', 'b') }, {}] }),
      [
        `events:PutEvents ${arn('events', 'event-bus/bus')}`,
        `events:PutEvents ${arn('events', 'b')}`,
        `events:PutEvents ${arn('events', 'event-bus/default')}`,
      ],
    ],
    [
      'a secret, by its name',
      called('secretsmanager', 'GetSecretValue', { SecretId: 'shop' }),
      [`secretsmanager:GetSecretValue ${arn('secretsmanager', 'secret:shop-AbCdEf')}`],
    ],
    [
      'parameters below a path',
      called('ssm', 'GetParametersByPath', { Path: '/lanes' }),
      [`ssm:GetParametersByPath ${arn('ssm', 'parameter/lanes')}`],
    ],
    ['nothing, if the queue does not exist', called('sqs', 'SendMessage', { QueueUrl: 'http://cloud/1/none' }), []],
  ])('is about %s', (_, call, expected) => {
    expect(requestsOf(call, shop).map(({ action, resource }) => `${action} ${resource}`)).toEqual(expected);
  });

  const table1 = { TableName: 'One-Table' };
  it.each<[string, string, object, object]>([
    ['the key of an item', 'GetItem', { Key: { id: { S: 'a' } } }, { 'dynamodb:LeadingKeys': ['a'] }],
    ['the key of a whole item', 'PutItem', { Item: { id: { S: 'a' } } }, { 'dynamodb:LeadingKeys': ['a'] }],
    [
      'the key of a query',
      'Query',
      {
        KeyConditionExpression: '#a = :a AND at > :t',
        ExpressionAttributeNames: { '#a': 'id' },
        ExpressionAttributeValues: { ':a': { S: 'a' }, ':t': { N: '1' } },
      },
      { 'dynamodb:LeadingKeys': ['a'] },
    ],
    [
      'the key of an index',
      'Query',
      {
        IndexName: 'due',
        KeyConditionExpression: 'shard = :s',
        ExpressionAttributeValues: { ':s': { S: 's-1' } },
      },
      { 'dynamodb:LeadingKeys': ['s-1'] },
    ],
    [
      'the attributes of a projection',
      'GetItem',
      { Key: { id: { S: 'a' } }, ProjectionExpression: '#e, note.text', ExpressionAttributeNames: { '#e': 'excerpt' } },
      { 'dynamodb:Attributes': ['id', 'excerpt', 'note'], 'dynamodb:Select': 'SPECIFIC_ATTRIBUTES' },
    ],
    [
      'the attributes of an update',
      'UpdateItem',
      {
        Key: { id: { S: 'a' } },
        UpdateExpression: 'SET #s = :s, tries = if_not_exists(tries, :n) REMOVE lease',
        ConditionExpression: 'attribute_exists(id) AND NOT #s IN (:t)',
        ExpressionAttributeNames: { '#s': 'state' },
      },
      { 'dynamodb:Attributes': ['id', 'state', 'tries', 'lease'] },
    ],
    ['no key of a scan', 'Scan', {}, {}],
    [
      'the keys of a batch',
      'BatchWriteItem',
      {
        TableName: undefined,
        RequestItems: {
          'One-Table': [{ PutRequest: { Item: { id: { S: 'a' } } } }, { DeleteRequest: { Key: { id: { S: 'b' } } } }],
        },
      },
      { 'dynamodb:LeadingKeys': ['a', 'b'] },
    ],
  ])('knows %s', (_, operation, input, expected) => {
    const [first] = requestsOf(called('dynamodb', operation, { ...table1, ...input }), shop);
    expect(first?.context).toMatchObject(expected);
    if (!('dynamodb:LeadingKeys' in expected) && operation === 'Scan') expect(first?.context).toEqual({});
  });

  it('knows the tags of a queue, source and type of an event, and the service that uses a key', () => {
    const [send, use] = requestsOf(called('sqs', 'SendMessage', { QueueUrl: '/One-Queue' }), shop);
    expect(send?.context).toEqual({ 'aws:ResourceTag/part': 'lane' });
    expect(use?.context).toEqual({ 'kms:ViaService': 'sqs.us-east-1.amazonaws.com' });
    const entry = { EventBusName: 'bus', Source: 'shop', DetailType: 'Operation Failed' };
    const [put] = requestsOf(called('events', 'PutEvents', { Entries: [entry] }), shop);
    expect(put?.context).toEqual({ 'events:source': 'shop', 'events:detail-type': 'Operation Failed' });
  });
});

describe('a call that no policy allows', () => {
  const access = new Access(shop);
  const allow = (Action: string): Statement => ({ Effect: 'Allow', Action, Resource: '*' });

  it.each<[ApiCall['service'], string, object | string, string]>([
    ['sqs', 'SendMessage', { QueueUrl: '/One-Plain' }, 'AccessDenied'],
    ['sns', 'Publish', `TopicArn=${arn('sns', 'One-Topic')}`, 'AuthorizationError'],
    ['dynamodb', 'GetItem', { TableName: 'One-Table', Key: { id: { S: 'a' } } }, 'AccessDeniedException'],
    ['events', 'PutEvents', { Entries: [{ EventBusName: 'bus' }] }, 'AccessDeniedException'],
    ['secretsmanager', 'GetSecretValue', { SecretId: 'shop' }, 'AccessDeniedException'],
  ])('fails as %s says it', (service, operation, input, name) => {
    const call = called(service, operation, input);
    const { action, resource } = requestsOf(call, shop)[0] ?? {};
    const message = `User: arn:aws:sts::000000000000:assumed-role/Fn is not authorized to perform: ${action} on resource: ${resource} because no policy allows the ${action} action`;
    expect(() => access.check(ownRole('Fn', []), call)).toThrow(expect.objectContaining({ name, message }));
    expect(access.check(undefined, call)).toBeUndefined();
  });

  it('fails for the key of a queue, too', () => {
    const call = called('sqs', 'SendMessage', { QueueUrl: '/One-Queue' });
    const error = { name: 'KMS.AccessDeniedException', message: expect.stringContaining('kms:GenerateDataKey') };
    expect(() => access.check(ownRole('Sender', [allow('sqs:*')]), call)).toThrow(expect.objectContaining(error));
  });
});

describe('a delivery that the templates declare', () => {
  let folder: string;
  let assembly: Assembly;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'access-'));
    assembly = readAssembly(synthesize(folder), 'http://cloud');
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  /** The same assembly without one resource. Deliveries are judged by the templates only. */
  const without = (id: string): Assembly => ({
    ...assembly,
    templates: Object.fromEntries(
      Object.entries(assembly.templates).map(([name, template]) => {
        const { [id]: _, ...Resources } = template.Resources ?? {};
        return [name, { ...template, Resources }];
      }),
    ),
  });
  const idsOf = (pattern: RegExp) =>
    Object.values(assembly.templates).flatMap(({ Resources = {} }) =>
      Object.entries(Resources)
        .filter(([, { Type }]) => pattern.test(Type))
        .map(([id]) => id),
    );

  it('is allowed by the policies that the CDK writes', () => {
    expect(() => checkDeliveries(assembly, new Access(assembly))).not.toThrow();
  });

  it('stops the start of the cloud, whichever policy of a resource is missing', () => {
    const ids = idsOf(/::(?:QueuePolicy|Permission)$/);
    expect(ids.length).toBeGreaterThan(5);
    const unnoticed = ids.filter((id) => {
      const less = without(id);
      try {
        checkDeliveries(less, new Access(less));
        return true;
      } catch (error) {
        expect(String(error)).toMatch(/no policy allows these deliveries:\n\w+ \(AWS::\w+::\w+\): (?:sqs|lambda):/);
        return false;
      }
    });
    expect(unnoticed).toEqual([]);
  });

  it.each(['announce', 'intake', 'report'])('stops it, if the role of %s may not read or tell', (name) => {
    const [id = ''] = idsOf(/IAM::Policy$/).filter((each) => each.startsWith(name));
    const less = without(id);
    expect(() => checkDeliveries(less, new Access(less))).toThrow('no policy allows these deliveries');
  });
});
