import { Template } from 'aws-cdk-lib/assertions';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { describe, expect, it } from 'vitest';
import { allowReceive, allowSend } from '../../../lib/parts/permissions.ts';
import { named, ownStack, resource, resourcesOf, sharedTemplates } from '../templates.ts';

const { pipeline } = sharedTemplates();

interface Statement {
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** Every statement of every role, with its role. */
const statements = statementsOf(pipeline);

function statementsOf(template: Template): readonly (Statement & { readonly role: string })[] {
  return Object.values(resourcesOf(template, 'AWS::IAM::Policy')).flatMap(({ Properties }) =>
    (Properties.PolicyDocument.Statement as Statement[]).map((statement) => ({
      role: named(Properties.Roles[0]).replace(/Role$/, ''),
      ...statement,
    })),
  );
}

function list<T>(value: T | readonly T[]): readonly T[] {
  return Array.isArray(value) ? value : [value as T];
}

/** Allowed actions by resource and by required service. */
function allowed(some: readonly Statement[]): Readonly<Record<string, readonly string[]>> {
  const actions: Record<string, readonly string[]> = {};
  for (const { Action, Resource, Condition } of some) {
    const conditions = Object.values(Condition ?? {})
      .flatMap((keys) => Object.entries(keys))
      .map(([key, values]) => ` ${key} ${list(values).map(named).join(' or ')}`);
    for (const one of list(Resource)) {
      const where = named(one) + conditions.join('');
      actions[where] = [...(actions[where] ?? []), ...list(Action)].toSorted();
    }
  }
  return actions;
}

const key = (service: string) => `Key kms:ViaService ${service}.AWS::Region.amazonaws.com`;
const mayUseTables = {
  [key('dynamodb')]: [
    'kms:Decrypt',
    'kms:DescribeKey',
    'kms:Encrypt',
    'kms:GenerateDataKey',
    'kms:ReEncryptFrom',
    'kms:ReEncryptTo',
  ],
};
const maySend = { [key('sqs')]: ['kms:Decrypt', 'kms:GenerateDataKey'] };
const everyEffect = { Effects: ['dynamodb:DeleteItem', 'dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'] };
const everyCircuit = { Circuits: ['dynamodb:GetItem', 'dynamodb:UpdateItem'] };
const secret = {
  'arn:AWS::Partition:secretsmanager:AWS::Region:AWS::AccountId:secret:backstop/payments-??????': [
    'secretsmanager:GetSecretValue',
  ],
};
const lastResortAndLetters = {
  LastResort: ['sqs:SendMessage'],
  PaymentsLaneDeadLetters: ['sqs:SendMessage'],
  StockLevelsLaneDeadLetters: ['sqs:SendMessage'],
};

const worker = (lane: string) => ({
  Ledger: ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'],
  ...everyEffect,
  ...everyCircuit,
  ...mayUseTables,
  [`${lane}Queue`]: ['sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage', 'sqs:SendMessage'],
  Rejects: ['sqs:SendMessage'],
  ParkedQueue: ['sqs:SendMessage'],
  ...maySend,
  RecoveryMachine: ['states:StartExecution'],
});

/** Permissions by function, other than logging and tracing. */
const functions: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  PaymentsLaneWorker: { ...worker('PaymentsLane'), ...secret },
  StockLevelsLaneWorker: worker('StockLevelsLane'),
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
  RecoveryFunctionsSettle: { Ledger: ['dynamodb:GetItem', 'dynamodb:UpdateItem'], ...mayUseTables },
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
    Ledger: ['dynamodb:UpdateItem'],
    Circuits: ['dynamodb:UpdateItem'],
    ...mayUseTables,
    Bus: ['events:PutEvents'],
    LastResort: ['sqs:SendMessage'],
    ...maySend,
  },
  Circuit: { ...everyCircuit, ...mayUseTables },
  HealthFunction: {
    Circuits: ['dynamodb:Scan'],
    'Ledger/index/pending': ['dynamodb:Query'],
    ...mayUseTables,
    ...Object.fromEntries(
      ['PaymentsLane', 'StockLevelsLane'].flatMap((lane) => [
        [`${lane}Queue`, ['sqs:GetQueueAttributes']],
        [`${lane}DeadLetters`, ['sqs:GetQueueAttributes']],
      ]),
    ),
    Rejects: ['sqs:GetQueueAttributes'],
    LastResort: ['sqs:GetQueueAttributes'],
    ParkedQueue: ['sqs:GetQueueAttributes'],
    NotifierUndelivered: ['sqs:GetQueueAttributes'],
  },
  NotifierFunction: {
    'Ledger dynamodb:LeadingKeys incidents#*': ['dynamodb:GetItem', 'dynamodb:UpdateItem'],
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
  ReconcilerFunction: {
    Ledger: ['dynamodb:GetItem', 'dynamodb:UpdateItem'],
    'Ledger/index/pending': ['dynamodb:Query'],
    Circuits: ['dynamodb:Scan'],
    ...mayUseTables,
    Bus: ['events:PutEvents'],
    RecoveryMachine: ['states:SendTaskSuccess', 'states:StartExecution'],
    'arn:AWS::Partition:states:AWS::Region:AWS::AccountId:execution:RecoveryMachine.Name:*': [
      'states:DescribeExecution',
    ],
    ...lastResortAndLetters,
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

  it('of the machine allows to call seven functions, to tell humans, and to send to the dead-letter queues and the last resort', () => {
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
      ...lastResortAndLetters,
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
      ]),
    );
  });

  it('has no policy of others', () => {
    for (const { Properties } of Object.values(resourcesOf(pipeline, 'AWS::IAM::Role'))) {
      expect(Properties).not.toHaveProperty('ManagedPolicyArns');
    }
  });
});

