import {
  DescribeExecutionCommand,
  ExecutionAlreadyExists,
  GetExecutionHistoryCommand,
  type HistoryEvent,
  type SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { describe, expect, it } from 'vitest';
import { sagaExecutions } from '../../../../lambdas/adapters/saga/saga-executions.ts';
import type { ResumePoints } from '../../../../lambdas/contract/resume-points.ts';
import { rescue, rescueName } from '../../../../lambdas/use-cases/saga/rescue.ts';

/** A saga that reserves, charges, ships as its pivot, and then notifies and archives. */
const landmarks: ResumePoints = {
  Reserve: { at: 'S: Reserve failed' },
  Charge: { at: 'S: Charge failed' },
  Ship: { at: 'S: Ship failed', left: 'Notify' },
  Notify: { direction: 'forward', left: 'Archive' },
  Archive: { direction: 'forward', left: null },
  'S: Charge failed': {},
  'S: undo Charge': { broken: { at: 'S: undo Reserve', key: 'Charge' } },
  'S: undo Papers': { broken: { at: 'S: undo Charge', key: 'Papers', steps: ['A', 'B'] } },
  'S: stuck at Notify': { direction: 'forward' },
  'S: failed, and undone': { at: null },
};

const entered = (name: string, data: unknown, type = 'TaskStateEntered'): Partial<HistoryEvent> => ({
  type: type as 'TaskStateEntered',
  stateEnteredEventDetails: { name, input: JSON.stringify(data) },
});
const left = (name: string, data: unknown): Partial<HistoryEvent> => ({
  type: 'TaskStateExited',
  stateExitedEventDetails: { name, output: JSON.stringify(data) },
});
const begin = entered('S: begin or go on?', { order: 1 });
const error = { Error: 'CardError', Cause: 'declined' };
const stopped = { Error: 'SagaStopped', Cause: 'The execution order-1 ended as ABORTED inside the saga.' };

const aborted: Partial<HistoryEvent> = { type: 'ExecutionAborted' };

const ARN = 'arn:execution:Orders:order-1';

interface Scene {
  /** In order of time. */
  readonly events?: readonly Partial<HistoryEvent>[];
  /** The last event. */
  readonly end?: Partial<HistoryEvent>;
  readonly execution?: object;
  readonly start?: () => Promise<unknown>;
  /** The execution that already has the rescue's name. */
  readonly existing?: object;
}

/** Rescues an execution. Its history has two events per page. */
async function rescued({ events = [], end = aborted, execution = {}, start = async () => ({}), existing }: Scene) {
  const started: StartExecutionCommand['input'][] = [];
  const backwards = [...events, end].toReversed();
  const send = async (command: unknown) => {
    if (command instanceof DescribeExecutionCommand) {
      if (command.input.executionArn !== ARN) expect(command.input.executionArn).toBe(`${ARN}+saga1`);
      return command.input.executionArn === ARN ? { name: 'order-1', input: '{"order":1}', ...execution } : existing;
    }
    if (command instanceof GetExecutionHistoryCommand) {
      expect(command.input).toMatchObject({ executionArn: ARN, reverseOrder: true });
      const from = Number(command.input.nextToken ?? 0);
      const more = from + 2 < backwards.length;
      return { events: backwards.slice(from, from + 2), nextToken: more ? String(from + 2) : undefined };
    }
    if (!(command instanceof StartExecutionCommand)) throw new Error('nothing else is asked for');
    started.push(command.input);
    return start();
  };
  const saga = { name: 'S', key: 'the key', firstStates: ['S: begin or go on?', 'S: where to go on?'], landmarks };
  const request = { executionArn: ARN, stateMachineArn: 'arn:machine', saga };
  const result = await rescue(request, sagaExecutions({ send } as unknown as SFNClient));
  return { result, started, input: JSON.parse(started[0]?.input ?? 'null') };
}

const marker = { key: 'the key', of: 'order-1', rescues: 1 };

describe('a saga that was stopped', () => {
  it.each<[string, Partial<HistoryEvent>[], string, object]>([
    ['in its first step', [entered('Reserve', { order: 1 })], 'S: Reserve failed', { order: 1 }],
    [
      'in a later one, on what that one was given',
      [entered('Reserve', { order: 1 }), left('Reserve', { order: 1, r: 1 }), entered('Charge', { order: 1, r: 1 })],
      'S: Charge failed',
      { order: 1, r: 1 },
    ],
    [
      'between two steps, of which one is done',
      [entered('Charge', { order: 1 }), left('Charge', { order: 1, charge: 1 })],
      'S: Charge failed',
      { order: 1 },
    ],
    [
      'deep in a branch of a step',
      [entered('Charge', { order: 1 }), entered('Some state inside', {}), left('Some state inside', {})],
      'S: Charge failed',
      { order: 1 },
    ],
    ['in its pivot', [entered('Ship', { order: 1 })], 'S: Ship failed', { order: 1 }],
  ])('%s is undone from there', async (_, events, at, data) => {
    const { result, started, input } = await rescued({ events: [begin, ...events] });
    expect(result).toEqual({ kind: 'rescued', direction: 'undo', at });
    expect(started).toMatchObject([{ stateMachineArn: 'arn:machine', name: 'order-1+saga1' }]);
    expect(input).toEqual({ ...data, backstopSaga: { error: stopped, at, direction: 'undo', ...marker } });
  });

  it.each<[string, Partial<HistoryEvent>[], string, object]>([
    ['behind its pivot', [left('Ship', {}), entered('Notify', { order: 2 })], 'Notify', { order: 2 }],
    ['right behind its pivot', [entered('Ship', {}), left('Ship', { order: 2 })], 'Notify', { order: 2 }],
    ['between two steps behind it', [entered('Notify', {}), left('Notify', { order: 2 })], 'Archive', { order: 2 }],
  ])('%s goes forward', async (_, events, at, data) => {
    const { result, input } = await rescued({ events: [begin, ...events] });
    expect(result).toEqual({ kind: 'rescued', direction: 'forward', at });
    expect(input).toEqual({ ...data, backstopSaga: { at, direction: 'forward', ...marker } });
  });

  it('keeps the state data as it is, digit by digit', async () => {
    const data = '{"order":12345678901234567890, "items":[{"price":1.000000000000000001}]}';
    const at: Partial<HistoryEvent> = {
      type: 'TaskStateEntered',
      stateEnteredEventDetails: { name: 'Charge', input: data },
    };
    const { started } = await rescued({ events: [begin, at] });
    expect(started[0]?.input).toContain(
      '{"order":12345678901234567890,"items":[{"price":1.000000000000000001}],"backstopSaga":',
    );
  });

  it('during its undo resumes there, with the original error', async () => {
    const backstopSaga = { error, steps: { Charge: { state: 'done' } } };
    const { input } = await rescued({
      events: [begin, left('Ship', { backstopSaga: { error } }), entered('S: undo Charge', { order: 1, backstopSaga })],
    });
    const at = 'S: undo Charge';
    expect(input).toEqual({ order: 1, backstopSaga: { ...backstopSaga, at, direction: 'undo', ...marker } });
  });

  it('when its pivot had failed, and not succeeded, is undone', async () => {
    const failed = { order: 1, backstopSaga: { error } };
    const { result } = await rescued({ events: [begin, entered('Ship', { order: 1 }), left('Ship', failed)] });
    expect(result).toMatchObject({ direction: 'undo', at: 'S: Ship failed' });
  });

  it.each<[string, Partial<HistoryEvent>[]]>([
    ['had not begun', []],
    ['had only come to its first state', [begin]],
    ['had succeeded', [begin, entered('Archive', {}), left('Archive', {}), entered('Close the books', {})]],
    [
      'had succeeded, whatever its input says',
      [begin, entered('Archive', {}), left('Archive', { backstopSaga: { error } }), entered('Close the books', {})],
    ],
    ['had just succeeded', [begin, entered('Archive', {}), left('Archive', {})]],
    ['was undone', [begin, entered('S: failed, and undone', {}, 'FailStateEntered'), entered('Apologise', {})]],
  ])('when it %s is left as it is', async (_, events) => {
    expect(await rescued({ events })).toMatchObject({ result: { kind: 'none' }, started: [] });
  });

  it('is left as it is where it has succeeded after all, because somebody has redriven it', async () => {
    const end = { type: 'ExecutionSucceeded' } as const;
    const { result } = await rescued({ events: [begin, entered('Charge', {})], end });
    expect(result).toEqual({ kind: 'none' });
  });

  it('is looked at later where its history does not tell of its end yet', async () => {
    const scene = { events: [begin, entered('Reserve', {})], end: entered('Charge', {}) };
    await expect(rescued(scene)).rejects.toThrow('the execution history has no end event');
  });

  it('takes no instruction from an input that does not hold the key', async () => {
    const backstopSaga = { key: 'guessed', at: 'Notify', of: 'other', rescues: 9 };
    const execution = { input: JSON.stringify({ order: 1, backstopSaga }) };
    expect((await rescued({ events: [begin], execution })).result).toEqual({ kind: 'none' });
    const { input } = await rescued({ events: [begin, entered('Charge', { order: 1, backstopSaga })], execution });
    expect(input.backstopSaga).toMatchObject({ at: 'S: Charge failed', ...marker });
  });
});

describe('a saga that failed where nothing could be caught', () => {
  const end = { type: 'ExecutionFailed', executionFailedEventDetails: { error: 'States.Runtime' } } as const;
  const backstopSaga = { error, steps: { Reserve: { state: 'done' }, Charge: { state: 'result unknown' } } };

  it('is undone but for the undo at which it failed', async () => {
    const events = [begin, entered('S: undo Charge', { order: 1, backstopSaga })];
    const { input } = await rescued({ events, end });
    const note = { state: 'undo failed', error: 'States.Runtime' };
    expect(input.backstopSaga).toMatchObject({
      at: 'S: undo Reserve',
      error,
      steps: { Reserve: { state: 'done' }, Charge: note },
    });
    const aside = await rescued({ events: [begin, entered('S: undo Papers', { backstopSaga })], end });
    expect(aside.input.backstopSaga).toMatchObject({
      at: 'S: undo Charge',
      steps: { ...backstopSaga.steps, Papers: { A: note, B: note } },
    });
  });

  it('is undone from the step at which it failed', async () => {
    const { result } = await rescued({ events: [begin, entered('Charge', { order: 1 })], end });
    expect(result).toMatchObject({ kind: 'rescued', at: 'S: Charge failed' });
  });
});

describe('a rescue that ends badly itself', () => {
  const inputOf = (rescues: number) => ({
    order: 1,
    backstopSaga: { ...marker, at: 'S: Charge failed', direction: 'undo', rescues },
  });
  const executionOf = (rescues: number) => ({
    name: `order-1+saga${rescues}`,
    input: JSON.stringify(inputOf(rescues)),
  });

  it('is rescued itself, under the name of the first, from where it stood', async () => {
    const events = [begin, entered('S: undo Charge', inputOf(1))];
    const { started, input } = await rescued({ events, execution: executionOf(1) });
    expect(started).toMatchObject([{ name: 'order-1+saga2' }]);
    expect(input.backstopSaga).toMatchObject({ of: 'order-1', rescues: 2, at: 'S: undo Charge' });
  });

  it.each([
    ['before its first state', []],
    ['in its first state', [entered('S: begin or go on?', inputOf(1))]],
    ['in its second', [entered('S: begin or go on?', inputOf(1)), entered('S: where to go on?', inputOf(1))]],
  ])('%s is rescued to the same place', async (_, events) => {
    const { input } = await rescued({ events, execution: executionOf(1) });
    expect(input).toMatchObject({ order: 1, backstopSaga: { at: 'S: Charge failed', rescues: 2 } });
  });

  it('is left to a human the fourth time', async () => {
    const events = [begin, entered('S: undo Charge', inputOf(3))];
    const { result, started } = await rescued({ events, execution: executionOf(3) });
    expect(result).toEqual({ kind: 'given-up', reason: 'rescued-too-often' });
    expect(started).toEqual([]);
  });
});

describe('a human must look after', () => {
  it('a saga that was at a state that it does not have any more', async () => {
    const { result } = await rescued({ events: [begin, entered('Charge the old way', {})] });
    expect(result).toEqual({ kind: 'given-up', reason: 'unknown-state' });
  });

  it("state data that can't hold the state to resume at", async () => {
    const { result } = await rescued({ events: [begin, entered('Charge', [1, 2])] });
    expect(result).toEqual({ kind: 'given-up', reason: 'no-object' });
  });
});

describe('the execution of a rescue', () => {
  const events = [begin, entered('Charge', {})];
  const start = () => Promise.reject(new ExecutionAlreadyExists({ message: '', $metadata: {} }));

  it('is there already where the event came twice', async () => {
    const { started } = await rescued({ events });
    const existing = { input: started[0]?.input };
    expect((await rescued({ events, start, existing })).result).toMatchObject({ kind: 'rescued' });
  });

  it('is not there where another execution has its name, such as a rescue before a redrive by hand', async () => {
    const existing = { input: '{"order":1}' };
    const { result } = await rescued({ events, start, existing });
    expect(result).toEqual({ kind: 'given-up', reason: 'name-taken' });
  });

  it("fails the rescuer if the execution can't start, so that the event arrives again", async () => {
    const start = () => Promise.reject(new Error('throttled'));
    await expect(rescued({ events, start })).rejects.toThrow('throttled');
  });

  it('has a name that fits, and that tells long names apart', () => {
    const [one, other] = [`${'x'.repeat(79)}1`, `${'x'.repeat(79)}2`];
    expect(rescueName('order-1', 2)).toBe('order-1+saga2');
    expect(rescueName('x'.repeat(74), 1)).toBe(`${'x'.repeat(74)}+saga1`);
    expect(rescueName(one, 1)).toMatch(/^x{57}-[0-9a-f]{16}\+saga1$/);
    expect(rescueName(one, 1)).toHaveLength(80);
    expect(rescueName(one, 1)).not.toBe(rescueName(other, 1));
    expect(rescueName(one, 1)).toBe(rescueName(one, 1));
  });
});
