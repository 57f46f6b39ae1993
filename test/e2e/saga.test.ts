import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Trouble, UNDOS } from '../../tools/demo/order-saga/shop.ts';
import type { ExecutionRecord, Fault } from '../../tools/local/cloud.ts';
import { balanceAfter, booksAfter, statesAfter, UNDO_FAILURES, undosAsked } from './order-undo-failures.ts';
import { CARD, DONE, NOTHING, type OrderWorld, startOrderWorld } from './order-world.ts';
import { transitions } from './world.ts';

let world: OrderWorld;
beforeAll(async () => {
  world = await startOrderWorld();
  // Delivers each event of a `…-twice` order twice, also to the rescuer.
  world.cloud.redeliver(({ event }) => event.includes('-twice'));
});
afterAll(() => world?.stop());

let orders = 0;
const orderCalled = (suffix = '') => `o-${++orders}${suffix}`;

/** Name of the error that the catch block received, if any. */
function caught({ output = '{}' }: ExecutionRecord): string | undefined {
  return JSON.parse(output).error?.Error;
}

/** Number of times that an action happened to an order. */
function times(order: string, action: string): number {
  return world.shop.books.filter((entry) => entry.order === order && entry.action === action).length;
}

/** Counts of each action and its undo for an order. */
function booksOf(order: string) {
  return Object.fromEntries(
    Object.entries(UNDOS).map(([action, undo]) => [action, [times(order, action), times(order, undo)]]),
  );
}

function undosAskedFor(order: string) {
  const requests = world.shop.asked.filter((entry) => entry.order === order);
  const timesAsked = (undo: string) => requests.filter(({ action }) => action === undo).length;
  return Object.fromEntries(Object.values(UNDOS).map((undo) => [undo, timesAsked(undo)]));
}

