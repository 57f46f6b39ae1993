import { Duration, type JsonNull, Stack } from 'aws-cdk-lib';
import { type CatchProps, CustomState, Errors, type IChainable, Wait, WaitTime } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import type { BackstopErrorName } from '../../lambdas/contract/error-names.ts';
import type { BackstopFunction } from './backstop-function.ts';
import { INTERNAL_RETRY } from './retry-policies.ts';

/** The facts of a failure that a state passes to a function. The operation itself stays in the ledger. */
export const FAILURE = {
  'key.$': '$.key',
  'id.$': '$.id',
  'cycle.$': '$.cycle',
  'correlationId.$': '$.correlationId',
};

/** A margin for the round trip to the function. */
const TASK_MARGIN = Duration.seconds(5);

/**
 * Calls a function with the parameters, by default with the whole state data. `LambdaInvoke` would let the machine
 * invoke every version of the function, and would add its own retry policy.
 */
export function call(
  scope: Construct,
  name: string,
  target: BackstopFunction,
  { parameters, result }: { readonly parameters?: object; readonly result: string | JsonNull },
): CustomState {
  return new CustomState(scope, name, {
    stateJson: {
      Type: 'Task',
      Resource: target.live.functionArn,
      TimeoutSeconds: target.limit.plus(TASK_MARGIN).toSeconds(),
      Parameters: parameters,
      ResultPath: result,
    },
  });
}

/** Asks the classify function for a time, waits until then, and continues. */
export function askWhen(
  scope: Construct,
  { question, wait, classify, next, giveUp, caught = GIVEN_UP, parameters = FAILURE }: Asking,
): CustomState {
  const ask = call(scope, question, classify, { parameters, result: '$.decision' })
    .addRetry(INTERNAL_RETRY)
    .addCatch(giveUp, caught);
  ask.next(new Wait(scope, wait, { time: WaitTime.timestampPath('$.decision.waitUntil') })).next(next);
  return ask;
}

interface Asking {
  /** Name of the state that asks. */
  readonly question: string;
  /** Name of the state that waits. */
  readonly wait: string;
  readonly classify: BackstopFunction;
  readonly next: IChainable;
  /** What follows if nobody can answer. */
  readonly giveUp: IChainable;
  /** How it follows. @default GIVEN_UP */
  readonly caught?: CatchProps;
  /** Parameters of the call. @default - the facts of the failure */
  readonly parameters?: object;
}

/** Catches Backstop's own errors by name. The next state finds the error in `$.caught`. */
export function on(...errors: (BackstopErrorName | typeof Errors.TIMEOUT)[]): CatchProps {
  return { errors, resultPath: '$.caught' };
}

/** Catches whatever else ends the recovery. The next state finds the error in `$.error`. */
export const GIVEN_UP: CatchProps = { errors: [Errors.ALL], resultPath: '$.error' };

/** The same behind that, for states that must not lead back. */
export const END_FAILED: CatchProps = { errors: [Errors.ALL], resultPath: '$.catchError' };

/** Sends a message without a Lambda function. `SqsSendMessage` accepts only queues whose names exist at synth. */
export function send(scope: Construct, name: string, fields: object): CustomState {
  const Resource = `arn:${Stack.of(scope).partition}:states:::sqs:sendMessage`;
  return new CustomState(scope, name, { stateJson: { Type: 'Task', Resource, ...fields } }).addRetry(INTERNAL_RETRY);
}

/** Publishes a message for humans without a Lambda function. */
export function publish(scope: Construct, name: string, fields: object): CustomState {
  const Resource = `arn:${Stack.of(scope).partition}:states:::sns:publish`;
  return new CustomState(scope, name, { stateJson: { Type: 'Task', Resource, ...fields } }).addRetry(INTERNAL_RETRY);
}
