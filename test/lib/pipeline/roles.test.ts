import { describe, expect, it } from 'vitest';
import { allowed, key, list, maySend, mayUseTables, statementsOf } from '../statements.ts';
import { named, resource, resourcesOf, sharedTemplates } from '../templates.ts';

const { pipeline } = sharedTemplates();

const statements = statementsOf(pipeline);

interface Grant {
  readonly Action: string;
  readonly Principal: { readonly AWS?: unknown };
  readonly Resource: unknown;
}

const everyEffect = { Effects: ['dynamodb:DeleteItem', 'dynamodb:GetItem', 'dynamodb:UpdateItem'] };
const everyCircuit = { Circuits: ['dynamodb:GetItem', 'dynamodb:UpdateItem'] };
const secret = {
  'arn:AWS::Partition:secretsmanager:AWS::Region:AWS::AccountId:secret:backstop/payments-??????': [
    'secretsmanager:GetSecretValue',
  ],
};
const lastResort = { LastResort: ['sqs:SendMessage'] };
const LANES = 'arn:AWS::Partition:ssm:AWS::Region:AWS::AccountId:parameter/backstop/BackstopPipeline/Pipeline';

const worker = (lane: string, name: string) => ({
  [`Ledger dynamodb:LeadingKeys ${name}/* or answer#${name}/*`]: [
    'dynamodb:GetItem',
    'dynamodb:PutItem',
    'dynamodb:UpdateItem',
  ],
  [`Effects dynamodb:LeadingKeys ${name}/*`]: everyEffect.Effects,
  [`Circuits dynamodb:LeadingKeys ${name}`]: everyCircuit.Circuits,
  ...mayUseTables,
  [`${lane}Queue`]: ['sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage', 'sqs:SendMessage'],
  Rejects: ['sqs:SendMessage'],
  ParkedQueue: ['sqs:SendMessage'],
  ...maySend,
  RecoveryMachine: ['states:StartExecution'],
});

