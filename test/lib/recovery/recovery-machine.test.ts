import { describe, expect, it } from 'vitest';
import { failure } from '../machine-runner.ts';
import { resource } from '../templates.ts';
import { definition, fails, input, machineRun, pipeline, states } from './recovery-run.ts';

const tasksByName = Object.entries(states).filter(([, { Type }]) => Type === 'Task');
const tasksOfMachine = tasksByName.map(([, task]) => task);

describe('the Recovery machine', () => {
  it('heals with the first attempt in two transitions', async () => {
    const { ran, given } = machineRun();
    expect(await ran).toEqual({
      status: 'SUCCEEDED',
      output: { ...input, settlement: { outcome: 'recovered' } },
      states: ['Attempt the operation', 'Settle'],
    });
    expect(given).toEqual([
      [
        'Attempt the operation',
        { key: 'payments/f1', id: 'f1', cycle: 1, correlationId: 'c1', waitUntil: '2020-01-01T00:00:00Z' },
      ],
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
      states: ['Attempt the operation', 'When may it go on?', 'Wait until then', 'Attempt the operation', 'Settle'],
    });
    expect(given[1]).toEqual(['When may it go on?', { key: 'payments/f1', id: 'f1', cycle: 1, correlationId: 'c1' }]);
  });

  it('waits for the time that its start names, then tries again', async () => {
    const attempts = [fails('WaitFirstError'), () => ({ outcome: 'recovered' })];
    const { ran } = machineRun({ 'Attempt the operation': () => attempts.shift()?.() });
    expect(await ran).toMatchObject({
      status: 'SUCCEEDED',
      output: { settlement: { outcome: 'recovered' } },
      states: ['Attempt the operation', 'Wait until it may be tried', 'Attempt the operation', 'Settle'],
    });
    expect(states['Wait until it may be tried']).toMatchObject({ TimestampPath: '$.waitUntil' });
  });

  it('waits for an open circuit, then tries again', async () => {
    const attempts = [fails('CircuitOpenError'), fails('CircuitOpenError'), () => ({ outcome: 'recovered' })];
    const { ran, given } = machineRun({ 'Attempt the operation': () => attempts.shift()?.() });
    const wait = ['When may the circuit be asked again?', 'Wait for the circuit', 'Attempt the operation'];
    expect(await ran).toMatchObject({
      status: 'SUCCEEDED',
      output: { settlement: { outcome: 'recovered' } },
      states: ['Attempt the operation', ...wait, ...wait, 'Settle'],
    });
    expect(given[1]).toEqual([
      'When may the circuit be asked again?',
      { key: 'payments/f1', id: 'f1', cycle: 1, correlationId: 'c1' },
    ]);
    expect(states['Wait for the circuit']).toMatchObject({ TimestampPath: '$.decision.waitUntil' });
  });

  it('lets the fallback answer where that is due, in three transitions', async () => {
    const { ran, given } = machineRun({ 'Attempt the operation': fails('FallbackDueError') });
    expect(await ran).toMatchObject({
      status: 'SUCCEEDED',
      output: { settlement: { outcome: 'degraded' } },
      states: ['Attempt the operation', 'Answer with the fallback', 'Settle'],
    });
    expect(given[1]).toEqual([
      'Answer with the fallback',
      { key: 'payments/f1', id: 'f1', cycle: 1, correlationId: 'c1' },
    ]);
    expect(given[2]).toMatchObject(['Settle', { settlement: { outcome: 'degraded' } }]);
  });

  it('gives up where the fallback has no answer', async () => {
    const { ran, given } = machineRun({
      'Attempt the operation': fails('FallbackDueError'),
      'Answer with the fallback': fails('GaveUpError'),
    });
    expect(await ran).toMatchObject({
      status: 'SUCCEEDED',
      states: ['Attempt the operation', 'Answer with the fallback', 'Settle'],
    });
    expect(given.at(-1)).toMatchObject(['Settle', { error: { Error: 'GaveUpError' } }]);
  });

  it('continues after a wait with an attempt if the fallback has no answer yet', async () => {
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

  it('gives up in two transitions and one for each retry', async () => {
    const { ran, given } = machineRun({ 'Attempt the operation': fails('GaveUpError') });
    const output = { ...input, error: { Error: 'GaveUpError', Cause: expect.any(String) } };
    expect(await ran).toEqual({ status: 'SUCCEEDED', output, states: ['Attempt the operation', 'Settle'] });
    expect(given.at(-1)).toEqual(['Settle', output]);
  });

  it('writes the dead letter itself if a function of an earlier version settles', async () => {
    const { ran, given } = machineRun({
      'Attempt the operation': fails('GaveUpError'),
      Settle: ({ settlement }) => (settlement ? {} : fails('NotSettledError')()),
    });
    expect(await ran).toMatchObject({
      status: 'SUCCEEDED',
      output: { settlement: { outcome: 'dead-lettered' } },
      states: ['Attempt the operation', 'Settle', 'Why did it fail?', 'Keep as a dead letter', 'Settle once more'],
    });
    expect(given).toContainEqual([
      'Keep as a dead letter',
      { QueueUrl: 'https://queue', MessageBody: { id: 'f1', reason: 'permanent' } },
    ]);
  });

  const lastResort = expect.stringContaining('LastResort');
  const kept = {
    key: 'payments/f1',
    id: 'f1',
    cycle: 1,
    correlationId: 'c1',
    dependency: 'payments',
    execution: 'execution',
  };

  it('fails by way of the last resort where the outcome cannot be recorded', async () => {
    const { ran, given } = machineRun({ Settle: fails('SomeError') });
    expect(await ran).toMatchObject({ status: 'FAILED', error: 'NotSettled' });
    expect(given.at(-1)).toEqual(['Keep in the last resort', { QueueUrl: lastResort, MessageBody: kept }]);
  });

  it.each(['Why did it fail?', 'Keep as a dead letter'])(
    'fails by way of the last resort where the end of an earlier version fails at "%s"',
    async (task) => {
      const { ran, given } = machineRun({
        'Attempt the operation': fails('GaveUpError'),
        Settle: fails('NotSettledError'),
        [task]: fails('SomeError'),
      });
      expect(await ran).toMatchObject({ status: 'FAILED', error: 'NotSettled' });
      expect(given.slice(-2)).toEqual([
        [
          'Settle once more',
          expect.objectContaining({ catchError: { Error: 'SomeError', Cause: expect.any(String) } }),
        ],
        ['Keep in the last resort', { QueueUrl: lastResort, MessageBody: kept }],
      ]);
    },
  );

  it('turns in no circle if nobody settles', async () => {
    const { ran, given } = machineRun({
      'Attempt the operation': fails('GaveUpError'),
      Settle: fails('NotSettledError'),
      'Settle once more': fails('NotSettledError'),
    });
    expect(await ran).toMatchObject({ status: 'FAILED', error: 'NotSettled' });
    expect(given).toHaveLength(6);
  });

  it('gives up whatever else fails, so that it always settles', async () => {
    const mayFail = tasksByName.filter(([name]) => !/^(Settle|Keep|Tell)/.test(name));
    expect(mayFail.map(([name]) => name)).toContain('When may it be resolved?');
    for (const [name, { Catch }] of mayFail) {
      const last = (Catch as { ErrorEquals: string[]; Next: string; ResultPath: string }[] | undefined)?.at(-1);
      const isKnown = ['Settle $.error', 'Settle once more $.catchError'].includes(`${last?.Next} ${last?.ResultPath}`);
      expect([name, last?.ErrorEquals, isKnown]).toEqual([name, ['States.ALL'], true]);
    }
  });

  it.each([
    ['GaveUpError', 'Attempt the operation'],
    ['FallbackDueError', 'Attempt the operation'],
    ['NotSettledError', 'Settle once more'],
  ])('takes %s for an answer and asks once', async (name, task) => {
    const { ran, given } = machineRun({
      'Attempt the operation': fails('GaveUpError'),
      Settle: fails('NotSettledError'),
      [task]: fails(name),
    });
    await ran;
    expect(given.filter(([state]) => state === task)).toHaveLength(1);
  });

  it('retries every task with full jitter and a cap, whatever the error', () => {
    expect(tasksOfMachine).toHaveLength(17);
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
    expect(functions).toHaveLength(12);
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

  it('outlasts every deadline and every question, and logs no data', () => {
    expect(definition).toMatchObject({ TimeoutSeconds: 7 * 86_400 + 6 * 3 * 86_400 });
    expect(() =>
      pipeline.hasResourceProperties('AWS::StepFunctions::StateMachine', {
        StateMachineType: 'STANDARD',
        LoggingConfiguration: { Level: 'ALL', IncludeExecutionData: false },
        TracingConfiguration: { Enabled: true },
      }),
    ).not.toThrow();
  });
});
