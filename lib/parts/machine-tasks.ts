import { Duration, type JsonNull, Stack } from 'aws-cdk-lib';
import { CustomState, type IChainable, Wait, WaitTime } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import type { BackstopFunction } from './backstop-function.ts';
import { INTERNAL_RETRY } from './retry-policies.ts';

/** What a state tells a function of the failure. The operation itself stays in the ledger. */
export const FAILURE = { 'id.$': '$.id', 'cycle.$': '$.cycle', 'correlationId.$': '$.correlationId' };

/** A margin for the way to the function and back. */
const TASK_MARGIN = Duration.seconds(5);

/**
 * Calls a function with the parameters, or else with the whole state data. `LambdaInvoke` would let the machine call every
 * version of the function, and retry by a policy of its own.
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
      Resource: target.functionArn,
      TimeoutSeconds: target.limit.plus(TASK_MARGIN).toSeconds(),
      ...(parameters && { Parameters: parameters }),
      ResultPath: result,
    },
  });
}

/** Asks the classify function until when to wait, waits, and goes on. */
export function askWhen(
  scope: Construct,
  { question, wait, classify, next, parameters = FAILURE }: Asking,
): CustomState {
  const ask = call(scope, question, classify, { parameters, result: '$.decision' }).addRetry(INTERNAL_RETRY);
  ask.next(new Wait(scope, wait, { time: WaitTime.timestampPath('$.decision.waitUntil') })).next(next);
  return ask;
}

export interface Asking {
  /** Name of the state that asks. */
  readonly question: string;
  /** Name of the state that waits. */
  readonly wait: string;
  readonly classify: BackstopFunction;
  readonly next: IChainable;
  /** @default - the failure */
  readonly parameters?: object;
}

/** Sends a message without a Lambda in between. `SqsSendMessage` knows only queues with names that stand when synthesizing. */
export function send(scope: Construct, name: string, fields: object): CustomState {
  const Resource = `arn:${Stack.of(scope).partition}:states:::sqs:sendMessage`;
  return new CustomState(scope, name, { stateJson: { Type: 'Task', Resource, ...fields } }).addRetry(INTERNAL_RETRY);
}

/** Tells humans without a Lambda in between. */
export function publish(scope: Construct, name: string, fields: object): CustomState {
  const Resource = `arn:${Stack.of(scope).partition}:states:::sns:publish`;
  return new CustomState(scope, name, { stateJson: { Type: 'Task', Resource, ...fields } }).addRetry(INTERNAL_RETRY);
}
