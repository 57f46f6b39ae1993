import { describe, expect, it } from 'vitest';
import { failure, failureWithoutCause, statesOf } from '../machine-runner.ts';
import { ACTIONS, fails, order, orderMachine, UNDOS } from './order-machine.ts';

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

  it('fails with the error of a step that has no cause', async () => {
    const Ship = () => {
      throw failureWithoutCause('StepError');
    };
    const { ran } = await order({ tasks: { Ship } });
    expect(ran).toMatchObject({ status: 'FAILED', error: 'StepError' });
    expect(ran.states.at(-1)).toBe('Order: failed, and undone, no cause');
  });

  it('gives each undo what its step was given, with what the steps before have added', async () => {
    const { inputOf } = await order({ tasks: { Ship: fails('StepError') } });
    expect(inputOf('Recall')).toMatchObject({ id: 1, charge: 'Charge is done', papers: {} });
    expect(inputOf('Recall')).not.toHaveProperty('ship');
    expect(inputOf('Release')).toMatchObject({ id: 1 });
  });

  it('continues after a failed undo, alerts a human with the state of every step only, and fails with its own error', async () => {
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
        Subject: 'Saga Order could not be undone completely',
        Message: {
          priority: 'P1',
          execution: 'arn:of:execution',
          summary: 'Saga Own/Order could not be undone completely.',
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

  describe('if the topic refuses the alert', () => {
    const refused = {
      Charge: fails('StepError'),
      Refund: fails('RefundError'),
      'Order: undo failed: tell a human': fails('SNS.Unavailable'),
    };
    const KEEP = 'Order: undo failed: keep the alert';

    it('keeps it in the last resort, because a catch block may let the execution succeed', async () => {
      const kept: unknown[] = [];
      const { ran } = await order({ escalate: true, tasks: { ...refused, [KEEP]: (input) => kept.push(input) } });
      expect(ran).toMatchObject({ status: 'FAILED', error: 'SagaUndoFailed' });
      expect(kept).toMatchObject([
        {
          MessageBody: {
            saga: 'Own/Order',
            executionArn: 'arn:of:execution',
            reason: 'SagaUndoFailed',
            runbookUrl: 'https://wiki.example.com/runbook#a-saga-that-could-not-be-undone',
            steps: { Charge: { state: 'undo failed', error: 'RefundError' } },
          },
        },
      ]);
    });

    it('ends the same if the last resort refuses it, too', async () => {
      const { ran } = await order({ escalate: true, tasks: { ...refused, [KEEP]: fails('SQS.Unavailable') } });
      expect(ran).toMatchObject({ status: 'FAILED', error: 'SagaUndoFailed' });
    });
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

  it('is stuck if it never succeeds: it undoes no step, and alerts a human', async () => {
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

describe('an execution that replaces another', () => {
  const marker = (at: string, more: object = {}) => ({
    id: 1,
    charge: 'x',
    backstopSaga: { key: 'https://sqs.us-east-1.amazonaws.com/123456789012/AWS::StackId', at, ...more },
  });
  const error = { Error: 'SagaStopped', Cause: 'stopped' };

  it('undoes from the step at which that one stood', async () => {
    const { ran, calls } = await order({ input: marker('Order: Charge failed', { error }) });
    expect(calls).toEqual(['Refund', 'Release']);
    expect(ran).toMatchObject({ status: 'FAILED', error: 'SagaStopped' });
  });

  it('continues with the remaining undo steps', async () => {
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

  it("begins at the first state if the caller can't know the key", async () => {
    const { calls } = await order({ input: { backstopSaga: { at: 'Notify', key: 'guessed' } } });
    expect(calls).toEqual(ACTIONS);
  });

  it('alerts a human if the saga has lost the state to resume at', async () => {
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

  it('can resume at every state in which another execution may have ended', () => {
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
