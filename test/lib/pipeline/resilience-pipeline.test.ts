import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { named, resource, resourcesOf, sharedTemplates } from '../templates.ts';

const { pipeline, state } = sharedTemplates();
const all = (type: string) => Object.values(resourcesOf(pipeline, type)).map(({ Properties }) => Properties);

describe('what is kept', () => {
  it('outlives the stacks', () => {
    const retained = { DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' };
    expect(() => state.allResources('AWS::KMS::Key', retained)).not.toThrow();
    expect(() => pipeline.allResources('AWS::SQS::Queue', retained)).not.toThrow();
    for (const table of ['StoreLedger', 'StoreEffects']) {
      expect(resource(state, 'AWS::DynamoDB::Table', table)).toMatchObject({
        ...retained,
        Properties: { DeletionProtectionEnabled: true },
      });
    }
  });

  it('has encryption and point-in-time recovery', () => {
    expect(() => state.resourceCountIs('AWS::DynamoDB::Table', 4)).not.toThrow();
    expect(() =>
      state.allResourcesProperties('AWS::DynamoDB::Table', {
        BillingMode: 'PAY_PER_REQUEST',
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        SSESpecification: { SSEEnabled: true, SSEType: 'KMS' },
      }),
    ).not.toThrow();
  });

  it('is a ledger with a stream and indexes of what is not finished, of what belongs together, of ids, and of dead letters', () => {
    expect(() =>
      state.hasResourceProperties('AWS::DynamoDB::Table', {
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
        StreamSpecification: { StreamViewType: 'NEW_IMAGE' },
        GlobalSecondaryIndexes: [
          {
            IndexName: 'pending',
            KeySchema: [
              { AttributeName: 'pendingShard', KeyType: 'HASH' },
              { AttributeName: 'dueAt', KeyType: 'RANGE' },
            ],
            Projection: { ProjectionType: 'KEYS_ONLY' },
          },
          {
            IndexName: 'correlation',
            KeySchema: [
              { AttributeName: 'correlationId', KeyType: 'HASH' },
              { AttributeName: 'receivedAt', KeyType: 'RANGE' },
            ],
            Projection: { ProjectionType: 'KEYS_ONLY' },
          },
          {
            IndexName: 'failure',
            KeySchema: [
              { AttributeName: 'failureId', KeyType: 'HASH' },
              { AttributeName: 'receivedAt', KeyType: 'RANGE' },
            ],
            Projection: { ProjectionType: 'KEYS_ONLY' },
          },
          {
            IndexName: 'dead',
            KeySchema: [
              { AttributeName: 'deadOf', KeyType: 'HASH' },
              { AttributeName: 'settledAt', KeyType: 'RANGE' },
            ],
            Projection: { ProjectionType: 'KEYS_ONLY' },
          },
        ],
      }),
    ).not.toThrow();
  });

  it('is a memory of effects that forgets', () => {
    expect(() =>
      state.hasResourceProperties('AWS::DynamoDB::Table', {
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        TimeToLiveSpecification: { AttributeName: 'expiration', Enabled: true },
      }),
    ).not.toThrow();
  });

  it('is, for the time being, the circuits, with a stream that tells what has changed', () => {
    expect(resource(state, 'AWS::DynamoDB::Table', 'StoreCircuits')).toMatchObject({
      DeletionPolicy: 'Delete',
      Properties: {
        DeletionProtectionEnabled: false,
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
        StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
      },
    });
  });

  it('has a key that rotates', () => {
    expect(() => state.hasResourceProperties('AWS::KMS::Key', { EnableKeyRotation: true })).not.toThrow();
  });
});

describe('every queue', () => {
  it('is encrypted with the key', () => {
    const queues = all('AWS::SQS::Queue');
    expect(queues).toHaveLength(9);
    for (const queue of queues) expect(queue.KmsMasterKeyId).toBeDefined();
  });

  it('refuses calls without TLS', () => {
    const guarded = all('AWS::SQS::QueuePolicy')
      .filter(({ PolicyDocument }) =>
        PolicyDocument.Statement.some(
          ({ Effect, Action, Condition }: { Effect: string; Action: string; Condition?: object }) =>
            Effect === 'Deny' &&
            Action === 'sqs:*' &&
            JSON.stringify(Condition).includes('"aws:SecureTransport":"false"'),
        ),
      )
      .flatMap(({ Queues }) => Queues.map(({ Ref }: { Ref: string }) => Ref));
    expect(guarded.toSorted()).toEqual(Object.keys(resourcesOf(pipeline, 'AWS::SQS::Queue')).toSorted());
  });
});

describe('every rule', () => {
  const rules = Object.entries(resourcesOf(pipeline, 'AWS::Events::Rule'));

  it.each(rules)('has a retry policy and a dead-letter queue at each target: %s', (_, { Properties }) => {
    expect(Properties.Targets).not.toHaveLength(0);
    for (const target of Properties.Targets) {
      expect(target).toMatchObject({
        RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 },
        DeadLetterConfig: { Arn: expect.anything() },
      });
    }
  });

  it('is one for each lane, one for the rest, two for alerts, and two for open failures', () => {
    expect(rules).toHaveLength(7);
  });

  it('sends to the rejects what names no lane, with the reason and the whole event', () => {
    expect(() =>
      pipeline.hasResourceProperties('AWS::Events::Rule', {
        EventPattern: {
          'detail-type': ['Operation Failed'],
          detail: {
            $or: [
              { dependency: [{ 'anything-but': ['payments', 'stock-levels'] }] },
              { dependency: [{ exists: false }] },
            ],
          },
        },
        Targets: [
          Match.objectLike({
            Arn: { 'Fn::GetAtt': [Match.stringLikeRegexp('Rejects'), 'Arn'] },
            InputTransformer: {
              InputTemplate:
                '{"reason":{"code":"unknown-dependency","message":"detail.dependency names no registered dependency"},"event":<aws.events.event.json>}',
            },
          }),
        ],
      }),
    ).not.toThrow();
  });

  it('wakes the reconciler on schedule and for executions of our own that end badly', () => {
    expect(() =>
      pipeline.hasResourceProperties('AWS::Events::Rule', { ScheduleExpression: 'rate(5 minutes)' }),
    ).not.toThrow();
    expect(() =>
      pipeline.hasResourceProperties('AWS::Events::Rule', {
        EventPattern: {
          source: ['aws.states'],
          'detail-type': ['Step Functions Execution Status Change'],
          detail: { stateMachineArn: [Match.anyValue()], status: ['FAILED', 'TIMED_OUT', 'ABORTED'] },
        },
        EventBusName: Match.absent(),
      }),
    ).not.toThrow();
  });
});

