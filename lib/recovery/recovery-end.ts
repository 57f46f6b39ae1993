import { JsonNull } from 'aws-cdk-lib';
import { type CustomState, Errors, Fail, type IChainable } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import type { Outcome } from '../../lambdas/contract/outcomes.ts';
import { call, END_FAILED, FAILURE, on, send } from '../parts/machine-tasks.ts';
import { ANSWERS, INTERNAL_RETRY } from '../parts/retry-policies.ts';
import type { RecoveryMachineProps } from './recovery-machine-props.ts';
import { undoSteps } from './recovery-undo.ts';

type Parts = Pick<RecoveryMachineProps, 'functions' | 'retryInterval' | 'escalations' | 'lastResort'>;

/**
 * Creates the end of every way. `Settle` records the outcome, or writes the dead letter of what was given up. It routes
 * to the undo by an error instead of a choice, so that a dead letter without completed steps costs no more transitions.
 */
export function settleOrUndo(scope: Construct, parts: Parts): CustomState {
  const { settle: target } = parts.functions;
  const failed = keepInTheLastResort(scope, parts);
  const settle = call(scope, 'Settle', target, { result: JsonNull.INSTANCE });
  // Leads to the last resort only. A way back to `Settle` could turn in a circle.
  const settleOnceMore = call(scope, 'Settle once more', target, { result: JsonNull.INSTANCE });
  const keepAsDeadLetter = send(scope, 'Keep as a dead letter', {
    Parameters: { 'QueueUrl.$': '$.deadLetterQueueUrl', 'MessageBody.$': '$.decision.letter' },
    ResultSelector: { outcome: 'dead-lettered' satisfies Outcome },
    ResultPath: '$.settlement',
  });
  const undoTheCompletedSteps = undoSteps(scope, parts, { settle, settleOnceMore, keepAsDeadLetter });
  const whyDidItFail = askWhyItFailed(scope, parts, { undoTheCompletedSteps, settleOnceMore });

  settle
    .addRetry(ANSWERS)
    .addRetry(INTERNAL_RETRY)
    .addCatch(undoTheCompletedSteps, on('UndoDueError'))
    // During a deployment, a function of the version before may answer. It writes no dead letters.
    .addCatch(whyDidItFail, on('NotSettledError'))
    .addCatch(failed, UNSETTLED);
  settleOnceMore.addRetry(ANSWERS).addRetry(INTERNAL_RETRY).addCatch(failed, UNSETTLED);
  whyDidItFail.next(keepAsDeadLetter);
  keepAsDeadLetter.addCatch(settleOnceMore, END_FAILED).next(settleOnceMore);
  return settle;
}

const UNSETTLED = { errors: [Errors.ALL], resultPath: '$.unsettled' };

function askWhyItFailed(
  scope: Construct,
  { functions: { classify } }: Parts,
  next: Readonly<Record<'undoTheCompletedSteps' | 'settleOnceMore', IChainable>>,
): CustomState {
  const parameters = { ...FAILURE, about: 'why-it-failed' };
  return call(scope, 'Why did it fail?', classify, { parameters, result: '$.decision' })
    .addRetry(ANSWERS)
    .addRetry(INTERNAL_RETRY)
    .addCatch(next.undoTheCompletedSteps, on('UndoDueError'))
    .addCatch(next.settleOnceMore, END_FAILED);
}

/** Fails the execution, which wakes the reconciler. */
function keepInTheLastResort(scope: Construct, { lastResort }: Parts): IChainable {
  const keep = send(scope, 'Keep in the last resort', {
    Parameters: {
      QueueUrl: lastResort.queueUrl,
      MessageBody: { ...FAILURE, 'dependency.$': '$.dependency', 'execution.$': '$$.Execution.Name' },
    },
    ResultPath: JsonNull.INSTANCE,
  });
  return keep.next(
    new Fail(scope, 'Not settled', { error: 'NotSettled', cause: 'Backstop could not record the outcome.' }),
  );
}
