import { Duration, Stack } from 'aws-cdk-lib';
import type { Template } from 'aws-cdk-lib/assertions';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { AwsSolutionsChecks } from 'cdk-nag';
import { describe, expect, it } from 'vitest';
import type { BackstopConfig, DependencyConfig } from '../../../lib/config/dependency-config.ts';
import { ConfigError } from '../../../lib/config/validate-config.ts';
import { InvocationFailures, type InvocationRetry } from '../../../lib/lane/invocation-failures.ts';
import { ResiliencePipeline } from '../../../lib/pipeline/resilience-pipeline.ts';
import { statementsOf } from '../statements.ts';
import { flat, named, ownApp, ownStack, resource, resourcesOf, standIns, synthesizeTemplates } from '../templates.ts';

const FUNCTION = 'arn:aws:lambda:us-east-1:111122223333:function:thumbnails';
const MACHINE = 'arn:aws:states:us-east-1:111122223333:stateMachine:Import';
const EXECUTIONS = 'arn:aws:states:us-east-1:111122223333:execution:Import:*';
const QUEUE = 'arn:aws:sqs:us-east-1:111122223333:jobs';
const KEY = 'arn:aws:kms:us-east-1:111122223333:key/1b2c3d4e-0000-4000-8000-000000000000';

const config: BackstopConfig = {
  dependencies: {
    thumbs: { kind: 'lambda', functionArn: FUNCTION },
    imports: { kind: 'state-machine', stateMachineArn: MACHINE },
    again: { kind: 'state-machine', stateMachineArn: `${MACHINE}2`, repeatable: true },
    jobs: {
      kind: 'queue',
      queueArn: QUEUE,
      deadLetterQueueArn: `${QUEUE}-dead`,
      queueKeyArn: KEY,
      deadLetterQueueKeyArn: KEY,
    },
  },
};
const { app, pipeline } = synthesizeTemplates(config);

describe('a rule', () => {
  it('takes executions of the machine that fail or time out from the default bus', () => {
    const { EventBusName, EventPattern, Targets } = resource(
      pipeline,
      'AWS::Events::Rule',
      'PipelineImportsLaneExecutionsRule',
    ).Properties;
    expect(EventBusName).toBeUndefined();
    expect(EventPattern).toEqual({
      source: ['aws.states'],
      'detail-type': ['Step Functions Execution Status Change'],
      detail: { stateMachineArn: [MACHINE], status: ['FAILED', 'TIMED_OUT'] },
    });
    expect(Targets).toMatchObject([{ RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 } }]);
    expect(named(Targets[0].Arn)).toBe('ImportsLaneQueue');
    expect(named(Targets[0].DeadLetterConfig.Arn)).toBe('ImportsLaneDeadLetters');
  });

  it('takes invocations of the function, of any version, that fail from the bus of Backstop', () => {
    const { EventBusName, EventPattern, Targets } = resource(
      pipeline,
      'AWS::Events::Rule',
      'PipelineThumbsLaneInvocationsRule',
    ).Properties;
    expect(named(EventBusName)).toBe('Bus');
    expect(EventPattern).toEqual({
      source: ['lambda'],
      'detail-type': ['Lambda Function Invocation Result - Failure'],
      detail: { requestContext: { functionArn: [{ prefix: `${FUNCTION}:` }, FUNCTION] } },
    });
    expect(named(Targets[0].Arn)).toBe('ThumbsLaneQueue');
  });

  it('takes nothing of the kind for a queue', () => {
    const rules = Object.keys(resourcesOf(pipeline, 'AWS::Events::Rule')).filter((id) => id.includes('JobsLane'));
    expect(rules).toHaveLength(1);
  });
});

/** The role's permissions on your resources. */
function allowed(template: Template, role: string): Readonly<Record<string, readonly string[]>> {
  const statements = statementsOf(template).filter((statement) => statement.role === role);
  const entries = statements.flatMap(({ Action, Resource }) =>
    [Resource].flat().map((each) => [typeof each === 'string' ? each : JSON.stringify(each), [Action].flat()] as const),
  );
  return Object.fromEntries(entries.filter(([of]) => of.includes('111122223333')));
}

