import { describe, expect, it } from 'vitest';
import { resource, resourcesOf, synthesizeTemplates } from './templates.ts';

const { pipeline } = synthesizeTemplates();

interface Statement {
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
}

/** Every statement of every role, with the id of its policy. */
const statements = Object.entries(resourcesOf(pipeline, 'AWS::IAM::Policy')).flatMap(([policy, { Properties }]) =>
  (Properties.PolicyDocument.Statement as Statement[]).map((statement) => ({ policy, ...statement })),
);

const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : [value]);

/** What a role may do beside using the key: `action` to the resource types or ids that it names. */
function actionsOf(policyPrefix: string): readonly string[] {
  return statements
    .filter(({ policy }) => policy.startsWith(policyPrefix))
    .flatMap(({ Action }) => list(Action) as string[])
    .filter((action) => !action.startsWith('kms:'))
    .toSorted();
}

const everyFunction = [
  'logs:CreateLogStream',
  'logs:PutLogEvents',
  'xray:PutTelemetryRecords',
  'xray:PutTraceSegments',
];
const allEffects = ['dynamodb:DeleteItem', 'dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'];

describe('a role', () => {
  it.each([
    [
      'worker with a secret',
      'PipelinePaymentsLaneWorker',
      [
        ...allEffects,
        'dynamodb:GetItem',
        'dynamodb:PutItem',
        'dynamodb:UpdateItem',
        'secretsmanager:GetSecretValue',
        'sqs:DeleteMessage',
        'sqs:GetQueueAttributes',
        'sqs:ReceiveMessage',
        'sqs:SendMessage',
        'states:StartExecution',
      ],
    ],
    [
      'worker without',
      'PipelineStockLevelsLaneWorker',
      [
        ...allEffects,
        'dynamodb:GetItem',
        'dynamodb:PutItem',
        'dynamodb:UpdateItem',
        'sqs:DeleteMessage',
        'sqs:GetQueueAttributes',
        'sqs:ReceiveMessage',
        'sqs:SendMessage',
        'states:StartExecution',
      ],
    ],
    [
      'attempt',
      'PipelineRecoveryFunctionsAttempt',
      [...allEffects, 'dynamodb:GetItem', 'dynamodb:UpdateItem', 'secretsmanager:GetSecretValue'],
    ],
    ['classify', 'PipelineRecoveryFunctionsClassify', ['dynamodb:GetItem']],
    ['settle', 'PipelineRecoveryFunctionsSettle', ['dynamodb:GetItem', 'dynamodb:UpdateItem']],
    [
      'publisher',
      'PipelinePublisher',
      [
        'dynamodb:DescribeStream',
        'dynamodb:GetRecords',
        'dynamodb:GetShardIterator',
        'dynamodb:ListStreams',
        'dynamodb:UpdateItem',
        'events:PutEvents',
        'sqs:SendMessage',
      ],
    ],
    [
      'reconciler',
      'PipelineReconciler',
      [
        'dynamodb:GetItem',
        'dynamodb:Query',
        'dynamodb:UpdateItem',
        'events:PutEvents',
        'sqs:SendMessage',
        'states:DescribeExecution',
        'states:StartExecution',
      ],
    ],
  ])('of the %s allows what the function does and no more', (_, policy, actions) => {
    expect(actionsOf(policy)).toEqual([...everyFunction, ...actions].toSorted());
  });

  it('of the machine allows to call three functions and to send to the dead-letter queues and the last resort', () => {
    const ours = statements.filter(({ policy }) => policy.startsWith('PipelineRecoveryMachine'));
    const called = ours.filter(({ Action }) => Action === 'lambda:InvokeFunction').flatMap((one) => list(one.Resource));
    const sent = ours.filter(({ Action }) => Action === 'sqs:SendMessage').flatMap((one) => list(one.Resource));
    expect(called).toHaveLength(3);
    expect(
      sent.map((arn) => (arn as { 'Fn::GetAtt': string[] })['Fn::GetAtt'][0]?.replace(/[0-9A-F]{8}$/, '')),
    ).toEqual(['PipelineLastResort', 'PipelinePaymentsLaneDeadLetters', 'PipelineStockLevelsLaneDeadLetters']);
  });

  it('names one secret, that of its dependency', () => {
    const [{ Resource } = { Resource: '' }, ...others] = statements.filter(
      ({ policy, Action }) => policy.startsWith('PipelinePaymentsLane') && Action === 'secretsmanager:GetSecretValue',
    );
    expect(others).toEqual([]);
    expect(JSON.stringify(Resource)).toContain(':secret:backstop/payments-??????');
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
        // Of the state machine: log delivery and X-Ray.
        'logs:CreateLogDelivery logs:DeleteLogDelivery logs:DescribeLogGroups logs:DescribeResourcePolicies logs:GetLogDelivery logs:ListLogDeliveries logs:PutResourcePolicy logs:UpdateLogDelivery xray:GetSamplingRules xray:GetSamplingTargets xray:PutTelemetryRecords xray:PutTraceSegments',
        'states:DescribeExecution',
      ]),
    );
  });

  it('uses the key by way of a service only', () => {
    const withKey = statements.filter(({ Action }) => list(Action).some((action) => String(action).startsWith('kms:')));
    expect(withKey).not.toHaveLength(0);
    for (const statement of withKey) {
      expect(statement).toMatchObject({ Condition: { StringEquals: { 'kms:ViaService': expect.anything() } } });
    }
  });

  it('has no policy of others', () => {
    for (const { Properties } of Object.values(resourcesOf(pipeline, 'AWS::IAM::Role'))) {
      expect(Properties).not.toHaveProperty('ManagedPolicyArns');
    }
  });
});

describe('EventBridge', () => {
  it.each(['Rejects', 'LastResort', 'PaymentsLaneQueue', 'PaymentsLaneDeadLetters'])(
    'may send to %s only by rules of ours',
    (queue) => {
      const { PolicyDocument } = resource(pipeline, 'AWS::SQS::QueuePolicy', `Pipeline${queue}Policy`).Properties;
      const allowed = PolicyDocument.Statement.filter(({ Effect }: { Effect: string }) => Effect === 'Allow');
      expect(allowed).not.toHaveLength(0);
      for (const statement of allowed) {
        expect(statement).toMatchObject({
          Action: 'sqs:SendMessage',
          Principal: { Service: 'events.amazonaws.com' },
          Condition: { ArnEquals: { 'aws:SourceArn': expect.anything() } },
        });
      }
    },
  );
});
