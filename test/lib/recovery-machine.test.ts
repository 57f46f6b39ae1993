import { describe, expect, it } from 'vitest';
import { definitionOf, failure, type Run, run, statesOf } from './machine-runner.ts';
import { resource, synthesizeTemplates } from './templates.ts';

const { pipeline } = synthesizeTemplates();
const definition = definitionOf(pipeline);
const states = statesOf(definition);
const tasksOfMachine = Object.values(states).filter(({ Type }) => Type === 'Task');

const input = {
  id: 'f1',
  cycle: 1,
  correlationId: 'c1',
  dependency: 'payments',
  deadLetterQueueUrl: 'https://queue',
  waitUntil: '2020-01-01T00:00:00Z',
};
const fails = (name: string) => () => {
  throw failure(name);
};

/** Tasks that note what they are given; a list of answers is worked off one by one. */
function machineRun(tasks: Readonly<Record<string, (input: Record<string, unknown>) => unknown>> = {}) {
  const given: [string, unknown][] = [];
  const answers: Run['tasks'] = {
    'Attempt the operation': () => ({ outcome: 'recovered' }),
    'When may it go on?': () => ({ waitUntil: '2020-01-01T00:00:00Z' }),
    'When may the circuit be asked again?': () => ({ waitUntil: '2020-01-01T00:00:00Z' }),
    'Answer with the fallback': () => ({ outcome: 'degraded' }),
    'Resolve the conflict': () => ({ outcome: 'resolved' }),
    'When may it be resolved?': () => ({ waitUntil: '2020-01-01T00:00:00Z' }),
    'Tell a human that a decision is needed': () => ({ MessageId: 'm' }),
    'Wait for the decision': () => ({}),
    'Why did it fail?': () => ({ letter: { id: 'f1', reason: 'permanent' } }),
    'Keep as a dead letter': () => ({ MessageId: 'm' }),
    Settle: () => ({}),
    'Keep in the last resort': () => ({ MessageId: 'm' }),
    'After a failed catch: Settle': fails('NotSettledError'),
    'After a failed catch: Keep in the last resort': () => ({ MessageId: 'm' }),
    ...tasks,
  };
  const noting = Object.fromEntries(
    Object.entries(answers).map(([name, answer]) => [
      name,
      (received: Record<string, unknown>) => {
        given.push([name, received]);
        return answer(received);
      },
    ]),
  );
  return { given, ran: run(definition, { input, tasks: noting }) };
}

const BEGIN = ['Recovery: try', 'Wait until it may be tried', 'Attempt the operation'];
const TELL = 'Tell a human that a decision is needed';
const WAIT = 'Wait for the decision';
const ASK = [TELL, WAIT];
const RESOLVE = 'Resolve the conflict';
const DIE = ['Recovery: catch', 'Why did it fail?', 'Keep as a dead letter', 'Settle'];

/** Answers of a task, worked off one by one; the last one for ever. */
const inTurn = (...answers: (() => unknown)[]) => {
  const left = [...answers];
  return () => (left.length > 1 ? left.shift() : left[0])?.();
};
const resolved = () => ({ outcome: 'resolved' });

/** How a run ended, and the states that it entered, in any order: those of a branch are told of late. */
async function entered({ ran }: ReturnType<typeof machineRun>) {
  const { states: names, ...ended } = await ran;
  return { ...ended, states: inAnyOrder(...names) };
}
const inAnyOrder = (...names: readonly string[]) => [...names].sort();

describe('a write that has lost a race, in the Recovery machine,', () => {
  it('is resolved in five transitions', async () => {
    const told = machineRun({ 'Attempt the operation': fails('ConflictError') });
    expect(await entered(told)).toMatchObject({
      status: 'SUCCEEDED',
      output: { settlement: { outcome: 'resolved' } },
      states: inAnyOrder(...BEGIN, RESOLVE, 'Settle'),
    });
    expect(told.given[1]).toEqual([RESOLVE, { id: 'f1', cycle: 1, correlationId: 'c1' }]);
  });

  it.each(['ConflictError', 'TransientError', 'BusyError', 'InternalError'])(
    'is compared once more after %s',
    async (name) => {
      const told = machineRun({
        'Attempt the operation': fails('ConflictError'),
        [RESOLVE]: inTurn(fails(name), fails(name), resolved),
      });
      expect(await entered(told)).toMatchObject({
        status: 'SUCCEEDED',
        output: { settlement: { outcome: 'resolved' } },
      });
      expect(told.given.filter(([state]) => state === RESOLVE)).toHaveLength(3);
    },
  );

  it('waits at most 1 s before the second round, then 2 s', () => {
    expect(states[RESOLVE]?.Retry).toContainEqual({
      ...{ ErrorEquals: ['ConflictError'], IntervalSeconds: 1, BackoffRate: 2 },
      ...{ MaxDelaySeconds: 10, JitterStrategy: 'FULL', MaxAttempts: 9 },
    });
  });

  it.each(['NotYetError', 'CircuitOpenError'])('waits until it may be compared after %s', async (name) => {
    const told = machineRun({
      'Attempt the operation': fails('ConflictError'),
      [RESOLVE]: inTurn(fails(name), resolved),
    });
    const wait = ['When may it be resolved?', 'Wait to resolve it'];
    expect(await entered(told)).toMatchObject({ states: inAnyOrder(...BEGIN, RESOLVE, ...wait, RESOLVE, 'Settle') });
    expect(states['Wait to resolve it']).toMatchObject({ TimestampPath: '$.decision.waitUntil' });
  });

  it('is given up where nothing more can be tried', async () => {
    const told = machineRun({
      'Attempt the operation': fails('ConflictError'),
      [RESOLVE]: fails('GaveUpError'),
    });
    expect(await entered(told)).toMatchObject({ status: 'SUCCEEDED', states: inAnyOrder(...BEGIN, RESOLVE, ...DIE) });
  });
});

