import { JsonNull } from 'aws-cdk-lib';
import { type CustomState, Errors, type IChainable } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import type { Outcome } from '../../lambdas/contract/outcomes.ts';
import type { Escalations } from '../parts/escalations.ts';
import { askWhen, call, FAILURE, on, publish, send } from '../parts/machine-tasks.ts';
import { ANSWERS, INTERNAL_RETRY, transient } from '../parts/retry-policies.ts';
import type { RecoveryMachineProps } from './recovery-machine-props.ts';

type Parts = Pick<RecoveryMachineProps, 'functions' | 'retryInterval' | 'escalations'>;

/**
 * Routes to the undo by an error instead of a choice. A dead letter without completed steps costs no extra transition.
 */
export function undoOrKeepAsDeadLetter(scope: Construct, parts: Parts): IChainable {
  const whyDidItFail = call(scope, 'Why did it fail?', parts.functions.classify, {
    parameters: { ...FAILURE, about: 'why-it-failed' },
    result: '$.decision',
  });
  const keepAsDeadLetter = send(scope, 'Keep as a dead letter', {
    Parameters: { 'QueueUrl.$': '$.deadLetterQueueUrl', 'MessageBody.$': '$.decision.letter' },
    ResultSelector: { outcome: 'dead-lettered' satisfies Outcome },
    ResultPath: '$.settlement',
  });
  const undoTheCompletedSteps = undoSteps(scope, parts, keepAsDeadLetter);
  undoTheCompletedSteps.addCatch(whyDidItFail, on('GaveUpError'));
  whyDidItFail.addRetry(ANSWERS).addRetry(INTERNAL_RETRY).addCatch(undoTheCompletedSteps, on('UndoDueError'));
  return whyDidItFail.next(keepAsDeadLetter);
}

function undoSteps(
  scope: Construct,
  { functions: { undo, classify }, retryInterval, escalations }: Parts,
  keepAsDeadLetter: IChainable,
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
    parameters,
  });
  const whatCouldNotBeUndone = call(scope, 'What could not be undone?', classify, {
    parameters,
    result: '$.decision',
  });
  whatCouldNotBeUndone.addRetry(INTERNAL_RETRY).next(tellAHuman(scope, escalations, keepAsDeadLetter));
  // A return to the same state resets its retries.
  return undoTheCompletedSteps
    .addRetry(transient(retryInterval))
    .addRetry(ANSWERS)
    .addRetry(INTERNAL_RETRY)
    .addCatch(undoTheCompletedSteps, on('UndoGoesOnError'))
    .addCatch(whenMayItGoOn, on('NotYetError', 'CircuitOpenError'))
    .addCatch(whatCouldNotBeUndone, on('UndoFailedError'));
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
