import type { CatchProps, IChainable, INextable, RetryProps, State } from 'aws-cdk-lib/aws-stepfunctions';
import type { Escalations } from '../parts/escalations.ts';

/** A state that can be retried and caught: a task of any kind, a custom state, a Parallel or a Map. */
export type SagaState = State &
  INextable & {
    addRetry(props?: RetryProps): unknown;
    addCatch(handler: IChainable, props?: CatchProps): unknown;
  };

/** What to do, and how to undo it. */
export interface SagaStep {
  /** Names the step in states, state data and alerts: a letter, then at most 39 letters or digits. */
  readonly name: string;

  /** Makes the call. It may bring its own Retry, but has no Catch and no next state. */
  readonly action: SagaState;

  /**
   * Undoes it. Its input is the state data that the action was given; what it answers is dropped. It is called too where nobody knows
   * whether the action took effect, and perhaps more than once: it must be idempotent, work from what the action was given, accept
   * that there is nothing to undo, and keep an action that comes after it from taking effect.
   * @default - nothing is to be undone, as of a step that only reads
   */
  readonly undo?: SagaState;

  /** The step behind which there is no way back: the steps that follow are tried until they succeed. @default false */
  readonly pivot?: boolean;
}

/** Steps that run side by side. */
export interface SagaSteps {
  readonly parallel: readonly Omit<SagaStep, 'pivot'>[];

  /**
   * Where in the state data the outputs of the actions go, by the names of their steps.
   * @default - they are dropped
   */
  readonly resultPath?: string;
}

export interface SagaProps {
  /** In the order in which they are carried out. */
  readonly steps: readonly (SagaStep | SagaSteps)[];

  /** Who is told (P1) of an undo that failed, and of a saga that is stuck behind its pivot. @default - nobody */
  readonly escalations?: Escalations;
}
