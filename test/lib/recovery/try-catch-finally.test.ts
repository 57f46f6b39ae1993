import { Template } from 'aws-cdk-lib/assertions';
import { CustomState, DefinitionBody, type IChainable, Pass, StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { describe, expect, it } from 'vitest';
import { TryCatchFinally } from '../../../lib/recovery/try-catch-finally.ts';
import { type Definition, definitionOf, failure, failureWithoutCause, type Run, run } from '../machine-runner.ts';
import { ownStack } from '../templates.ts';

function task(scope: Construct, name: string, resultPath: string): CustomState {
  const Resource = 'arn:aws:lambda:us-east-1:123456789012:function:any';
  return new CustomState(scope, name, { stateJson: { Type: 'Task', Resource, ResultPath: resultPath } });
}

let ofOrder: Definition | undefined;

/** Pays or cancels, tells in any case, then archives. */
function order(): Definition {
  ofOrder ??= orderWith((scope) => task(scope, 'Tell', '$.told'));
  return ofOrder;
}

function orderWith(finallyBlock: (scope: Construct) => IChainable) {
  const stack = ownStack();
  const fragment = new TryCatchFinally(stack, 'Order', {
    tryBlock: task(stack, 'Reserve', '$.reserved').next(task(stack, 'Pay', '$.paid')),
    catchBlock: task(stack, 'Cancel', '$.cancelled'),
    finallyBlock,
  });
  new StateMachine(stack, 'Machine', {
    definitionBody: DefinitionBody.fromChainable(fragment.next(task(stack, 'Archive', '$.archived'))),
  });
  return definitionOf(Template.fromStack(stack));
}

const yes = () => true;
const fails = (name: string) => () => {
  throw failure(name);
};
const tasks: Run['tasks'] = {
  Reserve: yes,
  Pay: yes,
  Cancel: yes,
  Tell: yes,
  'After a failed catch: Tell': yes,
  Archive: yes,
};

describe('TryCatchFinally', () => {
  it('runs the finally block after success, on the output of the try block', async () => {
    expect(await run(order(), { input: { id: 1 }, tasks })).toEqual({
      status: 'SUCCEEDED',
      output: { id: 1, reserved: true, paid: true, told: true, archived: true },
      states: ['Order: try', 'Reserve', 'Pay', 'Tell', 'Archive'],
    });
  });

  it('runs the catch block after a failure, on the input with the error, and then the finally block', async () => {
    const ran = await run(order(), { input: { id: 1 }, tasks: { ...tasks, Pay: fails('CardError') } });
    expect(ran).toMatchObject({
      status: 'SUCCEEDED',
      states: ['Order: try', 'Reserve', 'Pay', 'Order: catch', 'Cancel', 'Tell', 'Archive'],
    });
    expect(ran.output).toEqual({
      id: 1,
      error: expect.objectContaining({ Error: 'CardError' }),
      cancelled: true,
      told: true,
      archived: true,
    });
  });

  it('runs the finally block after a failure inside the catch block, and fails with that error', async () => {
    const told: unknown[] = [];
    const ran = await run(order(), {
      input: { id: 1 },
      tasks: {
        ...tasks,
        Pay: fails('CardError'),
        Cancel: fails('CancelError'),
        'After a failed catch: Tell': (input) => told.push(input),
      },
    });
    expect(ran).toEqual({
      status: 'FAILED',
      error: 'CancelError',
      states: [
        'Order: try',
        'Reserve',
        'Pay',
        'Order: catch',
        'Cancel',
        'Order: catch failed',
        'After a failed catch: Tell',
        'Order: failed: is there a cause?',
        'Order: failed',
      ],
    });
    expect(told).toEqual([
      {
        id: 1,
        error: expect.objectContaining({ Error: 'CardError' }),
        catchError: expect.objectContaining({ Error: 'CancelError' }),
      },
    ]);
  });

  it('fails with the error of a catch block that has no cause', async () => {
    const Cancel = () => {
      throw failureWithoutCause('CancelError');
    };
    const ran = await run(order(), { input: {}, tasks: { ...tasks, Pay: fails('CardError'), Cancel } });
    expect(ran).toMatchObject({ status: 'FAILED', error: 'CancelError' });
    expect(ran.states.at(-1)).toBe('Order: failed, no cause');
  });

  it('fails with the error of a finally block that fails', async () => {
    const ran = await run(order(), { input: {}, tasks: { ...tasks, Tell: fails('TellError') } });
    expect(ran).toMatchObject({ status: 'FAILED', error: 'TellError' });
    expect(ran.states).not.toContain('Archive');
  });

  it('keeps the error of the catch block whatever the finally block does to the state data', async () => {
    const dropsAll = orderWith((scope) => new Pass(scope, 'Tell', { outputPath: '$.id' }));
    const ran = await run(dropsAll, {
      input: { id: 1 },
      tasks: { ...tasks, Reserve: fails('ReserveError'), Cancel: fails('CancelError') },
    });
    expect(ran).toMatchObject({ status: 'FAILED', error: 'CancelError' });
  });

  it('can be told apart from another in the same machine', () => {
    const stack = ownStack();
    const fragment = (id: string) =>
      new TryCatchFinally(stack, id, {
        tryBlock: task(stack, `Try ${id}`, '$.x'),
        catchBlock: task(stack, `Catch ${id}`, '$.x'),
        finallyBlock: (scope) => task(scope, `Finally ${id}`, '$.x'),
      });
    const both = fragment('First').next(fragment('Second'));
    new StateMachine(stack, 'Machine', { definitionBody: DefinitionBody.fromChainable(both) });
    expect(Object.keys(definitionOf(Template.fromStack(stack)).States)).toEqual(
      expect.arrayContaining(['First: try', 'Second: try', 'First: failed', 'Second: failed']),
    );
  });
});
