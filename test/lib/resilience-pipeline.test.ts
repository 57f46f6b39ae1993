import { Duration } from 'aws-cdk-lib';
import { Match } from 'aws-cdk-lib/assertions';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { describe, expect, it } from 'vitest';
import type { PipelineOptions } from '../../lib/app.ts';
import { ConfigError } from '../../lib/index.ts';
import { definitionOf } from './machine-runner.ts';
import { named, resource, resourcesOf, synthesizeTemplates, testConfig } from './templates.ts';

const { pipeline, state } = synthesizeTemplates();
const all = (type: string) => Object.values(resourcesOf(pipeline, type)).map(({ Properties }) => Properties);

describe('what is kept', () => {
  it('outlives the stacks', () => {
    const retained = { DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' };
    state.allResources('AWS::KMS::Key', retained);
    pipeline.allResources('AWS::SQS::Queue', retained);
    for (const table of ['StoreLedger', 'StoreEffects']) {
      expect(resource(state, 'AWS::DynamoDB::Table', table)).toMatchObject({
        ...retained,
        Properties: { DeletionProtectionEnabled: true },
      });
    }
  });

  it('is encrypted and can be restored', () => {
    state.resourceCountIs('AWS::DynamoDB::Table', 3);
    state.allResourcesProperties('AWS::DynamoDB::Table', {
      BillingMode: 'PAY_PER_REQUEST',
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      SSESpecification: { SSEEnabled: true, SSEType: 'KMS' },
    });
  });

  it('is a ledger with a stream and an index of what is not finished', () => {
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
      ],
    });
  });

  it('is a memory of effects that forgets', () => {
    state.hasResourceProperties('AWS::DynamoDB::Table', {
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      TimeToLiveSpecification: { AttributeName: 'expiration', Enabled: true },
    });
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
    state.hasResourceProperties('AWS::KMS::Key', { EnableKeyRotation: true });
  });
});

describe('every queue', () => {
  it('is encrypted with the key', () => {
    const queues = all('AWS::SQS::Queue');
    expect(queues).toHaveLength(6);
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

  it('is one for each lane, one for the rest, and two for what was left open', () => {
    expect(rules).toHaveLength(5);
  });

  it('sends to the rejects what names no lane, with the reason and the whole event', () => {
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
    });
  });

  it('wakes the reconciler on schedule and for executions of our own that end badly', () => {
    pipeline.hasResourceProperties('AWS::Events::Rule', { ScheduleExpression: 'rate(5 minutes)' });
    pipeline.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: {
        source: ['aws.states'],
        'detail-type': ['Step Functions Execution Status Change'],
        detail: { stateMachineArn: [Match.anyValue()], status: ['FAILED', 'TIMED_OUT', 'ABORTED'] },
      },
      EventBusName: Match.absent(),
    });
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
    expect(keys).toHaveLength(9);
    expect(new Set(keys).size).toBe(1);
  });

  it('logs for a month, encrypted with the key', () => {
    const logs = all('AWS::Logs::LogGroup');
    expect(logs).toHaveLength(10);
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
  pipeline.hasResourceProperties('AWS::Lambda::EventInvokeConfig', {
    DestinationConfig: { OnFailure: { Destination: { 'Fn::GetAtt': [Match.stringLikeRegexp('LastResort'), 'Arn'] } } },
  });
});

it('encrypts the bus and keeps what it could not decrypt', () => {
  pipeline.hasResourceProperties('AWS::Events::EventBus', {
    KmsKeyIdentifier: Match.anyValue(),
    DeadLetterConfig: { Arn: { 'Fn::GetAtt': [Match.stringLikeRegexp('LastResort'), 'Arn'] } },
  });
});

it('names its parts in outputs', () => {
  expect(Object.keys(pipeline.toJSON().Outputs)).toEqual([
    'BusName',
    'LedgerTableName',
    'EffectsTableName',
    'CircuitsTableName',
    'KeyArn',
    'RejectsQueueUrl',
    'LastResortQueueUrl',
    'RecoveryMachineArn',
    'EscalationsTopicArn',
    'PaymentsLaneQueueUrl',
    'PaymentsLaneQueueArn',
    'PaymentsDeadLetterQueueUrl',
    'PaymentsDeadLetterQueueArn',
    'StockLevelsLaneQueueUrl',
    'StockLevelsLaneQueueArn',
    'StockLevelsDeadLetterQueueUrl',
    'StockLevelsDeadLetterQueueArn',
  ]);
});