const CALLS = {
  [FUNCTION]: ['lambda:InvokeFunction'],
  [EXECUTIONS]: ['states:DescribeExecution', 'states:RedriveExecution'],
  [EXECUTIONS.replace('Import', 'Import2')]: ['states:DescribeExecution', 'states:RedriveExecution'],
  [`${MACHINE}2`]: ['states:StartExecution'],
  [QUEUE]: ['sqs:SendMessage'],
  [KEY]: ['kms:Decrypt', 'kms:GenerateDataKey'],
};
const pick = (...resources: readonly string[]) =>
  Object.fromEntries(Object.entries(CALLS).filter(([of]) => resources.includes(of)));

describe('the role', () => {
  it.each([
    ['ThumbsLaneWorker', pick(FUNCTION)],
    ['ImportsLaneWorker', pick(EXECUTIONS)],
    ['AgainLaneWorker', pick(EXECUTIONS.replace('Import', 'Import2'), `${MACHINE}2`)],
    ['JobsLaneWorker', pick(QUEUE, KEY)],
    ['RecoveryFunctionsAttempt', CALLS],
    ['RecoveryFunctionsUndo', CALLS],
    ['RecoveryFunctionsDegrade', {}],
    ['RecoveryFunctionsClassify', {}],
    [
      'JobsLaneAdoptedAdopter',
      {
        [`${QUEUE}-dead`]: ['sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage'],
        [KEY]: ['kms:Decrypt'],
      },
    ],
  ])('of %s may call its own dependencies and no others', (role, expected) => {
    expect(allowed(pipeline, role)).toEqual(expected);
  });

  it('has a reason for each wildcard', () => {
    expect(new AwsSolutionsChecks(app).validateScope(app).violations).toEqual([]);
  });
});

describe('a dead-letter queue of the team', () => {
  it('is polled by a function that answers for each message', () => {
    const mapping = resource(pipeline, 'AWS::Lambda::EventSourceMapping', 'PipelineJobsLaneAdopted').Properties;
    expect(mapping).toMatchObject({
      EventSourceArn: `${QUEUE}-dead`,
      BatchSize: 10,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      ScalingConfig: { MaximumConcurrency: 2 },
    });
    const { Properties } = resource(pipeline, 'AWS::Lambda::Function', 'PipelineJobsLaneAdoptedAdopter');
    // SQS hides received messages for 30 s by default.
    expect(Properties.Timeout).toBeLessThanOrEqual(30);
    expect(Object.entries(Properties.Environment.Variables).map(([key, value]) => [key, named(value)])).toEqual(
      expect.arrayContaining([
        ['DEPENDENCY', 'jobs'],
        ['LANE_QUEUE_URL', 'JobsLaneQueue'],
        ['REJECTS_QUEUE_URL', 'Rejects'],
      ]),
    );
  });
});

/** Your function in a separate stack. The pipeline of another stack calls it and receives its failures. */
function twoStacks(retry: InvocationRetry = { retryAttempts: 1 }) {
  const own = ownApp();
  const team = new Stack(own, 'Team');
  const fn = new LambdaFunction(team, 'Thumbnails', {
    runtime: Runtime.NODEJS_24_X,
    handler: 'index.handler',
    code: Code.fromInline('x'),
  });
  const stack = new Stack(own, 'Stack');
  const dependencies: Record<string, DependencyConfig> = {
    thumbs: { kind: 'lambda', functionArn: fn.functionArn },
    shop: { kind: 'http', baseUrl: 'https://shop.example.com' },
  };
  const made = new ResiliencePipeline(stack, 'Pipeline', { dependencies, handlers: standIns() });
  made.recoverFailuresOf(fn, 'thumbs', retry);
  return { fn, team, stack, made, template: flat(stack) };
}

