import type { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { CustomState, DefinitionBody, Pass, StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { beforeEach, describe, expect, it } from 'vitest';
import { ConfigError, Saga, type SagaProps, TryCatchFinally } from '../../../lib/index.ts';
import { definitionOf, run, statesOf } from '../machine-runner.ts';
import { ownStack, resourcesOf } from '../templates.ts';
import { fails, orderMachine, orderSteps, task } from './order-machine.ts';

it('lets the blocks around it run, and the machine publish to its topic, and send to the last resort only', async () => {
  const stack = ownStack();
  const saga = new Saga(stack, 'Order', { steps: orderSteps(stack).slice(0, 1) });
  const fragment = new TryCatchFinally(stack, 'Try', {
    tryBlock: saga,
    catchBlock: new Pass(stack, 'Apologise', { resultPath: '$.apologised' }),
    finallyBlock: (scope) => new Pass(scope, 'Close the books', { resultPath: '$.closed' }),
  });
  new StateMachine(stack, 'Machine', { definitionBody: DefinitionBody.fromChainable(fragment) });
  const ran = await run(definitionOf(Template.fromStack(stack)), {
    input: { id: 1 },
    tasks: { Reserve: fails('StepError'), Release: () => ({}) },
  });
  expect(ran.states.slice(-2)).toEqual(['Apologise', 'Close the books']);
  expect(ran.output).toMatchObject({ id: 1, error: { Error: 'StepError' } });

  const { template } = orderMachine({ escalate: true });
  const [policy] = Object.values(resourcesOf(template, 'AWS::IAM::Policy'));
  expect(policy?.Properties.PolicyDocument.Statement).toMatchObject([
    { Action: 'sns:Publish', Resource: { Ref: expect.stringMatching(/^EscalationsTopic/) } },
    {
      Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
      Resource: { 'Fn::GetAtt': [expect.stringMatching(/^Key/), 'Arn'] },
    },
    { Action: 'sqs:SendMessage', Resource: { 'Fn::GetAtt': [expect.stringMatching(/^LastResort/), 'Arn'] } },
  ]);
});

it('leaves the retries of an undo that brings its own for all errors as they are', () => {
  const stack = ownStack();
  const all = [{ ErrorEquals: ['States.ALL'], MaxAttempts: 1 }];
  const some = [{ ErrorEquals: ['TimeoutError'], MaxAttempts: 2 }];
  new StateMachine(stack, 'Machine', {
    definitionBody: DefinitionBody.fromChainable(
      new Saga(stack, 'Order', {
        steps: [
          { name: 'Reserve', action: task(stack, 'A'), undo: task(stack, 'All', { Retry: all }) },
          { name: 'Charge', action: task(stack, 'B'), undo: task(stack, 'Some', { Retry: some }) },
        ],
      }),
    ),
  });
  const states = statesOf(definitionOf(Template.fromStack(stack)));
  expect(states.All?.Retry).toEqual(all);
  expect(states.Some?.Retry).toEqual(
    expect.arrayContaining([...some, expect.objectContaining({ ErrorEquals: ['States.ALL'], MaxAttempts: 8 })]),
  );
  expect(states.Some?.Retry).toHaveLength(2);
  expect(states.A).not.toHaveProperty('Retry');
});

it.each([
  ['Refund', '19 min 2 s', 19 * 60 + 2],
  ['Notify', '6 h 30 min 20 s', (6 * 60 + 30) * 60 + 20],
])('tries to %s for at most %s, as its policy says', (name, _, seconds) => {
  const { Retry } = statesOf(orderMachine().definition)[name] as unknown as { Retry: Retrier[] };
  const [{ IntervalSeconds, BackoffRate, MaxDelaySeconds, MaxAttempts, JitterStrategy }] = Retry as [Retrier];
  const caps = Array.from({ length: MaxAttempts }, (_, n) =>
    Math.min(IntervalSeconds * BackoffRate ** n, MaxDelaySeconds),
  );
  expect(caps.reduce((sum, cap) => sum + cap)).toBe(seconds);
  expect(JitterStrategy).toBe('FULL');
});

type Retrier = Readonly<
  Record<'IntervalSeconds' | 'BackoffRate' | 'MaxDelaySeconds' | 'MaxAttempts', number> & { JitterStrategy: string }
>;

describe('a saga that makes no sense fails the synth', () => {
  let stack: Stack;
  beforeEach(() => {
    stack = ownStack();
  });
  const step = (name: string, more: object = {}) => ({ name, action: task(stack, `${name} action`), ...more });
  const undo = () => ({ undo: task(stack, 'Undo') });

  it.each<[string, () => unknown]>([
    ['steps must be an array with at least one element, got []', () => []],
    ["steps[0].name must be a letter, then at most 39 letters or digits, got 'to pay'", () => [step('to pay')]],
    [
      'steps[0].action must be one state that can fail, such as a task (combine several with `toSingleState`), got Pass',
      () => [{ name: 'A', action: new Pass(stack, 'Pass') }],
    ],
    [
      'steps[0].action must be one state that can fail, such as a task (combine several with `toSingleState`), got Chain',
      () => [{ name: 'A', action: task(stack, 'First').next(task(stack, 'Second')) }],
    ],
    [
      "steps[0].undo must not have a next state (the saga adds it), got 'Second'",
      () => {
        const first = task(stack, 'First');
        first.next(task(stack, 'Second'));
        return [step('A', { undo: first })];
      },
    ],
    [
      "steps[0].action must not catch errors (the saga does), got 'First' with a catch",
      () => [{ name: 'A', action: task(stack, 'First').addCatch(new Pass(stack, 'Pass')) }],
    ],
    [
      "unknown setting 'steps[0].undos'; valid settings: name, action, undo, pivot",
      () => [step('A', { undos: task(stack, 'Undo') })],
    ],
    [
      "step 'A': action must keep the state data for the undos (set resultPath to its own path such as '$.a', or to JsonPath.DISCARD), got resultPath '$'",
      () => [{ name: 'A', action: new CustomState(stack, 'Replaces', { stateJson: { Type: 'Task' } }) }],
    ],
    [
      "step 'A': action must keep the state data for the undos (omit outputPath and use resultSelector), got outputPath '$.a'",
      () => [{ name: 'A', action: task(stack, 'Narrows', { OutputPath: '$.a' }) }],
    ],
    ["step 'A': the name must be unique", () => [step('A'), { name: 'A', action: task(stack, 'B') }]],
    [
      "step 'B': pivot must be set on one step only; 'A' already has it",
      () => [step('A', { pivot: true }), step('B', { pivot: true })],
    ],
    [
      "step 'B': undo must not be set after the pivot 'A' (the saga only goes forward from there): move the step before it or omit undo",
      () => [step('A', { pivot: true }), step('B', undo())],
    ],
    [
      "steps[0].parallel[0].pivot must not be set (a pivot can't run in parallel with steps that may need an undo), got true",
      () => [{ parallel: [step('A', { pivot: true }), step('B')] }],
    ],
    ['steps[0].parallel must have at least two steps, got one', () => [{ parallel: [step('A')] }]],
    [
      "steps[0].resultPath must be a path in the state data such as '$.papers', got 'papers'",
      () => [{ parallel: [step('A'), step('B')], resultPath: 'papers' }],
    ],
    [
      "saga 'Order': state names must have at most 80 characters (shorten the saga id or step names, or run fewer steps in parallel), got 94",
      () => [{ parallel: [step('a'.repeat(40)), step('b'.repeat(38), undo())] }],
    ],
  ])('%s', (mistake, steps) => {
    const props = { steps: steps() } as SagaProps;
    expect(() => new Saga(stack, 'Order', props)).toThrow(new ConfigError([mistake]));
  });
});
