import { describe, expect, it } from 'vitest';
import { check, type Definition } from '../../../tools/sim/cloud/definition.ts';
import { Interpreter, StateError, type Task } from '../../../tools/sim/cloud/interpreter.ts';
import { fill, place, read } from '../../../tools/sim/cloud/state-data.ts';
import { World } from '../../../tools/sim/world/world.ts';
import { testDeployment } from './deployment.ts';

const STARTS_AT = Date.parse('2026-03-01T12:00:00Z');

/** Runs a definition. Each task takes its answers in turn; a text is the name of an error. */
async function run(definition: Definition, answers: Readonly<Record<string, unknown[]>> = {}, input: unknown = {}) {
  const world = new World({ seed: 1, plan: [], startsAt: STARTS_AT });
  const entered: string[] = [];
  const given: Task[] = [];
  const interpreter = new Interpreter(definition, {
    world,
    async run(task) {
      given.push(task);
      const answer = answers[task.resource]?.shift();
      if (typeof answer === 'string') throw new StateError(answer, 'because');
      return answer;
    },
    onState: ({ way, state }) => void (way === 'entered' && entered.push(state)),
  });
  let end: unknown;
  const start = async () => {
    const ended = interpreter.start(input, { name: 'run', isOver: false });
    end = await ended.then(
      (output) => ({ output }),
      (error) => ({ error: error.name }),
    );
  };
  world.after(0, () => void start());
  await world.run(() => end !== undefined, 1_000);
  return { end, entered, given, tookMs: world.now - STARTS_AT };
}

const machine = (States: Definition['States'], StartAt = Object.keys(States)[0] ?? ''): Definition => ({
  StartAt,
  States,
});