describe('a question, in the Recovery machine,', () => {
  it('waits for its answer, which is then carried out, in seven transitions', async () => {
    const told = machineRun({ 'Attempt the operation': fails('DecisionDueError') });
    expect(await entered(told)).toMatchObject({
      status: 'SUCCEEDED',
      output: { settlement: { outcome: 'resolved' } },
      states: inAnyOrder(...BEGIN, ...ASK, RESOLVE, 'Settle'),
    });
    expect(told.given[1]).toMatchObject([
      TELL,
      { Subject: expect.any(String), Message: expect.stringContaining('f1') },
    ]);
    const { Payload } = Object(told.given[2]?.[1]);
    expect(Payload).toMatchObject({ id: 'f1', cycle: 1, correlationId: 'c1' });
  });

  it('tells of ids, and of nothing else', async () => {
    const told = machineRun({ 'Attempt the operation': fails('DecisionDueError') });
    await told.ran;
    const { Message } = Object(told.given[1]?.[1]);
    expect(Message).toMatch(/^A human must decide: the write of failure f1 to payments \(correlation id c1\)/);
    expect(Message).toContain('npm run decisions -- show f1');
    expect(Message).toMatch(/#decision-needed$/);
  });

  it('may come of each round, and be asked anew', async () => {
    const told = machineRun({
      'Attempt the operation': fails('ConflictError'),
      [RESOLVE]: inTurn(fails('DecisionDueError'), fails('DecisionDueError'), resolved),
    });
    expect(await entered(told)).toMatchObject({
      states: inAnyOrder(...BEGIN, RESOLVE, ...ASK, RESOLVE, ...ASK, RESOLVE, 'Settle'),
    });
  });

  it('waits although nobody could be told', async () => {
    const told = machineRun({
      'Attempt the operation': fails('DecisionDueError'),
      'Tell a human that a decision is needed': fails('SNS.InternalError'),
    });
    expect(await entered(told)).toMatchObject({
      status: 'SUCCEEDED',
      states: inAnyOrder(...BEGIN, ...ASK, RESOLVE, 'Settle'),
    });
    expect(told.given.filter(([state]) => state === TELL).length).toBeGreaterThan(1);
  });

  it('that is answered already is not waited for', async () => {
    const told = machineRun({
      'Attempt the operation': fails('DecisionDueError'),
      'Wait for the decision': fails('DecidedError'),
    });
    expect(await entered(told)).toMatchObject({
      status: 'SUCCEEDED',
      states: inAnyOrder(...BEGIN, ...ASK, RESOLVE, 'Settle'),
    });
    expect(told.given.filter(([state]) => state === WAIT)).toHaveLength(1);
  });

  it('outlasts a token that could not be kept at first', async () => {
    const told = machineRun({
      'Attempt the operation': fails('DecisionDueError'),
      'Wait for the decision': inTurn(fails('InternalError'), fails('Lambda.Unknown'), () => ({})),
    });
    expect(await entered(told)).toMatchObject({
      status: 'SUCCEEDED',
      states: inAnyOrder(...BEGIN, ...ASK, RESOLVE, 'Settle'),
    });
  });

  it.each(['States.Timeout', 'GaveUpError'])('that nobody answers becomes a dead letter, by %s', async (name) => {
    const told = machineRun({
      'Attempt the operation': fails('DecisionDueError'),
      'Wait for the decision': fails(name),
    });
    expect(await entered(told)).toMatchObject({
      status: 'SUCCEEDED',
      output: { settlement: { outcome: 'dead-lettered' } },
      states: inAnyOrder(...BEGIN, ...ASK, ...DIE),
    });
    // Nobody is asked for a second time.
    expect(told.given.filter(([state]) => state === WAIT)).toHaveLength(1);
  });

  it('waits for three days, and a little longer than the question does', () => {
    const wait = states['Wait for the decision'];
    const ask = pipeline.findResources('AWS::Lambda::Function', {
      Properties: { Timeout: Number(wait?.TimeoutSeconds) - 3 * 86_400 },
    });
    expect(Object.keys(ask)).not.toEqual([]);
    expect(wait).toMatchObject({ Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken' });
  });
});

describe('the Recovery machine', () => {
  it('heals with the first attempt in four transitions', async () => {
    const { ran, given } = machineRun();
    expect(await ran).toEqual({
      status: 'SUCCEEDED',
      output: { ...input, settlement: { outcome: 'recovered' } },
      states: ['Recovery: try', 'Wait until it may be tried', 'Attempt the operation', 'Settle'],
    });
    expect(given).toEqual([
      ['Attempt the operation', { id: 'f1', cycle: 1, correlationId: 'c1' }],
      ['Settle', { ...input, settlement: { outcome: 'recovered' } }],
    ]);
  });

  it.each(['TransientError', 'BusyError', 'InternalError', 'Lambda.Unknown', 'Runtime.OutOfMemory', 'NewError'])(
    'tries again after %s',
    async (name) => {
      let attempts = 0;
      const { ran } = machineRun({
        'Attempt the operation': () => {
          attempts += 1;
          if (attempts < 3) throw failure(name);
          return { outcome: 'recovered' };
        },
      });
      expect(await ran).toMatchObject({ status: 'SUCCEEDED', output: { settlement: { outcome: 'recovered' } } });
      expect(attempts).toBe(3);
    },
  );

  it('waits as long as the dependency asks for, then tries again', async () => {
    const attempts = [fails('NotYetError'), () => ({ outcome: 'recovered' })];
    const { ran, given } = machineRun({ 'Attempt the operation': () => attempts.shift()?.() });
    expect(await ran).toMatchObject({
      status: 'SUCCEEDED',
      states: [
        'Recovery: try',
        'Wait until it may be tried',
        'Attempt the operation',
        'When may it go on?',
        'Wait until then',
        'Attempt the operation',
        'Settle',
      ],
    });
    expect(given[1]).toEqual(['When may it go on?', { id: 'f1', cycle: 1, correlationId: 'c1' }]);
  });

  it('waits for an open circuit, then tries again', async () => {
    const attempts = [fails('CircuitOpenError'), fails('CircuitOpenError'), () => ({ outcome: 'recovered' })];
    const { ran, given } = machineRun({ 'Attempt the operation': () => attempts.shift()?.() });
    const wait = ['When may the circuit be asked again?', 'Wait for the circuit', 'Attempt the operation'];
    expect(await ran).toMatchObject({
      status: 'SUCCEEDED',
      output: { settlement: { outcome: 'recovered' } },
      states: ['Recovery: try', 'Wait until it may be tried', 'Attempt the operation', ...wait, ...wait, 'Settle'],
    });
    expect(given[1]).toEqual(['When may the circuit be asked again?', { id: 'f1', cycle: 1, correlationId: 'c1' }]);
    expect(states['Wait for the circuit']).toMatchObject({ TimestampPath: '$.decision.waitUntil' });
  });

  it('lets the fallback answer where that is due, in five transitions', async () => {
    const { ran, given } = machineRun({ 'Attempt the operation': fails('FallbackDueError') });
    expect(await ran).toMatchObject({
      status: 'SUCCEEDED',
      output: { settlement: { outcome: 'degraded' } },
      states: [
        'Recovery: try',
        'Wait until it may be tried',
        'Attempt the operation',
        'Answer with the fallback',
        'Settle',
      ],
    });
    expect(given[1]).toEqual(['Answer with the fallback', { id: 'f1', cycle: 1, correlationId: 'c1' }]);
    expect(given[2]).toMatchObject(['Settle', { settlement: { outcome: 'degraded' } }]);
  });

  it('keeps a dead letter where the fallback has no answer', async () => {
    const { ran } = machineRun({
      'Attempt the operation': fails('FallbackDueError'),
      'Answer with the fallback': fails('GaveUpError'),
    });
    expect(await ran).toMatchObject({
      status: 'SUCCEEDED',
      output: { settlement: { outcome: 'dead-lettered' } },
      states: expect.arrayContaining(['Why did it fail?', 'Keep as a dead letter', 'Settle']),
    });
  });

  it('goes on where the fallback has no answer yet, after a wait and with an attempt', async () => {
    const attempts = [fails('FallbackDueError'), () => ({ outcome: 'recovered' })];
    const { ran, given } = machineRun({
      'Attempt the operation': () => attempts.shift()?.(),
      'Answer with the fallback': fails('NotYetError'),
    });
    expect(await ran).toMatchObject({
      status: 'SUCCEEDED',
      output: { settlement: { outcome: 'recovered' } },
      states: expect.arrayContaining(['Wait until then']),
    });
    expect(given.map(([state]) => state)).toEqual([
      'Attempt the operation',
      'Answer with the fallback',
      'When may it go on?',
      'Attempt the operation',
      'Settle',
    ]);
  });

  it('keeps a dead letter with the facts, in the queue that the input names', async () => {
    const { ran, given } = machineRun({ 'Attempt the operation': fails('GaveUpError') });
    expect(await ran).toMatchObject({
      status: 'SUCCEEDED',
      output: { settlement: { outcome: 'dead-lettered' } },
      states: [
        'Recovery: try',
        'Wait until it may be tried',
        'Attempt the operation',
        'Recovery: catch',
        'Why did it fail?',
        'Keep as a dead letter',
        'Settle',
      ],
    });
    expect(given).toContainEqual([
      'Keep as a dead letter',
      { QueueUrl: 'https://queue', MessageBody: { id: 'f1', reason: 'permanent' } },
    ]);
  });

  const lastResort = expect.stringContaining('LastResort');
  const kept = { id: 'f1', cycle: 1, correlationId: 'c1', dependency: 'payments', execution: 'execution' };

  it('fails by way of the last resort where the outcome cannot be recorded', async () => {
    const { ran, given } = machineRun({ Settle: fails('SomeError') });
    expect(await ran).toMatchObject({ status: 'FAILED', error: 'NotSettled' });
    expect(given.at(-1)).toEqual(['Keep in the last resort', { QueueUrl: lastResort, MessageBody: kept }]);
  });

  it('fails by way of the last resort where the catch block fails', async () => {
    const { ran, given } = machineRun({
      'Attempt the operation': fails('GaveUpError'),
      'Why did it fail?': fails('SomeError'),
    });
    expect(await ran).toMatchObject({ status: 'FAILED', error: 'NotSettled' });
    expect(given.at(-1)).toEqual([
      'After a failed catch: Keep in the last resort',
      { QueueUrl: lastResort, MessageBody: kept },
    ]);
  });

  it.each([
    ['GaveUpError', 'Attempt the operation'],
    ['FallbackDueError', 'Attempt the operation'],
    ['NotSettledError', 'Settle'],
  ])('takes %s for an answer and asks once', async (name, task) => {
    const { ran, given } = machineRun({ [task]: fails(name) });
    await ran;
    expect(given.filter(([state]) => state === task)).toHaveLength(1);
  });

  it('retries every task with full jitter and a cap, whatever the error', () => {
    expect(tasksOfMachine).toHaveLength(14);
    for (const { Retry } of tasksOfMachine) {
      const retries = (Retry as { ErrorEquals: string[]; MaxAttempts: number }[]).filter(
        (each) => each.MaxAttempts > 0,
      );
      expect(retries.at(-1)?.ErrorEquals).toEqual(['States.ALL']);
      for (const retry of retries) {
        expect(retry).toMatchObject({ JitterStrategy: 'FULL', MaxDelaySeconds: expect.any(Number) });
      }
    }
  });

  it('waits for 20 s at most before the second durable attempt, then 2 min, then 12 min', () => {
    const retries = states['Attempt the operation']?.Retry as object[];
    expect(retries[0]).toMatchObject({
      ErrorEquals: ['TransientError'],
      IntervalSeconds: 20,
      BackoffRate: 6,
      MaxDelaySeconds: 3_600,
    });
  });

  it('gives every function a time limit, a little longer than its own', () => {
    const functions = tasksOfMachine.filter(({ Resource }) => String(Resource).includes(':function:'));
    expect(functions).toHaveLength(9);
    for (const { Resource, TimeoutSeconds } of functions) {
      const { Timeout } = resource(
        pipeline,
        'AWS::Lambda::Function',
        String(Resource).split(':').at(-1) ?? '',
      ).Properties;
      expect(TimeoutSeconds).toBe(Timeout + 5);
    }
  });

  it('has state names that Step Functions accepts', () => {
    for (const name of Object.keys(states)) expect(name.length).toBeLessThanOrEqual(80);
  });

  it('outlasts a day and every question, and logs no data', () => {
    expect(definition).toMatchObject({ TimeoutSeconds: 6 * (86_400 + 3 * 86_400) });
    pipeline.hasResourceProperties('AWS::StepFunctions::StateMachine', {
      StateMachineType: 'STANDARD',
      LoggingConfiguration: { Level: 'ALL', IncludeExecutionData: false },
      TracingConfiguration: { Enabled: true },
    });
  });
});
