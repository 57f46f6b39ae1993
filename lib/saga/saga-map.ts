import type { State } from 'aws-cdk-lib/aws-stepfunctions';
import type { ResumePoint, ResumePoints } from '../../lambdas/contract/resume-points.ts';

/** Collects what an end of the execution at each state of a saga means, and the states from which another execution may go on. */
export class SagaMap {
  readonly targets: State[] = [];
  private readonly all: Record<string, ResumePoint> = {};

  get landmarks(): ResumePoints {
    return this.all;
  }

  /** The saga goes on with the state itself. */
  target(state: State, more: Omit<ResumePoint, 'at'> = {}): void {
    this.targets.push(state);
    this.put(state, more);
  }

  put(state: State, landmark: ResumePoint): void {
    this.all[state.stateId] = landmark;
  }
}
