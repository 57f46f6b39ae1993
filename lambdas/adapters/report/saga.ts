import type { ReportedStep } from '../../domain/report/report-detail.ts';
import { sagaCall } from './saga-call.ts';
import { type BegunStep, type Place, position, type StepUndo } from './saga-position.ts';

/**
 * The steps of one order. Each knows how it is undone.
 *
 * @example
 * const order: StepwiseOrder = saga('order-1');
 * await order.step('greet', async () => 'done');
 */
export interface StepwiseOrder {
  /** The undos of the steps that are done, or may be, in their order. */
  readonly undo: readonly ReportedStep[];
  /**
   * Does a step. A report inside of it, by `fetch` or `reportFailure`, carries the undos of all that may be done.
   * By default, the id of its first call is ‹order›-‹step›, the one of its second call ‹order›-‹step›.2.
   *
   * @param name 1 to 128 characters, without personal data
   * @param undo the call that undoes the step, or a function of the step's result. Only a call can undo a step whose
   * result is lost. @default - nothing to undo
   * @throws what the step throws
   */
  step<Result>(
    name: string,
    doIt: () => Promise<Result>,
    undo?: StepUndo | ((result: Result) => StepUndo),
  ): Promise<Result>;
}

/**
 * Does an order step by step. If a step fails, its report tells Backstop how to undo the others: in reverse order, if
 * the failed call can't be made after all.
 *
 * @param order its id. Becomes part of the ids of its failures, and their correlation id
 * @example
 * const [stock, payments] = [backstop('stock'), backstop('payments')];
 * const order = saga('order-1');
 * await order.step(
 *   'reserve',
 *   () => stock.fetch('/reservations/order-1', { method: 'PUT' }),
 *   { dependency: 'stock', operation: { method: 'DELETE', path: '/reservations/order-1' } },
 * );
 * await order.step('charge', () => payments.fetch('/charges', { body: { order: 'order-1', amount: 4200 } }));
 */
export function saga(order: string): StepwiseOrder {
  const steps: BegunStep[] = [];
  return {
    get undo() {
      return steps.flatMap(({ name, undo, effects }) => (undo && effects.size > 0 ? [{ name, ...undo }] : []));
    },
    async step(name, doIt, how) {
      const undo = typeof how === 'object' ? how : undefined;
      const step: BegunStep = { name, hasUndo: how !== undefined, undo, effects: new Set(), calls: [] };
      steps.push(step);
      const here: Place = { order, step, steps, outer: position.getStore() };
      const result = await position.run({ ...here, call: (attempted) => sagaCall(here, attempted) }, doIt);
      step.effects.add(step);
      if (typeof how === 'function') step.undo = how(result);
      return result;
    },
  };
}
