import { type App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import {
  CustomState,
  DefinitionBody,
  Parallel,
  Pass,
  State,
  StateMachine,
  type StateMachineProps,
  StateMachineType,
} from 'aws-cdk-lib/aws-stepfunctions';
import { AwsSolutionsChecks } from 'cdk-nag';
import { Construct } from 'constructs';
import { describe, expect, it } from 'vitest';
import { ConfigError, ResiliencePipeline, Saga, TryCatchFinally } from '../../../lib/index.ts';
import { definitionOf, statesOf } from '../machine-runner.ts';
import { named, ownApp, resource, resourcesOf, sharedTemplates, standIns, testConfig } from '../templates.ts';

/** A pipeline for machines in your own stacks. */
function pipelineOf(app: App) {
  const backstop = new Stack(app, 'Backstop');
  return { backstop, pipeline: new ResiliencePipeline(backstop, 'Pipeline', { ...testConfig, handlers: standIns() }) };
}

function task(stack: Stack, name: string): CustomState {
  const Resource = 'arn:aws:lambda:us-east-1:123456789012:function:any';
  return new CustomState(stack, name, { stateJson: { Type: 'Task', Resource, ResultPath: null } });
}

function sagaOf(stack: Stack, { escalations }: ResiliencePipeline, id = 'Order', steps = 1): Saga {
  return new Saga(stack, id, {
    escalations,
    steps: Array.from({ length: steps }, (_, n) => ({
      name: `${id}Step${n}`,
      action: task(stack, `${id} action ${n}`),
      undo: task(stack, `${id} undo ${n}`),
    })),
  });
}

function machineOf(stack: Stack, id: string, props: Partial<StateMachineProps>): StateMachine {
  return new StateMachine(stack, id, props);
}

const tried = (stack: Stack, tryBlock: Saga) =>
  DefinitionBody.fromChainable(
    new TryCatchFinally(stack, `Try ${tryBlock.id}`, {
      tryBlock,
      catchBlock: new Pass(stack, `Apologise for ${tryBlock.id}`),
      finallyBlock: (scope) => new Pass(scope, `Close ${tryBlock.id}`),
    }),
  );

describe('ResiliencePipeline.rescue', () => {
  const app = ownApp();
  const { backstop, pipeline } = pipelineOf(app);
  const [own, refunds, single] = [new Stack(app, 'Own'), new Stack(app, 'Refunds'), new Stack(app, 'Single')];
  for (const stack of [own, refunds]) {
    const saga = sagaOf(stack, pipeline);
    pipeline.rescue(saga, machineOf(stack, 'Machine', { definitionBody: tried(stack, saga) }));
  }
  const inOneState = sagaOf(single, pipeline);
  const definitionBody = DefinitionBody.fromChainable(inOneState.toSingleState());
  pipeline.rescue(inOneState, machineOf(single, 'Machine', { definitionBody }));
  const template = Template.fromStack(own);

  it('creates nothing before it is called, and one function for all sagas', () => {
    const before = Object.keys(resourcesOf(sharedTemplates().pipeline, 'AWS::Lambda::Function'));
    const after = Object.keys(resourcesOf(Template.fromStack(backstop), 'AWS::Lambda::Function'));
    expect(after.filter((id) => !before.includes(id))).toEqual([expect.stringMatching(/^PipelineSaga/)]);
  });

  it('receives every bad end of the machine, without the data of the execution', () => {
    const { Properties: rule } = resource(template, 'AWS::Events::Rule', 'MachineRescueRule');
    expect(rule).not.toHaveProperty('EventBusName');
    expect(rule.EventPattern).toMatchObject({
      source: ['aws.states'],
      'detail-type': ['Step Functions Execution Status Change'],
      detail: {
        stateMachineArn: [{ Ref: expect.stringMatching(/^Machine/) }],
        status: ['FAILED', 'TIMED_OUT', 'ABORTED'],
      },
    });
    const [target] = rule.Targets;
    expect(target.InputTransformer.InputPathsMap).toEqual({
      'detail-executionArn': '$.detail.executionArn',
      'detail-stateMachineArn': '$.detail.stateMachineArn',
    });
    expect(target).toMatchObject({
      RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 },
      DeadLetterConfig: { Arn: expect.anything() },
    });
    expect(JSON.stringify(target.InputTransformer.InputTemplate)).toContain('Order: OrderStep0 failed');
    const lastResort = Object.values(resourcesOf(Template.fromStack(backstop), 'AWS::SQS::QueuePolicy'));
    expect(JSON.stringify(lastResort)).toContain(':rule/*');
  });

  it('may look at and start executions of that machine, and no others', () => {
    const { Properties: policy } = resource(template, 'AWS::IAM::Policy', 'MachineRescuePolicy');
    expect(policy.Roles).toHaveLength(1);
    const statements: { Action: unknown; Resource: unknown }[] = policy.PolicyDocument.Statement;
    expect(statements.map(({ Action, Resource }) => [Action, named(Resource)])).toEqual([
      ['states:StartExecution', 'Machine'],
      [
        ['states:DescribeExecution', 'states:GetExecutionHistory'],
        'arn:AWS::Partition:states:AWS::Region:AWS::AccountId:execution:Machine.Name:*',
      ],
    ]);
    for (const stack of [backstop, own]) {
      const { violations } = new AwsSolutionsChecks(stack).validateScope(stack);
      const relevant = violations.filter(({ ruleName }) => ruleName.includes('IAM'));
      expect(relevant).toEqual([]);
    }
  });

  it('leaves the stack of the pipeline without a reference to that of the machine', () => {
    expect(own.dependencies).toEqual([backstop]);
    expect(backstop.dependencies).toEqual([]);
  });

  it('knows the states of a saga that stands in one state', () => {
    const states = Object.keys(statesOf(definitionOf(Template.fromStack(single))));
    for (const name of [...inOneState.firstStates, ...Object.keys(inOneState.landmarks)])
      expect(states).toContain(name);
  });
});

