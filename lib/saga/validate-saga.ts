import { State } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { isPlainObject } from '../../lambdas/contract/json-round-trip.ts';
import { anything, type Check, fields, optional, shown, someOf, trueOrFalse } from '../config/checks.ts';
import type { SagaProps, SagaStep, SagaSteps } from './saga-steps.ts';

/** Yields every mistake in the props of a saga. */
export function* validateSaga(props: SagaProps): Generator<string> {
  const mistakes = [...shape('', props)];
  yield* mistakes;
  // Later checks rely on the shape.
  if (mistakes.length === 0) yield* inOrder(props.steps);
}

/** A name that works in a path of the state data. */
const NAME = /^[A-Za-z][A-Za-z0-9]{0,39}$/;

const name: Check = function* (path, value) {
  if (typeof value === 'string' && NAME.test(value)) return;
  yield `${path} must be a letter, then at most 39 letters or digits, got ${shown(value)}`;
};

/** Tests the methods, because another copy of the CDK has different classes. */
const state: Check = function* (path, value) {
  const can = (method: string) => typeof value === 'object' && value !== null && method in value;
  if (['addCatch', 'addRetry', 'next', 'toStateJson'].every(can)) {
    yield* unbound(path, value as SagaStep['action']);
    return;
  }
  yield `${path} must be one state that can fail, such as a task (combine several with \`toSingleState\`), got ${kind(value)}`;
};

/** The saga itself sets the next state and the catch, so an action must have neither. */
function* unbound(path: string, value: SagaStep['action']): Generator<string> {
  const { Next, Catch } = value.toStateJson() as { readonly Next?: unknown; readonly Catch?: unknown };
  if (Next !== undefined) yield `${path} must not have a next state (the saga adds it), got ${shown(Next)}`;
  if (Catch !== undefined)
    yield `${path} must not catch errors (the saga does), got ${shown(value.node.id)} with a catch`;
}

function kind(value: unknown): string {
  return isPlainObject(value) ? (value.constructor?.name ?? 'an object') : shown(value);
}

const single = fields<SagaStep>({
  name,
  action: state,
  undo: optional(state),
  pivot: optional(trueOrFalse),
});

const parallel = fields<SagaSteps>({
  parallel: branches,
  resultPath: optional(resultPath),
});

function* branches(path: string, value: unknown): Iterable<string> {
  yield* someOf(single)(path, value);
  if (Array.isArray(value) && value.length === 1) yield `${path} must have at least two steps, got one`;
  for (const [index, step] of (Array.isArray(value) ? value : []).entries()) {
    if (isPlainObject(step) && step.pivot === true) {
      yield `${path}[${index}].pivot must not be set (a pivot can't run in parallel with steps that may need an undo), got true`;
    }
  }
}

function* resultPath(path: string, value: unknown): Iterable<string> {
  if (typeof value === 'string' && /^\$\.[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$/.test(value)) return;
  yield `${path} must be a path in the state data such as '$.papers', got ${shown(value)}`;
}

const shape = fields<SagaProps>({
  steps: someOf((path, value) => (isPlainObject(value) && 'parallel' in value ? parallel : single)(path, value)),
  escalations: anything,
});

/** Undos work from the state data, so the actions before them must keep it. */
function* keepsData({ name, action }: SagaStep): Generator<string> {
  const { ResultPath = '$', OutputPath = '$' } = action.toStateJson() as { readonly [path: string]: unknown };
  if (ResultPath === '$') {
    yield `step '${name}': action must keep the state data for the undos (set resultPath to its own path such as '$.${name.toLowerCase()}', or to JsonPath.DISCARD), got resultPath '$'`;
  }
  if (OutputPath !== '$') {
    yield `step '${name}': action must keep the state data for the undos (omit outputPath and use resultSelector), got outputPath ${shown(OutputPath)}`;
  }
}

/** Checks the steps against each other. */
function* inOrder(steps: SagaProps['steps']): Generator<string> {
  const seen = new Set<string>();
  let pivot: string | undefined;
  for (const step of steps) {
    for (const each of 'parallel' in step ? step.parallel : [step]) {
      if (seen.has(each.name)) yield `step '${each.name}': the name must be unique`;
      seen.add(each.name);
      if (pivot !== undefined && each.undo) {
        yield `step '${each.name}': undo must not be set after the pivot '${pivot}' (the saga only goes forward from there): move the step before it or omit undo`;
      }
    }
    if ('parallel' in step) continue;
    if (pivot === undefined) yield* keepsData(step);
    if (!step.pivot) continue;
    if (pivot !== undefined) yield `step '${step.name}': pivot must be set on one step only; '${pivot}' already has it`;
    pivot ??= step.name;
  }
}

/** Limit of Step Functions. The CDK doesn't check it. */
const LONGEST_STATE_NAME = 80;

/** Yields a mistake if the saga has a state name that is too long. */
export function* validateStateNames(saga: Construct): Generator<string> {
  const lengths = saga.node.findAll().flatMap((child) => (child instanceof State ? [child.stateId.length] : []));
  const longest = Math.max(...lengths);
  if (longest > LONGEST_STATE_NAME) {
    yield `saga '${saga.node.id}': state names must have at most ${LONGEST_STATE_NAME} characters (shorten the saga id or step names, or run fewer steps in parallel), got ${longest}`;
  }
}