describe('the options of a pipeline', () => {
  it('reach the functions', () => {
    const { pipeline: other } = synthesizeTemplates(testConfig, {
      deadline: Duration.hours(1),
      retention: Duration.days(15),
      reconcileEvery: Duration.minutes(1),
      reconcileAfter: Duration.seconds(90),
      batchSize: 1,
      logRetention: RetentionDays.ONE_WEEK,
      durableRetryInterval: Duration.minutes(1),
      runbookUrl: 'https://wiki.example.com/backstop',
    });
    expect(
      resource(other, 'AWS::Lambda::Function', 'PipelinePaymentsLaneWorker').Properties.Environment.Variables,
    ).toMatchObject({
      DEADLINE_MS: '3600000',
      RETENTION_MS: '1296000000',
      RECONCILE_AFTER_MS: '90000',
    });
    other.hasResourceProperties('AWS::Events::Rule', { ScheduleExpression: 'rate(1 minute)' });
    expect(JSON.stringify(definitionOf(other))).toContain('"ErrorEquals":["TransientError"],"IntervalSeconds":60');
    for (const id of ['PipelineReconcilerFunction', 'PipelineRecoveryFunctionsClassify']) {
      expect(resource(other, 'AWS::Lambda::Function', id).Properties.Environment.Variables).toMatchObject({
        RUNBOOK_URL: 'https://wiki.example.com/backstop',
      });
    }
    other.allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: 7 });
    other.hasResourceProperties('AWS::CloudWatch::Alarm', {
      AlarmDescription: Match.stringLikeRegexp('https://wiki.example.com/backstop#rejected-events$'),
    });
  });

  it.each<[string, PipelineOptions]>([
    [
      'deadline must be at most 23 hours (an execution of the Recovery machine ends after a day), got 1 day',
      { deadline: Duration.days(1) },
    ],
    ['deadline must be at least 1 second, got 1 milli', { deadline: Duration.millis(1) }],
    ['durableRetryInterval must be at least 1 second, got 999 millis', { durableRetryInterval: Duration.millis(999) }],
    ['durableRetryInterval must be at most 1 hour, got 2 hours', { durableRetryInterval: Duration.hours(2) }],
    [
      'retention must be at least 15 days (a dead-letter queue keeps letters for 14 days), got 14 days',
      { retention: Duration.days(14) },
    ],
    ['reconcileEvery must be at least 1 minute, got 30 seconds', { reconcileEvery: Duration.seconds(30) }],
    [
      'reconcileEvery must be whole minutes (EventBridge knows no others), got 1 minute 30 seconds',
      { reconcileEvery: Duration.seconds(90) },
    ],
    ['reconcileAfter must be at most 12 hours, got 13 hours', { reconcileAfter: Duration.hours(13) }],
    ['batchSize must be at most 10, got 11', { batchSize: 11 }],
    ["runbookUrl must be a text that is not empty, got ''", { runbookUrl: '' }],
    [
      'dedline is no setting, the settings are dependencies, store, deadline, durableRetryInterval, retention, reconcileEvery, reconcileAfter, batchSize, runbookUrl, logRetention, handlers',
      { dedline: Duration.hours(1) } as PipelineOptions,
    ],
  ])('fail the synth where they are wrong: %s', (mistake, options) => {
    expect(() => synthesizeTemplates(testConfig, options)).toThrow(new ConfigError([mistake]));
  });

  it.each<[string, Duration, PipelineOptions]>([
    ['the deadline (6 hours), got 12 hours', Duration.hours(12), {}],
    ['the deadline (1 hour), got 1 hour 1 second', Duration.seconds(3_601), { deadline: Duration.hours(1) }],
    ['23 hours, got 1 day', Duration.days(1), {}],
  ])('leave no fallback to be too late: at most %s', (mistake, after, options) => {
    const payments = { kind: 'http', baseUrl: 'https://example.com', fallback: { kind: 'skip', after } } as const;
    expect(() => synthesizeTemplates({ dependencies: { payments } }, options)).toThrow(
      new ConfigError([`dependency 'payments': fallback.after must be at most ${mistake}`]),
    );
  });

  it('are reported together with the mistakes of the config', () => {
    const dependencies = { payments: { kind: 'http', baseUrl: 'http://example.com' } as const };
    expect(() => synthesizeTemplates({ dependencies }, { batchSize: 0 })).toThrow(
      new ConfigError([
        "dependency 'payments': baseUrl must begin with https:// (http:// is for loopback hosts only), got 'http://example.com'",
        'batchSize must be at least 1, got 0',
      ]),
    );
  });
});
