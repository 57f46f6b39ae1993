import { type Duration, JsonNull, Stack, Token } from 'aws-cdk-lib';
import { CustomState, Errors, type IChainable, JsonPath } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { commandLine } from '../../lambdas/contract/command-line.ts';
import type { BackstopFunction } from '../parts/backstop-function.ts';
import { askWhen, call, FAILURE, GIVEN_UP, on, publish } from '../parts/machine-tasks.ts';
import { ANSWERS, INTERNAL_RETRY, OUT_OF_TIME, RACE_LOST, transient } from '../parts/retry-policies.ts';
import type { RecoveryMachineProps } from './recovery-machine-props.ts';

interface Parts extends Pick<RecoveryMachineProps, 'functions' | 'retryInterval' | 'escalations' | 'decisionTimeout'> {
  /** Ends every way. */
  readonly settle: IChainable;
}

/** The states of a write that lost a race. */
interface ConflictStates {
  /** Runs one more round: read, compare, write. */
  readonly resolveTheConflict: CustomState;
  /** Asks a human, then follows the decision. */
  readonly tellAHuman: CustomState;
}

/** Creates the rounds of read, compare and write. A human decides what no rule can settle. */
export function resolveOrAsk(
  scope: Construct,
  { functions, retryInterval, escalations, decisionTimeout, settle }: Parts,
): ConflictStates {
  const resolveTheConflict = call(scope, 'Resolve the conflict', functions.resolve, {
    parameters: FAILURE,
    result: '$.settlement',
  });
  const whenMayItBeResolved = askWhen(scope, {
    question: 'When may it be resolved?',
    wait: 'Wait to resolve it',
    classify: functions.classify,
    next: resolveTheConflict,
    giveUp: settle,
  });
  const waitForTheDecision = waitForDecision(scope, functions.ask, decisionTimeout);
  const tellAHuman = reportQuestion(scope, { escalations, decisionTimeout });

  resolveTheConflict
    .addRetry(RACE_LOST)
    .addRetry(transient(retryInterval))
    .addRetry(ANSWERS)
    .addRetry(INTERNAL_RETRY)
    .addCatch(whenMayItBeResolved, on('NotYetError', 'CircuitOpenError'))
    .addCatch(tellAHuman, on('DecisionDueError'))
    .addCatch(settle, GIVEN_UP)
    .next(settle);
  tellAHuman
    // Even if the alert fails, the list of questions shows the question.
    .addCatch(waitForTheDecision, { errors: [Errors.ALL], resultPath: JsonPath.DISCARD })
    .next(waitForTheDecision);
  waitForTheDecision
    .addRetry(ANSWERS)
    .addRetry(OUT_OF_TIME)
    .addRetry(INTERNAL_RETRY)
    // The decision may be in the ledger without a wake-up, if the operator's process died in between.
    .addCatch(resolveTheConflict, on('DecidedError', Errors.TIMEOUT))
    .addCatch(settle, GIVEN_UP)
    .next(resolveTheConflict);
  return { resolveTheConflict, tellAHuman };
}

/** Waits for a human at no cost. The function stores the task token that wakes the machine. */
function waitForDecision(scope: Construct, ask: BackstopFunction, timeout: Duration): CustomState {
  return new CustomState(scope, 'Wait for the decision', {
    stateJson: {
      Type: 'Task',
      Resource: `arn:${Stack.of(scope).partition}:states:::lambda:invoke.waitForTaskToken`,
      // The question's own time starts in the function, so it ends before this timeout.
      TimeoutSeconds: timeout.plus(ask.limit).toSeconds(),
      Parameters: { FunctionName: ask.live.functionArn, Payload: { ...FAILURE, 'token.$': '$$.Task.Token' } },
      ResultPath: JsonNull.INSTANCE,
    },
  });
}

function reportQuestion(
  scope: Construct,
  { escalations, decisionTimeout }: Pick<Parts, 'escalations' | 'decisionTimeout'>,
): CustomState {
  const { stackName: stack, region } = Stack.of(scope);
  const next = commandLine('decisions show {}', { tool: escalations.operatorCommand, stack, region });
  const text = [
    'Decision needed: the write of failure {} to {} (correlation id {}) conflicts with the current version.',
    `It waits ${decisionTimeout.toHumanString()}, then becomes a dead letter.`,
    // The command comes last: text after it would end up in a copy.
    `Next (runbook: ${literal(escalations.linkTo('decision-needed'))}): ${next}`,
  ].join(' ');
  return publish(scope, 'Tell a human that a decision is needed', {
    Parameters: {
      TopicArn: escalations.topic.topicArn,
      Subject: 'Backstop: decision needed',
      'Message.$': `States.Format('${text}', $.id, $.dependency, $.correlationId, $.id)`,
      // The notifier routes by these attributes.
      MessageAttributes: {
        about: { DataType: 'String', StringValue: 'question' },
        dependency: { DataType: 'String', 'StringValue.$': '$.dependency' },
        failureId: { DataType: 'String', 'StringValue.$': '$.id' },
        correlationId: { DataType: 'String', 'StringValue.$': '$.correlationId' },
      },
    },
    ResultPath: JsonNull.INSTANCE,
  });
}

/** Escapes a text for an intrinsic function. A token passes: it is a link without such characters. */
function literal(text: string): string {
  return Token.isUnresolved(text) ? text : text.replaceAll(/['{}\\]/g, '\\$&');
}
