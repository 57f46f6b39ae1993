import type { State } from 'aws-cdk-lib/aws-stepfunctions';
import type { Landmark, Landmarks } from '../../lambdas/contract/landmarks.ts';

/** Collects what an end of the execution at each state of a saga means, and the states from which another execution may go on. */
export class SagaMap {
  readonly targets: State[] = [];
  private readonly all: Record<string, Landmark> = {};

  get landmarks(): Landmarks {
    return this.all;
  }

  /** The saga goes on with the state itself. */
  target(state: State, more: Omit<Landmark, 'at'> = {}): void {
    this.targets.push(state);
    this.put(state, more);
  }

  put(state: State, landmark: Landmark): void {
    this.all[state.stateId] = landmark;
  }
}