describe('a function that stands only when deployed', () => {
  const { fn, team, stack, made, template } = twoStacks();

  it('is told to those who may call it, and in no file', () => {
    const told = Object.entries(resourcesOf(template, 'AWS::Lambda::Function'))
      .filter(([, { Properties }]) => Properties.Environment.Variables.TARGETS !== undefined)
      .map(([id]) => id.replace(/^Pipeline|[0-9A-F]{8}$/g, ''));
    expect(told).toEqual(['ThumbsLaneWorker']);
    const { TARGETS } = resource(template, 'AWS::Lambda::Function', 'PipelineThumbsLaneWorker').Properties.Environment
      .Variables;
    expect(JSON.stringify(TARGETS)).toContain('thumbs');
    expect(JSON.stringify(TARGETS)).toContain(JSON.stringify(stack.resolve(fn.functionArn)).slice(1, -1));
  });

  it('is looked up by functions that serve all lanes, which know where', () => {
    const told = Object.entries(resourcesOf(template, 'AWS::Lambda::Function'))
      .filter(([, { Properties }]) => Properties.Environment.Variables.LANES_PATH === '/backstop/Stack/Pipeline')
      .map(([id]) => id.replace(/^Pipeline|[0-9A-F]{8}$/g, ''));
    expect(told).toEqual([
      'RecoveryFunctionsAttempt',
      'RecoveryFunctionsResolve',
      'RecoveryFunctionsUndo',
      'HealthFunction',
      'OperatorFunction',
    ]);
    const { Name, Value } = resource(template, 'AWS::SSM::Parameter', 'PipelineThumbsLaneFacts').Properties;
    expect(Name).toBe('/backstop/Stack/Pipeline/thumbs');
    expect(JSON.stringify(Value)).toContain('target');
    expect(JSON.stringify(Value)).toContain(JSON.stringify(stack.resolve(fn.functionArn)).slice(1, -1));
  });

  it('reports what it fails at to the bus, without its stack knowing of Backstop', () => {
    const { Properties } = resource(template, 'AWS::Lambda::EventInvokeConfig', 'PipelineThumbsFailures');
    expect(Properties.MaximumRetryAttempts).toBe(1);
    expect(named(Properties.DestinationConfig.OnFailure.Destination)).toBe('Bus');
    expect(() =>
      template.hasResourceProperties('AWS::IAM::Policy', {
        PolicyDocument: {
          Statement: [
            {
              Action: 'events:PutEvents',
              Effect: 'Allow',
              Condition: {
                StringEqualsIfExists: {
                  'events:source': 'lambda',
                  'events:detail-type': 'Lambda Function Invocation Result - Failure',
                },
              },
            },
          ],
        },
      }),
    ).not.toThrow();
    expect(stack.dependencies).toContain(team);
    expect(team.dependencies).toEqual([]);
  });

  it.each([
    ['shop', "dependency must be one of 'thumbs', got 'shop'"],
    ['other', "dependency must be one of 'thumbs', got 'other'"],
  ])('is none of the name %s', (name, mistake) => {
    expect(() => made.recoverFailuresOf(fn, name)).toThrow(new ConfigError([mistake]));
  });

  it.each([
    [{ retryAttempts: 3 }, 'retryAttempts must be at most 2, got 3'],
    [{ maxEventAge: Duration.seconds(59) }, 'maxEventAge must be at least 1 minute, got 59 seconds'],
    [
      { maxEventAge: Duration.millis(60_500) },
      'maxEventAge must be whole seconds (the unit of Lambda), got 1 minute 500 millis',
    ],
  ])('is not retried by Lambda out of its range: %j', (retry, mistake) => {
    expect(() => twoStacks(retry)).toThrow(new ConfigError([mistake]));
  });

  it('must have a role that can be allowed to report', () => {
    const scope = ownStack();
    const imported = LambdaFunction.fromFunctionArn(scope, 'Imported', FUNCTION);
    const act = () => new InvocationFailures(scope, 'Failures', { fn: imported, bus: new EventBus(scope, 'Bus') });
    expect(act).toThrow('fn must have a role that Backstop can allow to send');
  });
});