/** Permissions by function, other than logging and tracing. */
const functions: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  PaymentsLaneWorker: { ...worker('PaymentsLane', 'payments'), ...secret },
  StockLevelsLaneWorker: worker('StockLevelsLane', 'stock-levels'),
  RecoveryFunctionsAttempt: {
    Ledger: ['dynamodb:GetItem', 'dynamodb:UpdateItem'],
    ...everyEffect,
    ...everyCircuit,
    ...mayUseTables,
    ...secret,
  },
  RecoveryFunctionsResolve: {
    Ledger: ['dynamodb:GetItem', 'dynamodb:UpdateItem'],
    ...everyEffect,
    ...everyCircuit,
    ...mayUseTables,
    ...secret,
  },
  RecoveryFunctionsAsk: { Ledger: ['dynamodb:GetItem', 'dynamodb:UpdateItem'], ...mayUseTables },
  RecoveryFunctionsDegrade: {
    Ledger: ['dynamodb:GetItem', 'dynamodb:UpdateItem'],
    ...everyEffect,
    ...everyCircuit,
    ...mayUseTables,
  },
  RecoveryFunctionsUndo: {
    Ledger: ['dynamodb:GetItem', 'dynamodb:UpdateItem'],
    ...everyEffect,
    ...everyCircuit,
    ...mayUseTables,
    ...secret,
  },
  RecoveryFunctionsClassify: { Ledger: ['dynamodb:GetItem'], ...mayUseTables },
  RecoveryFunctionsSettle: {
    Ledger: ['dynamodb:GetItem', 'dynamodb:UpdateItem'],
    Effects: ['dynamodb:GetItem'],
    ...mayUseTables,
    ...maySend,
  },
  PublisherFunction: {
    'Ledger.StreamArn': [
      'dynamodb:DescribeStream',
      'dynamodb:GetRecords',
      'dynamodb:GetShardIterator',
      'dynamodb:ListStreams',
    ],
    'Circuits.StreamArn': [
      'dynamodb:DescribeStream',
      'dynamodb:GetRecords',
      'dynamodb:GetShardIterator',
      'dynamodb:ListStreams',
    ],
    Ledger: ['dynamodb:GetItem', 'dynamodb:UpdateItem'],
    Circuits: ['dynamodb:GetItem', 'dynamodb:UpdateItem'],
    ...mayUseTables,
    Outcomes: ['events:PutEvents'],
    LastResort: ['sqs:SendMessage'],
    ...maySend,
  },
  Circuit: { ...everyCircuit, ...mayUseTables },
  HealthFunction: {
    Circuits: ['dynamodb:Scan'],
    'Ledger/index/pending': ['dynamodb:Query'],
    ...mayUseTables,
    [LANES]: ['ssm:GetParametersByPath'],
    [`${LANES}/*`]: ['ssm:GetParametersByPath'],
    Rejects: ['sqs:GetQueueAttributes'],
    LastResort: ['sqs:GetQueueAttributes'],
    ParkedQueue: ['sqs:GetQueueAttributes'],
    NotifierUndelivered: ['sqs:GetQueueAttributes'],
  },
  NotifierFunction: {
    'Ledger dynamodb:LeadingKeys incidents#*': ['dynamodb:GetItem', 'dynamodb:UpdateItem'],
    // Of a failure, it reads the excerpt only.
    'Ledger dynamodb:Attributes id or excerpt dynamodb:Select SPECIFIC_ATTRIBUTES': ['dynamodb:GetItem'],
    'Ledger/index/dead': ['dynamodb:Query'],
    'Ledger/index/pending': ['dynamodb:Query'],
    ...mayUseTables,
    NotifierSignals: [
      'sqs:ChangeMessageVisibility',
      'sqs:DeleteMessage',
      'sqs:GetQueueAttributes',
      'sqs:ReceiveMessage',
    ],
    [key('sqs')]: ['kms:Decrypt'],
    EscalationsP1: ['sns:Publish'],
    EscalationsP2: ['sns:Publish'],
    [key('sns')]: ['kms:Decrypt', 'kms:GenerateDataKey'],
  },
  OperatorFunction: {
    Ledger: ['dynamodb:GetItem', 'dynamodb:UpdateItem'],
    'Ledger dynamodb:LeadingKeys redrive#* or audit#*': ['dynamodb:PutItem'],
    Circuits: ['dynamodb:GetItem', 'dynamodb:UpdateItem'],
    'Effects dynamodb:LeadingKeys operator#*': [
      'dynamodb:DeleteItem',
      'dynamodb:GetItem',
      'dynamodb:PutItem',
      'dynamodb:UpdateItem',
    ],
    // No record can be changed, not even by the function that adds them.
    Audit: ['dynamodb:GetItem', 'dynamodb:PutItem'],
    ...mayUseTables,
    'Bus events:detail-type Operation Failed events:source backstop': ['events:PutEvents'],
    RecoveryMachine: ['states:SendTaskSuccess'],
    [`${LANES}/*`]: ['ssm:GetParameter'],
    'arn:AWS::Partition:lambda:AWS::Region:AWS::AccountId:event-source-mapping:* aws:ResourceTag/backstop:lane-part BackstopPipeline/Pipeline source':
      ['lambda:UpdateEventSourceMapping'],
  },
  ReconcilerFunction: {
    Ledger: ['dynamodb:GetItem', 'dynamodb:UpdateItem'],
    'Ledger/index/pending': ['dynamodb:Query'],
    Effects: ['dynamodb:GetItem'],
    Circuits: ['dynamodb:GetItem', 'dynamodb:Scan', 'dynamodb:UpdateItem'],
    ...mayUseTables,
    Outcomes: ['events:PutEvents'],
    RecoveryMachine: ['states:SendTaskSuccess', 'states:StartExecution'],
    'arn:AWS::Partition:states:AWS::Region:AWS::AccountId:execution:RecoveryMachine.Name:*': [
      'states:DescribeExecution',
    ],
    ...lastResort,
    ...maySend,
  },
};

