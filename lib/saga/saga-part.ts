import { Errors, JsonPath, Parallel, type RetryProps } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { isPlainObject } from '../../lambdas/contract/json-round-trip.ts';
import { SAGA_FIELD, type StepState } from '../../lambdas/contract/resume-points.ts';
import type { SagaState, SagaStep, SagaSteps } from './saga-steps.ts';

/** One unit of the saga: a step, or several in parallel. */
export interface SagaPart {
  /** Name in the state data. Names of steps have no underscore, so it is unique. */
  readonly key: string;
  /** Name in the names of states. */
  readonly label: string;
  /** The state that runs the part. */
  readonly state: SagaState;
  readonly steps: readonly Pick<SagaStep, 'name' | 'undo'>[];
  readonly isParallel: boolean;
  readonly isPivot: boolean;
}

export function sagaPart(scope: Construct, step: SagaStep | SagaSteps): SagaPart {
  if (!('parallel' in step)) {
    const { name, action, pivot = false } = step;
    return { key: name, label: name, state: action, steps: [step], isParallel: false, isPivot: pivot };
  }
  const names = step.parallel.map(({ name }) => name);
  const label = names.join(', ');
  const key = names.join('_');
  const state = new Parallel(scope, key, {
    stateName: `${scope.node.id}: ${label}`,
    resultSelector: Object.fromEntries(names.map((name, index) => [name, JsonPath.objectAt(`$[${index}]`)])),
    resultPath: step.resultPath ?? JsonPath.DISCARD,
  }).branch(...step.parallel.map(({ action }) => action));
  return { key, label, state, steps: step.parallel, isParallel: true, isPivot: false };
}

/** Path of a part's note in the state data. */
export function notePath({ key }: Pick<SagaPart, 'key'>): string {
  return `$.${SAGA_FIELD}.steps.${key}`;
}

/** The note of a part whose steps are all in the same state. */
export function note({ isParallel, steps }: SagaPart, state: StepState): object {
  return isParallel ? Object.fromEntries(steps.map(({ name }) => [name, { state }])) : { state };
}

/** Adds a policy after the state's own policies, unless those already cover every error. */
export function withRetry(state: SagaState, policy: RetryProps): SagaState {
  const json = state.toStateJson();
  const own: unknown = 'Retry' in json ? json.Retry : undefined;
  if (!(Array.isArray(own) && own.some(retriesAll))) state.addRetry(policy);
  return state;
}

function retriesAll(retrier: unknown): boolean {
  return isPlainObject(retrier) && Array.isArray(retrier.ErrorEquals) && retrier.ErrorEquals.includes(Errors.ALL);
}