describe('the on-call engineer', () => {
  const policies = (template: Template) =>
    Object.values(resourcesOf(template, 'AWS::IAM::ManagedPolicy')).map(
      ({ Properties }) => Properties.PolicyDocument as { readonly Statement: readonly Statement[] },
    );

  it('may do what the tool does, and no more', () => {
    expect(policies(pipeline)).toHaveLength(1);
    const moving = ['sqs:ChangeMessageVisibility', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage'];
    const lanes = ['PaymentsLane', 'StockLevelsLane'].map((lane) => ({
      [`${lane}Queue`]: ['sqs:GetQueueAttributes', 'sqs:SendMessage'],
      [`${lane}DeadLetters`]: moving,
      [`arn:AWS::Partition:lambda:AWS::Region:AWS::AccountId:event-source-mapping:${lane}Source`]: [
        'lambda:GetEventSourceMapping',
        'lambda:UpdateEventSourceMapping',
      ],
    }));
    expect(allowed(policies(pipeline).flatMap(({ Statement }) => Statement))).toEqual({
      'arn:AWS::Partition:cloudformation:AWS::Region:AWS::AccountId:stack/BackstopPipeline/*': [
        'cloudformation:DescribeStacks',
        'cloudformation:ListStackResources',
      ],
      '*': ['cloudwatch:DescribeAlarms', 'cloudwatch:GetMetricData'],
      ...Object.fromEntries(
        ['Overview', 'Cost'].map((name) => [
          `arn:AWS::Partition:cloudwatch::AWS::AccountId:dashboard/Dashboards${name}Dashboard`,
          ['cloudwatch:GetDashboard'],
        ]),
      ),
      Ledger: ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'],
      'Ledger/index/pending': ['dynamodb:Query'],
      'Ledger/index/correlation': ['dynamodb:Query'],
      Circuits: ['dynamodb:GetItem', 'dynamodb:Scan', 'dynamodb:UpdateItem'],
      ...mayUseTables,
      Bus: ['events:PutEvents'],
      RecoveryMachine: ['states:SendTaskSuccess'],
      Rejects: ['sqs:GetQueueAttributes'],
      LastResort: ['sqs:GetQueueAttributes'],
      NotifierUndelivered: ['sqs:GetQueueAttributes'],
      ParkedQueue: moving,
      ...Object.assign({}, ...lanes),
      ...maySend,
    });
  });

  it('has a policy more for every four lanes, none of them longer than IAM lets it be', () => {
    const found = policies(sharedTemplates('dozenLanes').pipeline);
    expect(found).toHaveLength(3);
    // The longest value that CloudFormation inserts is the ARN of a queue with an 80-character name.
    for (const policy of found) expect(JSON.stringify(policy, deployed).length).toBeLessThanOrEqual(6_144);
  });

  function deployed(_: string, value: unknown): unknown {
    if (typeof value !== 'object' || value === null) return value;
    if ('Fn::Join' in value) return (value['Fn::Join'] as [string, unknown[]])[1].map(stood).join('');
    return 'Ref' in value || 'Fn::GetAtt' in value || 'Fn::ImportValue' in value ? stood(value) : value;
  }

  function stood(part: unknown): string {
    if (typeof part === 'string') return part;
    const { Ref = '' } = part as { readonly Ref?: string };
    return { 'AWS::Partition': 'aws', 'AWS::Region': 'ap-southeast-2', 'AWS::AccountId': '1'.repeat(12) }[Ref] ?? ARN;
  }
});

const ARN = `arn:aws:sqs:ap-southeast-2:${'1'.repeat(12)}:${'q'.repeat(80)}`;

/** Tests the only role of a minimal stack: a sender and receiver needs the key for both. */
describe('who', () => {
  it.each([
    ['only sends', allowSend, ['sqs:SendMessage'], ['kms:Decrypt', 'kms:GenerateDataKey']],
    [
      'only receives',
      allowReceive,
      ['sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage'],
      ['kms:Decrypt'],
    ],
  ] as const)('%s has the key for that', (_, allow, onQueue, onKey) => {
    const stack = ownStack();
    const encryptionMasterKey = new Key(stack, 'Key');
    const queue = new Queue(stack, 'Queue', { encryptionMasterKey });
    allow(new Role(stack, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') }), queue);
    expect(allowed(statementsOf(Template.fromStack(stack)))).toEqual({ Queue: onQueue, [key('sqs')]: onKey });
  });
});

describe('EventBridge', () => {
  it.each([
    ['Rejects', ['UnroutableRule']],
    ['LastResort', ['Bus', 'ReconcilerOwnExecutionRule', 'ReconcilerScheduleRule', 'UnroutableRule']],
    ['PaymentsLaneQueue', ['PaymentsLaneRule']],
    ['PaymentsLaneDeadLetters', ['PaymentsLaneRule']],
    ['StockLevelsLaneQueue', ['StockLevelsLaneRule']],
    ['StockLevelsLaneDeadLetters', ['StockLevelsLaneRule']],
  ])('may send to %s on behalf of %s only', (queue, sources) => {
    const { PolicyDocument, Queues } = resource(pipeline, 'AWS::SQS::QueuePolicy', `Pipeline${queue}Policy`).Properties;
    expect(Queues.map(named)).toEqual([queue]);
    const allows = PolicyDocument.Statement.filter(({ Effect }: { Effect: string }) => Effect === 'Allow');
    for (const statement of allows) {
      expect(statement).toMatchObject({
        Action: 'sqs:SendMessage',
        Principal: { Service: 'events.amazonaws.com' },
        Condition: { ArnEquals: { 'aws:SourceArn': expect.anything() } },
      });
      expect(named(statement.Resource)).toBe(queue);
    }
    const senders = allows.map((statement: { Condition: { ArnEquals: { 'aws:SourceArn': unknown } } }) =>
      named(statement.Condition.ArnEquals['aws:SourceArn']),
    );
    expect(senders.toSorted()).toEqual(sources);
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
        Ledger: ['dynamodb:GetItem'],
        ...mayUseTables,
        ...maySend,
      },
    ],
    [
      'BooksLaneWorker',
      {
        ...worker('BooksLane'),
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
