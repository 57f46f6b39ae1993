import { JsonNull } from 'aws-cdk-lib';
import { type CustomState, Errors, type IChainable } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import type { Escalations } from '../parts/escalations.ts';
import { askWhen, call, END_FAILED, FAILURE, on, publish } from '../parts/machine-tasks.ts';
import { ANSWERS, INTERNAL_RETRY, transient } from '../parts/retry-policies.ts';
import type { RecoveryMachineProps } from './recovery-machine-props.ts';

type Parts = Pick<RecoveryMachineProps, 'functions' | 'retryInterval' | 'escalations'>;

/** The states that follow the undo. */
interface Ends {
  /** All is undone. */
  readonly settle: IChainable;
  /** The undo itself is broken. */
  readonly settleOnceMore: IChainable;
  /** Some steps could not be undone. */
  readonly keepAsDeadLetter: IChainable;
}

/** Creates the states that undo the completed steps, and tell a human what can't be undone. */
export function undoSteps(
  scope: Construct,
  { functions: { undo, classify }, retryInterval, escalations }: Parts,
  { settle, settleOnceMore, keepAsDeadLetter }: Ends,
): CustomState {
  const parameters = { ...FAILURE, about: 'undo' };
  const undoTheCompletedSteps = call(scope, 'Undo the completed steps', undo, {
    parameters: FAILURE,
    result: '$.settlement',
  });
  const whenMayItGoOn = askWhen(scope, {
    question: 'When may the undo go on?',
    wait: 'Wait to undo',
    classify,
    next: undoTheCompletedSteps,
    giveUp: settleOnceMore,
    caught: END_FAILED,
    parameters,
  });
  const whatCouldNotBeUndone = call(scope, 'What could not be undone?', classify, {
    parameters,
    result: '$.decision',
  });
  whatCouldNotBeUndone
    .addRetry(INTERNAL_RETRY)
    .addCatch(settleOnceMore, END_FAILED)
    .next(tellAHuman(scope, escalations, keepAsDeadLetter));
  undoTheCompletedSteps
    .addRetry(transient(retryInterval))
    .addRetry(ANSWERS)
    .addRetry(INTERNAL_RETRY)
    // A return to the same state resets its retries.
    .addCatch(undoTheCompletedSteps, on('UndoGoesOnError'))
    .addCatch(whenMayItGoOn, on('NotYetError', 'CircuitOpenError'))
    .addCatch(whatCouldNotBeUndone, on('UndoFailedError'))
    // Only the operation itself is in doubt.
    .addCatch(settle, on('GaveUpError'))
    .addCatch(settleOnceMore, END_FAILED)
    .next(settle);
  return undoTheCompletedSteps;
}

/** If the message fails, the dead letter and the alarm of the metric remain. */
function tellAHuman(scope: Construct, { topic }: Escalations, keepAsDeadLetter: IChainable): CustomState {
  const tell = publish(scope, 'Tell a human', {
    Parameters: {
      TopicArn: topic.topicArn,
      Subject: 'P1: completed steps could not be undone',
      'Message.$': '$.decision.alert',
      MessageAttributes: { about: { DataType: 'String', StringValue: 'undo' } },
    },
    ResultPath: JsonNull.INSTANCE,
  });
  tell.addCatch(keepAsDeadLetter, { errors: [Errors.ALL], resultPath: '$.untold' }).next(keepAsDeadLetter);
  return tell;
}