/** The state of each step, according to the error in the catch block. */
function statesInCause({ output = '{}' }: ExecutionRecord): unknown {
  return JSON.parse(/\{.*/.exec(JSON.parse(output).error.Cause)?.[0] ?? 'null');
}

/** Alerts about an execution. */
function toldOf(name: string) {
  const messages = world.told.map((text) => JSON.parse(text));
  return messages.filter(({ execution }) => execution.endsWith(`:${name}`));
}

const ACTIONS = ['reserve', 'charge', 'invoice', 'label', 'ship'] as const;
const TWICE = ['', '-twice'];

describe.concurrent('an order', () => {
  it.each(TWICE)('that succeeds is carried out once%s', async (suffix) => {
    const order = orderCalled(suffix);
    await world.start(order);
    const execution = await world.ended(order);
    expect(execution.status).toBe('SUCCEEDED');
    expect(caught(execution)).toBeUndefined();
    expect(world.balance(order)).toEqual(DONE);
    expect([times(order, 'notify'), times(order, 'apologise'), times(order, 'close')]).toEqual([1, 0, 1]);
    // Six actions, the parallel block of two, the close, one for the saga and one for the try block.
    expect(transitions(execution)).toBe(10);
  });

  const failures = ACTIONS.flatMap((action) =>
    (['fails-before', 'fails-after'] satisfies Trouble[]).flatMap((trouble) =>
      TWICE.map((suffix) => [action, trouble, suffix] as const),
    ),
  );
  it.each(failures)('in which %s %s is undone as a whole%s', async (action, trouble, suffix) => {
    const order = orderCalled(suffix);
    world.shop.trouble(order, action, trouble);
    await world.start(order);
    const execution = await world.ended(order);
    expect(caught(execution)).toBe('ShopError');
    expect(world.balance(order)).toEqual(NOTHING);
    expect([times(order, 'notify'), times(order, 'apologise'), times(order, 'close')]).toEqual([0, 1, 1]);
    if (trouble === 'fails-after') expect([times(order, action), times(order, UNDOS[action])]).toEqual([1, 1]);
  });

  it.each(UNDO_FAILURES)(
    'in which $action $trouble, and then the undo of $undoOf $undoTrouble, is undone but for that (deliveries: $deliveries)',
    async (failure) => {
      const order = orderCalled(TWICE[failure.deliveries - 1]);
      world.shop.trouble(order, failure.action, failure.trouble);
      world.shop.trouble(order, UNDOS[failure.undoOf], failure.undoTrouble);
      await world.start(order);
      const execution = await world.ended(order);
      expect(caught(execution)).toBe('SagaUndoFailed');
      expect(world.balance(order)).toEqual(balanceAfter(failure));
      expect(booksOf(order)).toMatchObject(booksAfter(failure));
      expect(undosAskedFor(order)).toEqual(undosAsked(failure));
      expect([times(order, 'notify'), times(order, 'apologise'), times(order, 'close')]).toEqual([0, 1, 1]);
      const steps = statesAfter(failure);
      expect(toldOf(order)).toMatchObject([{ priority: 'P1' }]);
      expect([toldOf(order)[0].steps, statesInCause(execution)]).toEqual([steps, steps]);
    },
  );

  const stops = ACTIONS.flatMap((action) =>
    (['held-before', 'held-after'] satisfies Trouble[]).map((trouble) => [action, trouble] as const),
  );
  it.each(stops)('that is stopped by hand while %s is %s is undone by another execution', async (action, trouble) => {
    // The rescuer receives each event twice but acts once.
    const order = orderCalled('-twice');
    world.shop.trouble(order, action, trouble);
    await world.start(order);
    await world.asked(order, action);
    await world.stopExecution(order);
    const rescue = await world.ended(`${order}+saga1`);
    expect(caught(rescue)).toBe('SagaStopped');
    // A late action, after the undo, has no effect.
    world.shop.letGo(order);
    expect(world.balance(order)).toEqual(NOTHING);
    expect(times(order, action)).toBe(trouble === 'held-after' ? 1 : 0);
    expect([times(order, 'notify'), times(order, 'apologise'), times(order, 'close')]).toEqual([0, 1, 1]);
  });

  it.each(ACTIONS)('that is stopped by hand during the undo of %s resumes there', async (action) => {
    const order = orderCalled();
    world.shop.trouble(order, 'ship', 'fails-before');
    world.shop.trouble(order, UNDOS[action], 'held-before');
    await world.start(order);
    await world.asked(order, UNDOS[action]);
    await world.stopExecution(order);
    world.shop.letGo(order);
    expect(caught(await world.ended(`${order}+saga1`))).toBe('ShopError');
    expect(world.balance(order)).toEqual(NOTHING);
  });

  it('that is stopped by hand behind its pivot completes in another execution', async () => {
    const order = orderCalled();
    world.shop.trouble(order, 'notify', 'held-before');
    await world.start(order);
    await world.asked(order, 'notify');
    await world.stopExecution(order);
    world.shop.letGo(order);
    expect((await world.ended(`${order}+saga1`)).status).toBe('SUCCEEDED');
    expect(world.balance(order)).toEqual(DONE);
    expect([times(order, 'notify'), times(order, 'apologise'), times(order, 'close')]).toEqual([1, 0, 1]);
  });

  it.each([
    ['has succeeded', undefined, DONE],
    ['is undone', 'charge', NOTHING],
  ] as const)('whose saga %s stays as it is after a stop by hand', async (_, failing, balance) => {
    const order = orderCalled('-twice');
    if (failing) world.shop.trouble(order, failing, 'fails-before');
    world.shop.trouble(order, 'close', 'held-before');
    await world.start(order);
    await world.asked(order, 'close');
    await world.stopExecution(order);
    world.shop.letGo(order);
    // When the rescuer starts its second inspection, it has finished the first.
    const looks = () => world.looked.filter((name) => name === order);
    await world.clock.until(() => expect(looks()).toHaveLength(2));
    expect(world.balance(order)).toEqual(balance);
    expect(world.cloud.executions.filter(({ name }) => name.startsWith(`${order}+`))).toEqual([]);
  });

  it('that is stopped by hand again and again waits for a human after three rescues', async () => {
    const order = orderCalled();
    world.shop.trouble(order, 'ship', 'held-before');
    world.shop.trouble(order, 'recall', 'held-before');
    await world.start(order);
    await world.asked(order, 'ship');
    await world.stopExecution(order);
    for (const rescue of [1, 2, 3]) {
      const name = `${order}+saga${rescue}`;
      await world.clock.until(() => expect(world.cloud.executions.find((each) => each.name === name)).toBeDefined());
      await world.stopExecution(name);
    }
    const deadLetters = () => world.deadLetters.filter((deadLetter) => deadLetter.includes(`:${order}+saga3`));
    await world.clock.until(() => expect(deadLetters()).toHaveLength(1));
    expect(JSON.parse(deadLetters()[0] ?? '')).toMatchObject({ saga: 'Orders/Order', reason: 'rescued-too-often' });
    world.shop.letGo(order);
  });
});

describe.concurrent('a rescuer that is struck', () => {
  const strikes = ['DescribeExecution', 'GetExecutionHistory', 'StartExecution'].flatMap((operation) =>
    (['fail-before', 'fail-after', 'kill-before', 'kill-after'] satisfies Fault[]).map(
      (fault) => [operation, fault] as const,
    ),
  );
  it.each(strikes)('at %s by %s rescues all the same, once', async (operation, fault) => {
    const order = orderCalled();
    world.shop.trouble(order, 'charge', 'held-after');
    await world.start(order);
    await world.asked(order, 'charge');
    world.strike(order, operation, fault);
    await world.stopExecution(order);
    expect(caught(await world.ended(`${order}+saga1`))).toBe('SagaStopped');
    world.shop.letGo(order);
    expect(world.balance(order)).toEqual(NOTHING);
    const looks = () => world.looked.filter((name) => name === order);
    await world.clock.until(() => expect(looks()).toHaveLength(2));
    const rescues = world.cloud.executions.filter(({ name }) => name.startsWith(`${order}+`));
    expect(rescues).toHaveLength(1);
  });
});

describe.concurrent('an order that runs out of time', () => {
  it.each([...ACTIONS, 'notify'])('while it is to %s is ended by another execution', async (action) => {
    const order = orderCalled();
    world.shop.trouble(order, action, 'held-after');
    await world.start(order, 'Hasty');
    expect((await world.ended(order)).status).toBe('TIMED_OUT');
    world.shop.letGo(order);
    const rescue = await world.ended(`${order}+saga1`);
    expect(caught(rescue)).toBe(action === 'notify' ? undefined : 'SagaStopped');
    expect(world.balance(order)).toEqual(action === 'notify' ? DONE : NOTHING);
  });
});

it('keeps the data of an order out of logs, alerts and dead letters', () => {
  const { logs, told, mails, deadLetters, cloud } = world;
  const read = [logs, told, mails, deadLetters];
  expect(read.map(({ length }) => length > 0)).toEqual([true, true, true, true]);
  expect(cloud.executions.every(({ input }) => input.includes(CARD))).toBe(true);
  expect(read.flat().filter((text) => text.includes(CARD))).toEqual([]);
});

it('has the notifier read every alert', () => {
  expect(world.logs.filter((line) => line.includes('unreadable signal'))).toEqual([]);
});
