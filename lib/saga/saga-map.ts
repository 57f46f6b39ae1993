import type { State } from 'aws-cdk-lib/aws-stepfunctions';
import type { ResumePoint, ResumePoints } from '../../lambdas/contract/resume-points.ts';

/** Maps each state of a saga to what a stop there means. Collects the states that another execution can resume at. */
export class SagaMap {
  readonly targets: State[] = [];
  /** By the names of states, which the app chooses: without what objects inherit. Grows as states are added. */
  readonly landmarks: ResumePoints & Record<string, ResumePoint> = Object.create(null);

  /** Adds a state at which the saga itself can resume. */
  target(state: State, more: Omit<ResumePoint, 'at'> = {}): void {
    this.targets.push(state);
    this.put(state, more);
  }

  put(state: State, landmark: ResumePoint): void {
    this.landmarks[state.stateId] = landmark;
  }
}
