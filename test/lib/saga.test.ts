import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Key } from 'aws-cdk-lib/aws-kms';
import { CustomState, DefinitionBody, Pass, StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { beforeEach, describe, expect, it } from 'vitest';
import { ConfigError, Escalations, Saga, type SagaProps, TryCatchFinally } from '../../lib/index.ts';
import { definitionOf, failure, type Run, run, statesOf } from './machine-runner.ts';
import { resourcesOf, temporaryFolder } from './templates.ts';

const RESOURCE = 'arn:aws:lambda:us-east-1:123456789012:function:any';

function task(stack: Stack, name: string, more: object = {}): CustomState {
  return new CustomState(stack, name, {
    stateJson: { Type: 'Task', Resource: RESOURCE, ResultPath: null, ...more },
  });
}

function ownStack(): Stack {
  return new Stack(new App({ outdir: temporaryFolder() }), 'Own');
}

/** Reserve, charge, an invoice and a label side by side, then ship; behind that only the customer is to be told. */
function orderSteps(stack: Stack): SagaProps['steps'] {
  const step = (name: string, undo: string) => ({
    ...{ name, action: task(stack, name, { ResultPath: `$.${name.toLowerCase()}` }) },
    undo: task(stack, undo),
  });
  return [
    step('Reserve', 'Release'),
    { name: 'Price', action: task(stack, 'Price', { ResultPath: '$.price' }) },
    step('Charge', 'Refund'),
    { parallel: [step('Invoice', 'Void the invoice'), step('Label', 'Void the label')], resultPath: '$.papers' },
    { ...step('Ship', 'Recall'), pivot: true },
    { name: 'Notify', action: task(stack, 'Notify', { ResultPath: '$.notified' }) },
  ];
}

const ACTIONS = ['Reserve', 'Price', 'Charge', 'Invoice', 'Label', 'Ship', 'Notify'];
const UNDOS = ['Release', 'Refund', 'Void the invoice', 'Void the label', 'Recall'];

interface Options {
  readonly tasks?: Run['tasks'];
  readonly input?: object;
  readonly escalate?: boolean;
}

function orderMachine({ escalate = false }: Options = {}) {
  const stack = ownStack();
  const escalations = new Escalations(stack, 'Escalations', {
    encryptionKey: new Key(stack, 'Key'),
    runbookUrl: 'https://wiki.example.com/runbook',
  });
  const saga = new Saga(stack, 'Order', { steps: orderSteps(stack), ...(escalate && { escalations }) });
  new StateMachine(stack, 'Machine', { definitionBody: DefinitionBody.fromChainable(saga) });
  const template = Template.fromStack(stack);
  return { saga, template, definition: definitionOf(template) };
}

/** Runs the order; each task notes what it is given. */
async function order(options: Options = {}) {
  const given: [string, Record<string, unknown>][] = [];
  const tasks: Run['tasks'] = {
    ...Object.fromEntries([...ACTIONS, ...UNDOS].map((name) => [name, () => `${name} is done`])),
    'Order: undo failed: tell a human': () => ({}),
    'Order: stuck: tell a human': () => ({}),
    ...options.tasks,
  };
  const noting = Object.entries(tasks).map(([name, answer]) => {
    const noted = (received: Record<string, unknown>) => {
      given.push([name, received]);
      return answer(received);
    };
    return [name, noted] as const;
  });
  const { saga, definition } = orderMachine(options);
  const ran = await run(definition, { input: options.input ?? { id: 1 }, tasks: Object.fromEntries(noting) });
  const calls = given.map(([name]) => name).filter((name) => ACTIONS.includes(name) || UNDOS.includes(name));
  const inputOf = (name: string) => given.find(([called]) => called === name)?.[1];
  return { saga, ran, calls, inputOf };
}

const fails = (name: string) => () => {
  throw failure(name);
};

describe('a saga that succeeds', () => {
  it('carries out each step once, in one transition beside theirs', async () => {
    const { ran } = await order();
    expect(ran).toEqual({
      status: 'SUCCEEDED',
      output: {
        id: 1,
        reserve: 'Reserve is done',
        price: 'Price is done',
        charge: 'Charge is done',
        papers: { Invoice: expect.objectContaining({ invoice: 'Invoice is done' }), Label: expect.anything() },
        ship: 'Ship is done',
        notified: 'Notify is done',
      },
      states: [
        'Order: begin or go on?',
        'Reserve',
        'Price',
        'Charge',
        'Order: Invoice, Label',
        'Invoice',
        'Label',
        'Ship',
        'Notify',
      ],
    });
  });
});

describe('a saga in which a step fails', () => {
  const sideBySide = ['Invoice', 'Label'];
  it.each([
    ['Reserve', ['Reserve'], ['Release']],
    ['Price', ['Reserve', 'Price'], ['Release']],
    ['Charge', ['Reserve', 'Price', 'Charge'], ['Refund', 'Release']],
    [
      'Invoice',
      ['Reserve', 'Price', 'Charge', ...sideBySide],
      ['Void the invoice', 'Void the label', 'Refund', 'Release'],
    ],
    [
      'Label',
      ['Reserve', 'Price', 'Charge', ...sideBySide],
      ['Void the invoice', 'Void the label', 'Refund', 'Release'],
    ],
    [
      'Ship',
      ['Reserve', 'Price', 'Charge', ...sideBySide, 'Ship'],
      ['Recall', 'Void the invoice', 'Void the label', 'Refund', 'Release'],
    ],
  ])(
    '%s: it and the steps before it are undone, the last first, and the error is that of the step',
    async (failing, done, undone) => {
      const { ran, calls } = await order({ tasks: { [failing]: fails('StepError') } });
      expect(calls).toEqual([...done, ...undone]);
      expect(ran).toMatchObject({ status: 'FAILED', error: 'StepError' });
      expect(ran.states.at(-1)).toBe('Order: failed, and undone');
    },
  );

  it('gives each undo what its step was given, with what the steps before have added', async () => {
    const { inputOf } = await order({ tasks: { Ship: fails('StepError') } });
    expect(inputOf('Recall')).toMatchObject({ id: 1, charge: 'Charge is done', papers: {} });
    expect(inputOf('Recall')).not.toHaveProperty('ship');
    expect(inputOf('Release')).toMatchObject({ id: 1 });
  });

  it('goes on where an undo fails, tells a human the state of every step and no more, and fails as what it is', async () => {
    const told: unknown[] = [];
    const { ran, calls } = await order({
      input: { id: 1, card: 'secret' },
      escalate: true,
      tasks: {
        Ship: fails('StepError'),
        'Void the label': fails('LabelError'),
        Refund: fails('RefundError'),
        'Order: undo failed: tell a human': (input) => told.push(input),
      },
    });
    const distinct = [...new Set(calls)];
    expect(distinct.slice(-5)).toEqual(['Recall', 'Void the invoice', 'Void the label', 'Refund', 'Release']);
    expect(ran).toMatchObject({ status: 'FAILED', error: 'SagaUndoFailed' });
    expect(told).toEqual([
      expect.objectContaining({
        Subject: 'P1: the saga Order could not be undone as a whole',
        Message: {
          priority: 'P1',
          execution: 'arn:of:execution',
          summary: 'The saga Own/Order could not be undone as a whole.',
          whatToDo: 'https://wiki.example.com/runbook#a-saga-that-could-not-be-undone',
          steps: {
            Reserve: { state: 'undone' },
            Price: { state: 'done' },
            Charge: { state: 'undo failed', error: 'RefundError' },
            Invoice_Label: { Invoice: { state: 'undone' }, Label: { state: 'undo failed', error: 'LabelError' } },
            Ship: { state: 'undone' },
            Notify: { state: 'not begun' },
          },
        },
      }),
    ]);
    expect(JSON.stringify(told)).not.toContain('secret');
  });

  it('ends the same where no human can be told', async () => {
    const { ran } = await order({
      escalate: true,
      tasks: {
        Charge: fails('StepError'),
        Refund: fails('RefundError'),
        'Order: undo failed: tell a human': fails('SNS.Unavailable'),
      },
    });
    expect(ran).toMatchObject({ status: 'FAILED', error: 'SagaUndoFailed' });
  });

  it('tries an undo again, and a step before the pivot as often as it says itself', async () => {
    let tries = 0;
    const { ran, calls } = await order({
      tasks: {
        Charge: fails('StepError'),
        Refund: () => {
          if (++tries < 4) throw failure('RefundError');
        },
      },
    });
    expect(calls.filter((call) => call === 'Charge')).toHaveLength(1);
    expect(calls.filter((call) => call === 'Refund')).toHaveLength(4);
    expect(ran.error).toBe('StepError');
  });
});

describe('behind its pivot a saga', () => {
  it('tries until it succeeds', async () => {
    let tries = 0;
    const { ran, calls } = await order({
      tasks: {
        Notify: () => {
          if (++tries < 6) throw failure('MailError');
        },
      },
    });
    expect(ran.status).toBe('SUCCEEDED');
    expect(calls.filter((call) => UNDOS.includes(call))).toEqual([]);
  });

  it('is stuck where it never does: nothing is undone, and a human is told', async () => {
    const told: unknown[] = [];
    const { ran, calls } = await order({
      escalate: true,
      tasks: { Notify: fails('MailError'), 'Order: stuck: tell a human': (input) => told.push(input) },
    });
    expect(ran).toMatchObject({ status: 'FAILED', error: 'SagaStuck' });
    expect(calls.filter((call) => UNDOS.includes(call))).toEqual([]);
    expect(told).toMatchObject([
      { Message: { priority: 'P1', steps: { Ship: { state: 'done' }, Notify: { state: 'result unknown' } } } },
    ]);
  });
});

describe('an execution that goes on in place of another', () => {
  const marker = (at: string, more: object = {}) => ({
    ...{ id: 1, charge: 'x' },
    backstopSaga: { key: 'https://sqs.us-east-1.amazonaws.com/123456789012/AWS::StackId', at, ...more },
  });
  const error = { Error: 'SagaStopped', Cause: 'stopped' };

  it('undoes from the step at which that one stood', async () => {
    const { ran, calls } = await order({ input: marker('Order: Charge failed', { error }) });
    expect(calls).toEqual(['Refund', 'Release']);
    expect(ran).toMatchObject({ status: 'FAILED', error: 'SagaStopped' });
  });

  it('goes on with what was left to undo', async () => {
    const steps = { Reserve: { state: 'done' }, Charge: { state: 'undone' }, Ship: { state: 'not begun' } };
    const group = { Invoice_Label: { Invoice: { state: 'not begun' }, Label: { state: 'not begun' } } };
    const { ran, calls } = await order({
      input: marker('Order: undo Reserve', { error: { ...error, Error: 'StepError' }, steps: { ...steps, ...group } }),
    });
    expect(calls).toEqual(['Release']);
    expect(ran).toMatchObject({ status: 'FAILED', error: 'StepError' });
  });

  it('goes forward behind the pivot', async () => {
    const { ran, calls } = await order({ input: marker('Notify') });
    expect(calls).toEqual(['Notify']);
    expect(ran.status).toBe('SUCCEEDED');
  });

  it('begins at the beginning where the input comes from somebody who can not know the key', async () => {
    const { calls } = await order({ input: { backstopSaga: { at: 'Notify', key: 'guessed' } } });
    expect(calls).toEqual(ACTIONS);
  });

  it('tells a human where the saga has lost the state to go on at', async () => {
    const told: unknown[] = [];
    const name = 'Order: unknown state: tell a human';
    const { ran, calls } = await order({
      input: marker('Charge the old way'),
      escalate: true,
      tasks: { [name]: (input) => told.push(input) },
    });
    expect(calls).toEqual([]);
    expect(ran).toMatchObject({ status: 'FAILED', error: 'SagaStateUnknown' });
    expect(told).toMatchObject([{ Message: { priority: 'P1', at: 'Charge the old way' } }]);
  });

  it('can be told to go on at every state that another may have ended in', () => {
    const { saga, definition } = orderMachine({ escalate: true });
    const states = Object.keys(statesOf(definition));
    const where = statesOf(definition)['Order: where to go on?'] as unknown as { Choices: { StringEquals: string }[] };
    const targets = where.Choices.map(({ StringEquals }) => StringEquals);
    for (const [state, { at = state, left, broken }] of Object.entries(saga.landmarks)) {
      for (const name of [at, left, broken?.at]) if (typeof name === 'string') expect(targets).toContain(name);
    }
    const inside = ['Invoice', 'Label', 'Order: undo Invoice', 'Order: undo Label', ...UNDOS];
    const choices = ['Order: begin or go on?', 'Order: where to go on?'];
    const notes = ['Order: undo of Invoice failed', 'Order: undo of Label failed'];
    const known = [...Object.keys(saga.landmarks), ...inside, ...choices, ...notes];
    expect(known.toSorted()).toEqual(states.toSorted());
  });
});

it('lets the blocks around it run, and the machine publish to its topic only', async () => {
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
      'steps[0].action must be one state that can fail, such as a task (several become one by `toSingleState`), got Pass',
      () => [{ name: 'A', action: new Pass(stack, 'Pass') }],
    ],
    [
      'steps[0].action must be one state that can fail, such as a task (several become one by `toSingleState`), got Chain',
      () => [{ name: 'A', action: task(stack, 'First').next(task(stack, 'Second')) }],
    ],
    [
      "steps[0].undo must have no next state (the saga says what follows), got 'Second'",
      () => {
        const first = task(stack, 'First');
        first.next(task(stack, 'Second'));
        return [step('A', { undo: first })];
      },
    ],
    [
      "steps[0].action must catch no errors (the saga does), got 'First' with a catch",
      () => [{ name: 'A', action: task(stack, 'First').addCatch(new Pass(stack, 'Pass')) }],
    ],
    [
      'steps[0].undos is no setting, the settings are name, action, undo, pivot',
      () => [step('A', { undos: task(stack, 'Undo') })],
    ],
    [
      "step 'A': action must keep the state data for the undos (set resultPath to a path of its own such as '$.a', or to JsonPath.DISCARD), got resultPath '$'",
      () => [{ name: 'A', action: new CustomState(stack, 'Replaces', { stateJson: { Type: 'Task' } }) }],
    ],
    [
      "step 'A': action must keep the state data for the undos (leave outputPath out, and select by resultSelector), got outputPath '$.a'",
      () => [{ name: 'A', action: task(stack, 'Narrows', { OutputPath: '$.a' }) }],
    ],
    [
      "step 'A': the name must be unlike that of any other step",
      () => [step('A'), { name: 'A', action: task(stack, 'B') }],
    ],
    [
      "step 'B': pivot must be set at one step only, 'A' has it already",
      () => [step('A', { pivot: true }), step('B', { pivot: true })],
    ],
    [
      "step 'B': undo must not be set behind the pivot 'A' (from there the saga only goes forward): move the step before it, or leave undo out",
      () => [step('A', { pivot: true }), step('B', undo())],
    ],
    [
      'steps[0].parallel[0].pivot must not be set (a pivot stands alone: its neighbours may have to be undone), got true',
      () => [{ parallel: [step('A', { pivot: true }), step('B')] }],
    ],
    ['steps[0].parallel must have at least two steps, got one', () => [{ parallel: [step('A')] }]],
    [
      "steps[0].resultPath must be a path into the state data such as '$.papers', got 'papers'",
      () => [{ parallel: [step('A'), step('B')], resultPath: 'papers' }],
    ],
    [
      "saga 'Order': names of its states must have at most 80 characters (shorten its id or the names of the steps, or let fewer run side by side), got 94",
      () => [{ parallel: [step('a'.repeat(40)), step('b'.repeat(38), undo())] }],
    ],
  ])('%s', (mistake, steps) => {
    const props = { steps: steps() } as SagaProps;
    expect(() => new Saga(stack, 'Order', props)).toThrow(new ConfigError([mistake]));
  });
});
