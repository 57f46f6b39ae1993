import { AsyncLocalStorage } from 'node:async_hooks';
import type { ReportedStep } from '../../domain/report/report-detail.ts';

/** What undoes a step: the call, and the dependency that it goes to. */
export type StepUndo = Pick<ReportedStep, 'dependency' | 'operation'>;

/** What a report inside a step takes from its saga. */
interface Position {
  readonly order: string;
  readonly step: string;
  /** The steps that were done before, and the undo of this one. */
  readonly undo: readonly ReportedStep[];
}

const position = new AsyncLocalStorage<Position>();

/** Where the running code is in a saga. Undefined outside of one. */
export function positionInSaga(): Position | undefined {
  return position.getStore();
}

/**
 * The steps of one order. Each knows how it is undone.
 *
 * @example
 * const order: StepwiseOrder = saga('order-1');
 * await order.step('greet', async () => 'done');
 */
export interface StepwiseOrder {
  /** The steps that are done, with their undos, in their order. */
  readonly undo: readonly ReportedStep[];
  /**
   * Does a step. A report inside of it, by `fetch` or `reportFailure`, carries the undos of the steps that are done.
   * Its id is ‹order›-‹step› by default.
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
  const undo: ReportedStep[] = [];
  return {
    undo,
    async step(name, doIt, how) {
      const own: ReportedStep[] = typeof how === 'object' ? [{ name, ...how, undoes: 'operation' }] : [];
      const result = await position.run({ order, step: name, undo: [...undo, ...own] }, doIt);
      if (how !== undefined) undo.push({ name, ...(typeof how === 'function' ? how(result) : how) });
      return result;
    },
  };
}
