import type { CatchProps, IChainable, INextable, RetryProps, State } from 'aws-cdk-lib/aws-stepfunctions';
import type { Escalations } from '../parts/escalations.ts';

/**
 * A state that can be retried and caught: a task of any kind, a custom state, a Parallel or a Map.
 *
 * @example
 * import { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
 * import { Function } from 'aws-cdk-lib/aws-lambda';
 * import { JsonPath } from 'aws-cdk-lib/aws-stepfunctions';
 * const call = (name: string, lambdaFunction: Function): SagaState =>
 *   new LambdaInvoke(stack, name, { lambdaFunction, resultPath: JsonPath.DISCARD });
 */
export type SagaState = State &
  INextable & {
    /** Like the method of the CDK's states. */
    addRetry(props?: RetryProps): unknown;
    /** Like the method of the CDK's states. */
    addCatch(handler: IChainable, props?: CatchProps): unknown;
  };

/**
 * One step of a {@link Saga}: an action, and the way to undo it.
 *
 * @example
 * declare const charge: SagaState;
 * declare const refund: SagaState;
 * const step: SagaStep = { name: 'Charge', action: charge, undo: refund };
 */
export interface SagaStep {
  /** The name of the step in states, state data and alerts: a letter, then at most 39 letters or digits. */
  readonly name: string;

  /** Makes the call. It may bring its own Retry, but has no Catch and no next state. */
  readonly action: SagaState;

  /**
   * Undoes the action. Its input is the input of the action; its output is dropped. It also runs when the action's
   * result is unknown, and may run more than once. So it must be idempotent, work from the action's input, accept that
   * there is nothing to undo, and keep a late action from taking effect.
   * @default - there is nothing to undo, as for a step that only reads
   */
  readonly undo?: SagaState;

  /** The point of no return: the saga retries all later steps until they succeed. @default false */
  readonly pivot?: boolean;
}

/** Steps that run in parallel. */
export interface SagaSteps {
  /** At least two steps. Each gets the same state data; if one fails, all are undone. */
  readonly parallel: readonly Omit<SagaStep, 'pivot'>[];

  /**
   * Path in the state data for the outputs of the actions, as an object by step name.
   * @default - the outputs are dropped
   */
  readonly resultPath?: string;
}

/**
 * The props of a {@link Saga}.
 *
 * @example
 * declare const reserve: SagaState;
 * declare const release: SagaState;
 * declare const invoice: SagaState;
 * declare const label: SagaState;
 * const props: SagaProps = {
 *   steps: [
 *     { name: 'Reserve', action: reserve, undo: release },
 *     { parallel: [{ name: 'Invoice', action: invoice }, { name: 'Label', action: label }], resultPath: '$.papers' },
 *   ],
 *   escalations: pipeline.escalations,
 * };
 * new Saga(stack, 'Order', props);
 */
export interface SagaProps {
  /** The steps in order, at least one; several as `{ parallel: [...] }` run in parallel. */
  readonly steps: readonly (SagaStep | SagaSteps)[];

  /** Who gets an alert (P1) when an undo fails, or the saga is stuck behind its pivot. @default - nobody */
  readonly escalations?: Escalations;
}