describe('the interpreter', () => {
  it('knows every state and field of the Recovery machine', () => {
    const { recovery, orders } = testDeployment();
    expect(() => check(recovery)).not.toThrow();
    expect(() => check(orders)).not.toThrow();
  });

  it.each([
    ['Map', { Type: 'Map', End: true }],
    ['HeartbeatSeconds', { Type: 'Task', Resource: 'a', HeartbeatSeconds: 3, End: true }],
    ['QueryLanguage', { Type: 'Pass', QueryLanguage: 'JSONata', End: true }],
    ['nowhere', { Type: 'Pass', Next: 'nowhere' }],
  ])('refuses by name what it does not know: %s', (name, state) => {
    expect(() => check(machine({ first: state }))).toThrow(name);
  });

  it('refuses what it does not know inside a branch', () => {
    const branch = machine({ inner: { Type: 'Map' } });
    expect(() => check(machine({ outer: { Type: 'Parallel', Branches: [branch] } }))).toThrow('Map');
  });

  it('puts the result of a task where its path says', async () => {
    const task = { Type: 'Task', Resource: 'a', Parameters: { 'of.$': '$.id' }, ResultPath: '$.found', End: true };
    const { end, given } = await run(machine({ task }), { a: [{ n: 1 }] }, { id: 7 });
    expect(given[0]?.input).toEqual({ of: 7 });
    expect(end).toEqual({ output: { id: 7, found: { n: 1 } } });
  });

  it('retries by the first retrier that matches, with its waits, then catches', async () => {
    const Retry = [
      { ErrorEquals: ['Final'], MaxAttempts: 0 },
      { ErrorEquals: ['States.ALL'], IntervalSeconds: 2, BackoffRate: 3, MaxAttempts: 2 },
    ];
    const Catch = [{ ErrorEquals: ['States.ALL'], ResultPath: '$.caught', Next: 'after' }];
    const states = {
      task: { Type: 'Task', Resource: 'a', Retry, Catch, End: true },
      after: { Type: 'Pass', End: true },
    };
    const tired = await run(machine(states), { a: ['E', 'E', 'E'] });
    expect(tired).toMatchObject({ tookMs: 8_000, end: { output: { caught: { Error: 'E', Cause: 'because' } } } });
    const final = await run(machine(states), { a: ['Final', 'E'] });
    expect(final).toMatchObject({ tookMs: 0, end: { output: { caught: { Error: 'Final' } } } });
  });

  it('waits until a time, and not for one in the past', async () => {
    const wait = machine({ wait: { Type: 'Wait', TimestampPath: '$.until', End: true } });
    const until = (ms: number) => ({ until: new Date(STARTS_AT + ms).toISOString() });
    expect(await run(wait, {}, until(5_000))).toMatchObject({ tookMs: 5_000 });
    expect(await run(wait, {}, until(-5_000))).toMatchObject({ tookMs: 0 });
  });

  it('catches the error of a branch, and ends with that of a Fail state', async () => {
    const branch = machine({ inner: { Type: 'Fail', Error: 'Broken', Cause: 'so' } });
    const Catch = [{ ErrorEquals: ['States.ALL'], ResultPath: '$.e', Next: 'last' }];
    const outer = { Type: 'Parallel', Branches: [branch], Catch, End: true };
    const last = { Type: 'Fail', ErrorPath: '$.e.Error', CausePath: '$.e.Cause' };
    expect(await run(machine({ outer, last }))).toMatchObject({
      end: { error: 'Broken' },
      entered: ['outer', 'inner', 'last'],
    });
  });

  it.each([
    [{ key: 'k', at: 'b' }, 'b'],
    [{ key: 'k', at: 'c' }, 'other'],
    [{ at: 'b' }, 'other'],
  ])('chooses by the first rule that matches: %o', async (saga, state) => {
    const rule = {
      And: [
        { Variable: '$.saga.key', IsPresent: true },
        { Variable: '$.saga.key', StringEquals: 'k' },
        { Variable: '$.saga.at', StringEquals: 'b' },
      ],
      Next: 'b',
    };
    const choice = { Type: 'Choice', Choices: [rule], Default: 'other' };
    const states = { choice, b: { Type: 'Succeed' }, other: { Type: 'Succeed' } };
    expect((await run(machine(states), {}, { saga })).entered).toEqual(['choice', state]);
  });

  it('ends the other branches where one fails', async () => {
    const failing = machine({ fails: { Type: 'Task', Resource: 'a', End: true } });
    const slow = machine({ waits: { Type: 'Wait', Seconds: 60, Next: 'later' }, later: { Type: 'Succeed' } });
    const Catch = [{ ErrorEquals: ['States.ALL'], ResultPath: '$.e', Next: 'last' }];
    const both = { Type: 'Parallel', Branches: [failing, slow], Catch, End: true };
    const last = { Type: 'Wait', Seconds: 300, End: true };
    const { entered } = await run(machine({ both, last }), { a: ['Broken'] });
    expect(entered).toEqual(['both', 'fails', 'waits', 'last']);
  });

  it('ends a task that takes too long', async () => {
    const world = new World({ seed: 1, plan: [], startsAt: STARTS_AT });
    const task = machine({ task: { Type: 'Task', Resource: 'a', TimeoutSeconds: 3, End: true } });
    const onState = () => undefined;
    const interpreter = new Interpreter(task, { world, run: () => new Promise(() => undefined), onState });
    const end = interpreter.start({}, { name: 'run', isOver: false }).catch(({ name }) => name);
    await Promise.resolve();
    await world.run(() => false, 100);
    expect(await end).toBe('States.Timeout');
  });
});

describe('state data', () => {
  const scope = { data: { a: [{ b: 1 }], id: 'x' }, context: { Task: { Token: 't' } } };

  it('is read by paths', () => {
    expect(read('$', scope)).toBe(scope.data);
    expect(read('$.a[0].b', scope)).toBe(1);
    expect(read('$$.Task.Token', scope)).toBe('t');
    expect(() => read('$.none', scope)).toThrow('leads nowhere');
    expect(() => read('$..a', scope)).toThrow("doesn't read");
  });

  it('fills templates', () => {
    const template = { 'id.$': '$.id', same: 1, in: [{ 'token.$': '$$.Task.Token' }] };
    expect(fill(template, scope)).toEqual({ id: 'x', same: 1, in: [{ token: 't' }] });
    expect(fill({ 'text.$': "States.Format('it\\'s {}, {}', $.id, $.a[0].b)" }, scope)).toEqual({ text: "it's x, 1" });
    const json = "States.Format('{}: {}', $.id, States.JsonToString($.a))";
    expect(fill({ 'text.$': json }, scope)).toEqual({ text: 'x: [{"b":1}]' });
    expect(() => fill({ 'text.$': 'States.UUID()' }, scope)).toThrow('States.UUID');
  });

  it('takes results', () => {
    expect(place({ a: 1 }, 2, null)).toEqual({ a: 1 });
    expect(place({ a: 1 }, 2)).toBe(2);
    expect(place({ a: { b: 1 } }, 2, '$.a.c')).toEqual({ a: { b: 1, c: 2 } });
  });
});