describe('every function', () => {
  it.each(Object.entries(resourcesOf(pipeline, 'AWS::Lambda::Function')))(
    'says all that matters: %s',
    (_, { Properties }) => {
      expect(Properties).toMatchObject({
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        MemorySize: 512,
        Timeout: expect.any(Number),
        TracingConfig: { Mode: 'Active' },
        LoggingConfig: {
          LogFormat: 'JSON',
          ApplicationLogLevel: 'INFO',
          SystemLogLevel: 'INFO',
          LogGroup: { Ref: expect.any(String) },
        },
      });
    },
  );

  it('comes from the same asset', () => {
    const keys = all('AWS::Lambda::Function').map(({ Code }) => Code.S3Key);
    expect(keys).toHaveLength(15);
    expect(new Set(keys).size).toBe(1);
  });

  it('logs for a month, encrypted with the key', () => {
    const logs = all('AWS::Logs::LogGroup');
    expect(logs).toHaveLength(17);
    for (const log of logs) expect(log).toMatchObject({ RetentionInDays: 30, KmsKeyId: expect.anything() });
  });
});

it.each([
  ['ledger', 'PipelinePublisherSource', 'Ledger.StreamArn'],
  ['circuits', 'PipelinePublisherCircuitSource', 'Circuits.StreamArn'],
])('publishes from the stream of the %s only what has an outbox', (_, id, stream) => {
  const { Properties } = resource(pipeline, 'AWS::Lambda::EventSourceMapping', id);
  expect(named(Properties.EventSourceArn)).toBe(stream);
  expect(Properties).toMatchObject({
    BisectBatchOnFunctionError: true,
    MaximumRecordAgeInSeconds: 3_600,
    FunctionResponseTypes: ['ReportBatchItemFailures'],
    DestinationConfig: { OnFailure: { Destination: { 'Fn::GetAtt': [expect.stringContaining('LastResort'), 'Arn'] } } },
  });
  const [{ Pattern }] = Properties.FilterCriteria.Filters;
  expect(JSON.parse(Pattern)).toEqual({
    dynamodb: { NewImage: { outbox: { M: { eventId: { S: [{ exists: true }] } } } } },
  });
});

it('keeps what the reconciler fails at', () => {
  expect(() =>
    pipeline.hasResourceProperties('AWS::Lambda::EventInvokeConfig', {
      DestinationConfig: {
        OnFailure: { Destination: { 'Fn::GetAtt': [Match.stringLikeRegexp('LastResort'), 'Arn'] } },
      },
    }),
  ).not.toThrow();
});

it('encrypts both buses and keeps what they could not decrypt', () => {
  expect(() => pipeline.resourceCountIs('AWS::Events::EventBus', 2)).not.toThrow();
  expect(() =>
    pipeline.allResourcesProperties('AWS::Events::EventBus', {
      KmsKeyIdentifier: Match.anyValue(),
      DeadLetterConfig: { Arn: { 'Fn::GetAtt': [Match.stringLikeRegexp('LastResort'), 'Arn'] } },
    }),
  ).not.toThrow();
});

it('names its parts in outputs', () => {
  expect(Object.keys(pipeline.toJSON().Outputs)).toEqual([
    'ServiceName',
    'BusName',
    'OutcomeBusName',
    'LedgerTableName',
    'EffectsTableName',
    'CircuitsTableName',
    'AuditTableName',
    'KeyArn',
    'RejectsQueueUrl',
    'LastResortQueueUrl',
    'ParkedQueueUrl',
    'RecoveryMachineArn',
    'RetentionMs',
    'P1TopicArn',
    'P2TopicArn',
    'AlertDeadLettersQueueUrl',
    'OperatorUrl',
    'OperatorCommand',
    'HealthUrl',
    'OverviewDashboardName',
    'CostDashboardName',
    'OperatorPolicyArn',
    'OperatorPolicyArn2',
    'ReaderPolicyArn',
    'ReaderPolicyArn2',
    'RevealPolicyArn',
    'LanesPath',
  ]);
});
