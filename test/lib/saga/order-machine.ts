import type { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { CustomState, DefinitionBody, StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Escalations } from '../../../lib/parts/escalations.ts';
import { Saga } from '../../../lib/saga/saga.ts';
import type { SagaProps } from '../../../lib/saga/saga-steps.ts';
import { definitionOf, failure, type Run, run } from '../machine-runner.ts';
import { ownStack } from '../templates.ts';

const RESOURCE = 'arn:aws:lambda:us-east-1:123456789012:function:any';

export function task(stack: Stack, name: string, more: object = {}): CustomState {
  return new CustomState(stack, name, {
    stateJson: { Type: 'Task', Resource: RESOURCE, ResultPath: null, ...more },
  });
}

/**
 * Reserves, charges, creates an invoice and a label in parallel, then ships. After this pivot, only the notification
 * follows.
 */
export function orderSteps(stack: Stack): SagaProps['steps'] {
  const step = (name: string, undo: string) => ({
    name,
    action: task(stack, name, { ResultPath: `$.${name.toLowerCase()}` }),
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

export const ACTIONS = ['Reserve', 'Price', 'Charge', 'Invoice', 'Label', 'Ship', 'Notify'];
export const UNDOS = ['Release', 'Refund', 'Void the invoice', 'Void the label', 'Recall'];

interface Options {
  readonly tasks?: Run['tasks'];
  readonly input?: object;
  readonly escalate?: boolean;
}

type OrderMachine = ReturnType<typeof makeOrderMachine>;
const made = new Map<boolean, OrderMachine>();

/** Caches the machine, because no run changes it. */
export function orderMachine({ escalate = false }: Options = {}): OrderMachine {
  const machine = made.get(escalate) ?? makeOrderMachine(escalate);
  made.set(escalate, machine);
  return machine;
}

function makeOrderMachine(escalate: boolean) {
  const stack = ownStack();
  const escalations = new Escalations(stack, 'Escalations', {
    encryptionKey: new Key(stack, 'Key'),
    runbookUrl: 'https://wiki.example.com/runbook',
    lastResort: new Queue(stack, 'LastResort'),
    operatorCommand: 'backstop',
  });
  const saga = new Saga(stack, 'Order', { steps: orderSteps(stack), escalations: escalate ? escalations : undefined });
  new StateMachine(stack, 'Machine', { definitionBody: DefinitionBody.fromChainable(saga) });
  const template = Template.fromStack(stack);
  return { saga, template, definition: definitionOf(template) };
}

/** Runs the order. Each task records its input. */
export async function order(options: Options = {}) {
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

export const fails = (name: string) => () => {
  throw failure(name);
};
