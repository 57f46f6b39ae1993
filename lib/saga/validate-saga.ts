import { State } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import * as v from 'valibot';
import { isPlainObject } from '../../lambdas/contract/json-round-trip.ts';
import { mistakesIn, settings, step } from '../config/schema.ts';
import { anything, matchingText, shown, someOf, trueOrFalse } from '../config/values.ts';
import type { SagaProps, SagaStep } from './saga-steps.ts';

/** Yields every mistake in the props of a saga. */
export function* validateSaga(props: SagaProps): Generator<string> {
  const mistakes = mistakesIn(shape, props);
  yield* mistakes;
  // Later checks rely on the shape.
  if (mistakes.length === 0) yield* inOrder(props.steps);
}

/** A name that works in a path of the state data. */
const name = matchingText(/^[A-Za-z][A-Za-z0-9]{0,39}$/, 'be a letter, then at most 39 letters or digits');

/** Tests the methods, because another copy of the CDK has different classes. */
function isState(value: unknown): value is SagaStep['action'] {
  const can = (method: string) => typeof value === 'object' && value !== null && method in value;
  return ['addCatch', 'addRetry', 'next', 'toStateJson'].every(can);
}

const state = v.pipe(
  v.custom<SagaStep['action']>(isState, ({ input }) => {
    const what = 'one state that can fail, such as a task (combine several with `toSingleState`)';
    return `must be ${what}, got ${kind(input)}`;
  }),
  v.rawCheck(({ dataset, addIssue }) => {
    if (dataset.typed) for (const message of unbound(dataset.value)) addIssue({ message });
  }),
);

/** The saga itself sets the next state and the catch, so an action must have neither. */
function* unbound(value: SagaStep['action']): Generator<string> {
  const { Next, Catch } = value.toStateJson() as { readonly Next?: unknown; readonly Catch?: unknown };
  if (Next !== undefined) yield `must not have a next state (the saga adds it), got ${shown(Next)}`;
  if (Catch !== undefined) yield `must not catch errors (the saga does), got ${shown(value.node.id)} with a catch`;
}

function kind(value: unknown): string {
  return isPlainObject(value) ? (value.constructor?.name ?? 'an object') : shown(value);
}

const single = settings({
  name,
  action: state,
  undo: v.optional(state),
  pivot: v.optional(trueOrFalse),
});

const branches = v.pipe(
  someOf(single),
  v.rawCheck(({ dataset: { value }, addIssue }) => {
    if (!Array.isArray(value)) return;
    if (value.length === 1) addIssue({ message: 'must have at least two steps, got one' });
    const why = "a pivot can't run in parallel with steps that may need an undo";
    value.forEach((branch: unknown, index) => {
      if (!isPlainObject(branch) || branch.pivot !== true) return;
      const path: [v.IssuePathItem, v.IssuePathItem] = [step(value, index), step(branch, 'pivot')];
      addIssue({ path, message: `must not be set (${why}), got true` });
    });
  }),
);

const resultPath = matchingText(
  /^\$\.[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$/,
  "be a path in the state data such as '$.papers'",
);

const parallel = settings({ parallel: branches, resultPath: v.optional(resultPath) });

const shape = settings({
  steps: someOf(v.lazy((value) => (isPlainObject(value) && 'parallel' in value ? parallel : single))),
  escalations: anything<unknown>(),
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
