import { Choice, Condition, Fail } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';

/** States that fail with an error of before. */
export interface FailsAgain {
  readonly start: Choice;
  readonly ends: readonly Fail[];
}

interface FailAgainProps {
  /** Where a Catch has put the error, such as `$.error`. */
  readonly errorPath: string;
  /** Name of the state that fails. */
  readonly stateName: string;
}

/**
 * Fails with an error that a Catch has put into the state data.
 *
 * The Amazon States Language demands the name of an error, but not its cause: a `Fail` state may have none. A path
 * without a value would end the execution by `States.Runtime`, which nothing can catch.
 *
 * Source: {@link https://states-language.net/spec.html#error-output Amazon States Language, "Error output"}
 */
export function failAgain(scope: Construct, { errorPath, stateName }: FailAgainProps): FailsAgain {
  const [error, causePath] = [`${errorPath}.Error`, `${errorPath}.Cause`];
  const withCause = new Fail(scope, 'Failed', { stateName, errorPath: error, causePath });
  const without = new Fail(scope, 'FailedWithoutCause', { stateName: `${stateName}, no cause`, errorPath: error });
  const start = new Choice(scope, 'HasCause', { stateName: `${stateName}: is there a cause?` })
    .when(Condition.isPresent(causePath), withCause)
    .otherwise(without);
  return { start, ends: [withCause, without] };
}