describe('ResiliencePipeline.rescue', () => {
  const app = ownApp();
  const { pipeline } = pipelineOf(app);
  let cases = 0;
  /** A stack per case, because the construct ids repeat. */
  const nextStack = () => new Stack(app, `Own${++cases}`);

  type Build = (stack: Stack, saga: Saga) => StateMachine;
  const first = "(a rescue would repeat what comes before it): make it the first step, got 'Before'";
  it.each<[string, number, Build]>([
    [
      `machine 'Machine' must start with the saga 'Order', alone or as a try block ${first} as the first state`,
      1,
      (stack, saga) =>
        machineOf(stack, 'Machine', {
          definitionBody: DefinitionBody.fromChainable(new Pass(stack, 'Before').next(saga)),
        }),
    ],
    [
      `machine 'Machine' must start with the saga 'Order', alone or as a try block ${first.replace('Before', 'Both')} as the first state`,
      1,
      (stack, saga) => {
        const both = new Parallel(stack, 'Both').branch(saga, new Pass(stack, 'Beside'));
        return machineOf(stack, 'Machine', { definitionBody: DefinitionBody.fromChainable(both) });
      },
    ],
    [
      `machine 'Machine' must start with the saga 'Order', alone or as a try block ${first.replace('Before', 'Changed')} as the first state`,
      1,
      (stack, saga) => {
        const changed = new Parallel(stack, 'Changed', { parameters: { a: 1 } }).branch(saga);
        return machineOf(stack, 'Machine', { definitionBody: DefinitionBody.fromChainable(changed) });
      },
    ],
    [
      `machine 'Machine' must start with the saga 'Order', alone or as a try block ${first.replace('Before', 'Part')} as the first state`,
      1,
      (stack, saga) => {
        const part = new Parallel(stack, 'Part', { inputPath: '$.order' }).branch(saga);
        return machineOf(stack, 'Machine', { definitionBody: DefinitionBody.fromChainable(part) });
      },
    ],
    [
      "machine 'Machine' must be of type STANDARD (an Express execution has no history), got 'EXPRESS'",
      1,
      (stack, saga) =>
        machineOf(stack, 'Machine', {
          definitionBody: DefinitionBody.fromChainable(saga),
          stateMachineType: StateMachineType.EXPRESS,
        }),
    ],
  ])('fails the synth where it could not help: %s', (mistake, steps, build) => {
    const own = nextStack();
    const saga = sagaOf(own, pipeline, 'Order', steps);
    const machine = build(own, saga);
    expect(() => pipeline.rescue(saga, machine)).toThrow(new ConfigError([mistake]));
  });

  it('fails the synth where the states of the saga were renamed, because it would find none of them', () => {
    const own = nextStack();
    const scope = new Construct(own, 'Scope');
    const saga = new Saga(scope, 'Order', { steps: [{ name: 'Reserve', action: task(own, 'reserve') }] });
    State.prefixStates(scope, 'Mine: ');
    const machine = machineOf(own, 'Machine', { definitionBody: DefinitionBody.fromChainable(saga) });
    expect(() => pipeline.rescue(saga, machine)).toThrow("got 'Mine: Order: begin or go on?' as the first state");
  });

  it('fails the synth where EventBridge could not tell all names of its states', () => {
    const own = nextStack();
    const saga = sagaOf(own, pipeline, 'Order', 40);
    const machine = machineOf(own, 'Machine', { definitionBody: DefinitionBody.fromChainable(saga) });
    expect(() => pipeline.rescue(saga, machine)).toThrow(
      /must have at most 7000 characters \(use shorter names or fewer steps\), got \d+$/,
    );
  });
});
