import type { State } from 'aws-cdk-lib/aws-stepfunctions';
import type { ResumePoint, ResumePoints } from '../../lambdas/contract/resume-points.ts';

/** Maps each state of a saga to what a stop there means. Collects the states that another execution can resume at. */
export class SagaMap {
  readonly targets: State[] = [];
  private readonly all = new Map<string, ResumePoint>();

  get landmarks(): ResumePoints {
    return Object.fromEntries(this.all);
  }

  /** Adds a state at which the saga itself can resume. */
  target(state: State, more: Omit<ResumePoint, 'at'> = {}): void {
    this.targets.push(state);
    this.put(state, more);
  }

  put(state: State, landmark: ResumePoint): void {
    this.all.set(state.stateId, landmark);
  }
}
