import { UNDOS } from '../demo/order-saga/shop.ts';
import { arnOf } from './cloud/interpreter.ts';
import { ACTIONS } from './cloud/shop.ts';
import type { Violation } from './facts.ts';
import type { Orders } from './story/orders.ts';
import type { Services } from './story/services.ts';

/** What one order came to. */
interface OrderFacts {
  readonly orders: Orders;
  readonly services: Services;
  readonly order: string;
}

type Check = (facts: OrderFacts) => string | false;

/** Promises about a saga. */
const INVARIANTS: Readonly<Record<string, Check>> = {
  'a saga is done as a whole or undone as a whole, or a human hears of it': (facts) => {
    const { orders, order } = facts;
    const done = ACTIONS.filter((action) => orders.shop.isDone(order, action));
    const isHalf = done.length > 0 && done.length < ACTIONS.length;
    return isHalf && !isTold(facts) && `${done.join(', ')} of ${order} remain`;
  },
  'a saga that is done reaches its last step, or a human hears of it': (facts) => {
    const { shop } = facts.orders;
    const isDone = ACTIONS.every((action) => shop.isDone(facts.order, action));
    return isDone && !shop.has(facts.order, 'notify') && !isTold(facts) && `${facts.order} has no notification`;
  },
  'nothing is undone behind the pivot': ({ orders: { shop }, order }) => {
    const isBehind = shop.asked.some((each) => each.order === order && each.action === 'notify');
    const undone = Object.values(UNDOS).find((undo) => shop.has(order, undo));
    return isBehind && undone !== undefined && `${undone} of ${order}`;
  },
  'the steps of a saga are undone in reverse order': ({ orders: { shop }, order }) => {
    const [release, refund, invoice, label, recall] = Object.values(UNDOS).map(
      (undo) => shop.asked.find((each) => each.order === order && each.action === undo)?.at,
    );
    const later = (one: number | undefined, other: number | undefined) =>
      one !== undefined && other !== undefined && one < other;
    const isWrong =
      later(release, refund) ||
      later(refund, invoice) ||
      later(refund, label) ||
      later(invoice, recall) ||
      later(label, recall);
    return isWrong && `first requests of ${order}: ${[release, refund, invoice, label, recall].join(', ')}`;
  },
  'a saga is rescued once for each stop, and three times at most': ({ orders: { machine }, order }) => {
    const all = [...machine.all].filter(({ name }) => name === order || name.startsWith(`${order}+`));
    const stopped = all.filter(({ status }) => status !== 'SUCCEEDED');
    return (
      (all.length > 4 || all.length > stopped.length + 1) &&
      all.map(({ name, status }) => `${name} ${status}`).join(', ')
    );
  },
};

/** Checks every order of a schedule. */
export function brokenOrders(services: Services): readonly Violation[] {
  const { orders } = services;
  if (!orders) return [];
  return orders.names.flatMap((order) =>
    Object.entries(INVARIANTS).flatMap(([invariant, check]) => {
      const about = check({ orders, services, order });
      return about === false ? [] : [{ invariant, about }];
    }),
  );
}

/** An alert of the saga's machine names the execution, and so does what the last resort keeps of it. */
function isTold({ orders, services: { alerts, lastResort }, order }: OrderFacts): boolean {
  const executions = [...orders.machine.all].filter(({ name }) => name === order || name.startsWith(`${order}+`));
  return executions.some(({ name }) => {
    const arn = arnOf(name);
    const isKept = [...orders.leftOver, ...lastResort].some((body) => body.includes(`${arn}"`));
    return isKept || alerts?.told.some(({ cause }) => cause === `saga:${arn.slice(-100)}`);
  });
}