describe('a role', () => {
  it.each(Object.entries(functions))('of %s allows what the function does and no more', (name, actions) => {
    expect(allowed(statements.filter(({ role }) => role === name))).toEqual({
      '*': ['xray:PutTelemetryRecords', 'xray:PutTraceSegments'],
      [`${name}Logs`]: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      ...actions,
    });
  });

  it('of the machine allows to call seven functions, to tell humans, and to send to the last resort', () => {
    const { '*': logsAndTraces, ...rest } = allowed(statements.filter(({ role }) => role === 'RecoveryMachine'));
    expect(logsAndTraces).toHaveLength(12);
    expect(rest).toEqual({
      RecoveryFunctionsAttempt: ['lambda:InvokeFunction'],
      RecoveryFunctionsResolve: ['lambda:InvokeFunction'],
      RecoveryFunctionsAsk: ['lambda:InvokeFunction'],
      RecoveryFunctionsClassify: ['lambda:InvokeFunction'],
      RecoveryFunctionsDegrade: ['lambda:InvokeFunction'],
      RecoveryFunctionsSettle: ['lambda:InvokeFunction'],
      RecoveryFunctionsUndo: ['lambda:InvokeFunction'],
      ...lastResort,
      ...maySend,
      EscalationsTopic: ['sns:Publish'],
      [key('sns')]: ['kms:Decrypt', 'kms:GenerateDataKey'],
    });
  });

  it('is that of a function or the machine', () => {
    expect([...new Set(statements.map(({ role }) => role))].toSorted()).toEqual(
      [...Object.keys(functions), 'RecoveryMachine'].toSorted(),
    );
  });

  it('names no action with a wildcard, and only those resources that AWS cannot name without one', () => {
    const wildcards = statements.flatMap(({ Action, Resource }) =>
      list(Resource)
        .filter((one) => JSON.stringify(one).includes('*'))
        .map(() => list(Action).join(' ')),
    );
    expect(statements.flatMap(({ Action }) => list(Action)).filter((action) => String(action).includes('*'))).toEqual(
      [],
    );
    expect(new Set(wildcards)).toEqual(
      new Set([
        'xray:PutTelemetryRecords xray:PutTraceSegments',
        // The state machine's log delivery and X-Ray.
        'logs:CreateLogDelivery logs:DeleteLogDelivery logs:DescribeLogGroups logs:DescribeResourcePolicies logs:GetLogDelivery logs:ListLogDeliveries logs:PutResourcePolicy logs:UpdateLogDelivery xray:GetSamplingRules xray:GetSamplingTargets xray:PutTelemetryRecords xray:PutTraceSegments',
        'states:DescribeExecution',
        // Lanes are not listed, so that no policy grows with them.
        'ssm:GetParameter',
        'ssm:GetParametersByPath',
        'lambda:UpdateEventSourceMapping',
      ]),
    );
  });

  it.each([
    [
      'DeadLetters',
      ['ReconcilerFunctionRole', 'RecoveryFunctionsSettleRole', 'RecoveryMachineRole'],
      'sqs:SendMessage',
    ],
    ['DeadLetters', ['HealthFunctionRole'], 'sqs:GetQueueAttributes'],
    ['Queue', ['HealthFunctionRole'], 'sqs:GetQueueAttributes'],
  ])("may use a lane's queue by the policy of the queue: %s by %j for %s", (queue, roles, action) => {
    for (const lane of ['PaymentsLane', 'StockLevelsLane']) {
      const { PolicyDocument } = resource(
        pipeline,
        'AWS::SQS::QueuePolicy',
        `Pipeline${lane}${queue}Policy`,
      ).Properties;
      const grants: readonly Grant[] = PolicyDocument.Statement;
      const allowing = grants.filter(
        ({ Action, Principal }) => Action === action && Principal.AWS !== undefined && Principal.AWS !== '*',
      );
      expect(allowing.flatMap(({ Principal }) => [Principal.AWS].flat().map(named))).toEqual(roles);
      for (const { Resource } of allowing) expect(named(Resource)).toBe(`${lane}${queue}`);
    }
  });

  it('has no policy of others', () => {
    for (const { Properties } of Object.values(resourcesOf(pipeline, 'AWS::IAM::Role'))) {
      expect(Properties).not.toHaveProperty('ManagedPolicyArns');
    }
  });
});

describe('in an ordered lane, the role', () => {
  const ordered = statementsOf(sharedTemplates('oneOrderedOfTwo').pipeline);

  it.each([
    [
      'BooksLaneOrderedSorter',
      {
        BooksLaneQueue: ['sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage'],
        BooksLaneOrderedQueue: ['sqs:SendMessage'],
        'Ledger dynamodb:LeadingKeys books/*': ['dynamodb:GetItem'],
        ...mayUseTables,
        ...maySend,
      },
    ],
    [
      'BooksLaneWorker',
      {
        ...worker('BooksLane', 'books'),
        BooksLaneQueue: undefined,
        BooksLaneOrderedQueue: [
          'sqs:ChangeMessageVisibility',
          'sqs:DeleteMessage',
          'sqs:GetQueueAttributes',
          'sqs:ReceiveMessage',
        ],
        BooksLaneDeadLetters: ['sqs:SendMessage'],
      },
    ],
  ])('of %s allows what the function does and no more', (name, actions) => {
    expect(allowed(ordered.filter(({ role }) => role === name))).toEqual({
      '*': ['xray:PutTelemetryRecords', 'xray:PutTraceSegments'],
      [`${name}Logs`]: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      ...actions,
    });
  });
});
