import { Stack } from 'aws-cdk-lib';
import { expect, it } from 'vitest';
import { ConfigError } from '../../../lib/config/validate-config.ts';
import { FailureStore } from '../../../lib/parts/failure-store.ts';
import { ResiliencePipeline } from '../../../lib/pipeline/resilience-pipeline.ts';
import { named, ownApp, resource, sharedTemplates, standIns } from '../templates.ts';

interface Statement {
  readonly Action: readonly string[];
  readonly Principal: { readonly Service?: unknown };
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

it('lets services use the key where they act on their own behalf, for what is ours', () => {
  const { state } = sharedTemplates();
  const { Statement } = resource(state, 'AWS::KMS::Key', 'StoreKey').Properties.KeyPolicy;
  const allowed = (Statement as Statement[])
    .filter(({ Principal }) => Principal.Service !== undefined)
    .map(({ Action, Principal, Condition = {} }) => ({
      service: [Principal.Service].flat().map(named).join(' and '),
      actions: Action,
      where: Object.values(Condition)
        .flatMap((conditions) => Object.entries(conditions))
        .map(([key, value]) => `${key} is ${named(value)}`),
    }));
  const decrypts = ['kms:Decrypt', 'kms:DescribeKey', 'kms:GenerateDataKey'];
  const events = 'arn:AWS::Partition:events:AWS::Region:AWS::AccountId';
  expect(allowed).toEqual([
    // Rules deliver to encrypted queues.
    { service: 'events.amazonaws.com', actions: decrypts, where: [] },
    // Alarms publish to encrypted topics, which forward to an encrypted queue.
    {
      service: 'cloudwatch.amazonaws.com and sns.amazonaws.com',
      actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
      where: [],
    },
    {
      service: 'logs.AWS::Region.AWS::URLSuffix',
      actions: ['kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey*', 'kms:ReEncrypt*'],
      where: ['kms:EncryptionContext:aws:logs:arn is arn:AWS::Partition:logs:AWS::Region:AWS::AccountId:log-group:*'],
    },
    // The buses themselves are encrypted.
    ...['Bus', 'Outcomes'].map((bus) => ({
      service: 'events.amazonaws.com',
      actions: decrypts,
      where: [
        'aws:SourceAccount is AWS::AccountId',
        expect.stringContaining(`aws:SourceArn is ${events}:event-bus/BackstopPipeline${bus}`),
        expect.stringContaining(`aws:events:event-bus:arn is ${events}:event-bus/BackstopPipeline${bus}`),
      ],
    })),
  ]);
});

it('belongs to one pipeline, because a second one would end the failures of the first', () => {
  const app = ownApp();
  const store = new FailureStore(new Stack(app, 'State'), 'Store');
  const pipeline = (name: string, of = store) =>
    new ResiliencePipeline(new Stack(app, name), 'Backstop', {
      store: of,
      handlers: standIns(),
      dependencies: { payments: { kind: 'http', baseUrl: 'https://payments.example.com' } },
    });
  pipeline('One');
  expect(() => pipeline('Two')).toThrow(
    new ConfigError([
      "store must belong to one pipeline, got the store of 'One/Backstop': give 'Two/Backstop' a FailureStore of its own",
    ]),
  );
  expect(pipeline('Three', new FailureStore(new Stack(app, 'OtherState'), 'Store')).store).not.toBe(store);
});

it('keeps an audit table in which nobody changes or deletes an item, and which outlives its stack', () => {
  const { state } = sharedTemplates();
  const { Properties } = resource(state, 'AWS::DynamoDB::Table', 'StoreAudit');
  expect(() =>
    state.hasResource('AWS::DynamoDB::Table', { DeletionPolicy: 'Retain', Properties: { ResourcePolicy: {} } }),
  ).not.toThrow();
  expect(Properties).toMatchObject({
    KeySchema: [
      { AttributeName: 'log', KeyType: 'HASH' },
      { AttributeName: 'key', KeyType: 'RANGE' },
    ],
    DeletionProtectionEnabled: true,
    PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
  });
  expect(Properties.ResourcePolicy.PolicyDocument.Statement).toEqual([
    {
      Effect: 'Deny',
      Principal: { AWS: '*' },
      Action: [
        'dynamodb:BatchWriteItem',
        'dynamodb:DeleteItem',
        'dynamodb:PartiQLDelete',
        'dynamodb:PartiQLUpdate',
        'dynamodb:UpdateItem',
      ],
      Resource: '*',
    },
  ]);
});
