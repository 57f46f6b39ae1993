import { describe, expect, it } from 'vitest';
import { failure, type Run, run } from '../machine-runner.ts';
import { definition, states } from './recovery-run.ts';

const facts = { key: 'payments/f1', id: 'f1', cycle: 1, correlationId: 'c1' };
const input = {
  ...facts,
  dependency: 'payments',
  deadLetterQueueUrl: 'https://queue',
  waitUntil: '2020-01-01T00:00:00Z',
};
const fails = (name: string) => () => {
  throw failure(name);
};

/** Runs a failure that is given up with steps to undo. The undo ends with each error in turn. */
function undoRun(errors: readonly string[] = [], change: Run['tasks'] = {}) {
  const left = [...errors];
  const given: [string, unknown][] = [];
  let isDue = true;
  const tasks: Run['tasks'] = {
    'Attempt the operation': fails('GaveUpError'),
    'Undo the completed steps': () => {
      const error = left.shift();
      isDue = error !== 'GaveUpError';
      if (error !== undefined) throw failure(error);
      return { outcome: 'compensated' };
    },
    'When may the undo go on?': () => ({ waitUntil: '2020-01-01T00:00:00Z' }),
    'What could not be undone?': () => ({ letter: { id: 'f1', compensation: 'incomplete' }, alert: 'what is left' }),
    'Tell a human': () => ({ MessageId: 'm' }),
    'Keep as a dead letter': () => ({ MessageId: 'm' }),
    Settle: ({ settlement }) => {
      if (!settlement && isDue) throw failure('UndoDueError');
      return {};
    },
    'Settle once more': ({ settlement }) => (settlement ? {} : fails('NotSettledError')()),
    'Keep in the last resort': () => ({ MessageId: 'm' }),
    ...change,
  };
  const noting = Object.entries(tasks).map(([name, answer]) => [
    name,
    (received: Record<string, unknown>) => {
      given.push([name, received]);
      return answer(received);
    },
  ]);
  return { given, ran: run(definition, { input, tasks: Object.fromEntries(noting) }) };
}

const called = (given: readonly [string, unknown][]) => given.map(([state]) => state);

describe('the undo in the Recovery machine', () => {
  it('undoes the completed steps of what is given up, in four transitions', async () => {
    const { ran, given } = undoRun();
    expect(await ran).toMatchObject({
      status: 'SUCCEEDED',
      output: { settlement: { outcome: 'compensated' } },
      states: ['Attempt the operation', 'Settle', 'Undo the completed steps', 'Settle'],
    });
    expect(given.slice(1, 3)).toEqual([
      ['Settle', { ...input, error: { Error: 'GaveUpError', Cause: expect.any(String) } }],
      ['Undo the completed steps', facts],
    ]);
    expect(given[3]).toMatchObject(['Settle', { settlement: { outcome: 'compensated' } }]);
  });

  it('tells a human what could not be undone, then keeps the dead letter', async () => {
    const { ran, given } = undoRun(['UndoFailedError']);
    expect(await ran).toMatchObject({ output: { settlement: { outcome: 'dead-lettered' } } });
    expect(called(given)).toEqual([
      'Attempt the operation',
      'Settle',
      'Undo the completed steps',
      'What could not be undone?',
      'Tell a human',
      'Keep as a dead letter',
      'Settle once more',
    ]);
    const TopicArn = expect.stringContaining('Topic');
    expect(given).toContainEqual([
      'Tell a human',
      {
        TopicArn,
        Subject: 'P1: completed steps could not be undone',
        Message: 'what is left',
        MessageAttributes: { about: { DataType: 'String', StringValue: 'undo' } },
      },
    ]);
    const MessageBody = { id: 'f1', compensation: 'incomplete' };
    expect(given).toContainEqual(['Keep as a dead letter', { QueueUrl: 'https://queue', MessageBody }]);
  });

  it('keeps the dead letter also where no human can be told', async () => {
    const { ran, given } = undoRun(['UndoFailedError'], { 'Tell a human': fails('SNS.NotFoundException') });
    expect(await ran).toMatchObject({ status: 'SUCCEEDED', output: { settlement: { outcome: 'dead-lettered' } } });
    expect(called(given)).toContain('Keep as a dead letter');
  });

  it('gives up, and pages nobody, where all is undone and only the operation is in doubt', async () => {
    const { ran, given } = undoRun(['GaveUpError']);
    expect(await ran).toMatchObject({ status: 'SUCCEEDED' });
    expect(called(given)).toEqual(['Attempt the operation', 'Settle', 'Undo the completed steps', 'Settle']);
    // Tells the function that the failure was given up.
    expect(given.at(-1)?.[1]).toMatchObject({ error: { Error: 'GaveUpError' } });
  });

  it.each([
    ['TransientError', []],
    ['BusyError', []],
    ['UndoGoesOnError', []],
    ['NotYetError', ['When may the undo go on?']],
    ['CircuitOpenError', ['When may the undo go on?']],
  ])('continues the undo after %s', async (name, between) => {
    const { ran, given } = undoRun([name, name]);
    expect(await ran).toMatchObject({ output: { settlement: { outcome: 'compensated' } } });
    const again = [...between, 'Undo the completed steps'];
    expect(called(given)).toEqual([
      'Attempt the operation',
      'Settle',
      'Undo the completed steps',
      ...again,
      ...again,
      'Settle',
    ]);
  });

  it('gives each step all the retries that one may need', () => {
    const listOf = (name: string, field: string) => (states[name]?.[field] ?? []) as readonly object[];
    expect(listOf('Undo the completed steps', 'Retry')[0]).toEqual(listOf('Attempt the operation', 'Retry')[0]);
    const again = { ErrorEquals: ['UndoGoesOnError'], Next: 'Undo the completed steps' };
    expect(listOf('Undo the completed steps', 'Catch')[0]).toMatchObject(again);
  });

  it("fails through the last resort if the undo can't even start", async () => {
    const { ran, given } = undoRun(Array<string>(9).fill('InternalError'));
    expect(await ran).toMatchObject({ status: 'FAILED', error: 'NotSettled' });
    expect(given.at(-1)).toMatchObject(['Keep in the last resort', {}]);
  });
});
