import { ArnFormat, Duration, JsonNull, Names, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import {
  CustomState,
  DefinitionBody,
  Errors,
  Fail,
  type IChainable,
  JsonPath,
  LogLevel,
  StateMachine,
  StateMachineType,
  Wait,
  WaitTime,
} from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { MAX_QUESTIONS } from '../lambdas/shared/conflict/conflict-mode.ts';
import type { BackstopFunction } from './backstop-function.ts';
import type { Escalations } from './escalations.ts';
import type { FailureStore } from './failure-store.ts';
import { allow, allowPublish, allowSend } from './permissions.ts';
import type { RecoveryFunctions } from './recovery-functions.ts';
import { ANSWERS, OUT_OF_TIME, OWN_TROUBLE, RACE_LOST, transient } from './retry-policies.ts';
import { TryCatchFinally } from './try-catch-finally.ts';

export interface RecoveryMachineProps {
  readonly functions: RecoveryFunctions;
  /** Keeps what could not be settled. */
  readonly lastResort: IQueue;
  readonly store: FailureStore;
  /** Told of questions, and where completed steps could not be undone. */
  readonly escalations: Escalations;
  /** How long a human has to decide. */
  readonly decisionTimeout: Duration;
  /** Cap of the first wait between durable attempts. */
  readonly retryInterval: Duration;
  readonly logRetention: RetentionDays;
}

/**
 * How long an execution may run: longer than any deadline of attempts, all questions with what follows on each, and an undo, so that
 * only one that hangs is cut off.
 */
function longest(decisionTimeout: Duration): Duration {
  const [day, question] = [Duration.days(1).toSeconds(), decisionTimeout.toSeconds()];
  return Duration.seconds((MAX_QUESTIONS + 1) * (question + day) + day);
}

/** What a state tells a function of the failure. The operation itself stays in the ledger. */
const FAILURE = { 'id.$': '$.id', 'cycle.$': '$.cycle', 'correlationId.$': '$.correlationId' };

/**
 * The warm tier: one Standard execution for each failure that the worker could not end.
 *
 * Input: `{ id, cycle, correlationId, dependency, deadLetterQueueUrl, waitUntil }`. Each step adds a field: `settlement` holds the
 * outcome, `decision` what the classify function said last. The payload of the operation never enters the state data.
 */
export class RecoveryMachine extends Construct {
  readonly stateMachine: StateMachine;
  /** ARN of all executions, whose names are those of failures. */
  readonly executionArns: string;

  constructor(scope: Construct, id: string, props: RecoveryMachineProps) {
    super(scope, id);
    const recovery = new TryCatchFinally(this, 'Recovery', {
      tryBlock: this.attemptUntilDone(props),
      catchBlock: this.undoOrKeepAsDeadLetter(props),
      finallyBlock: (copy) => settleOrFail(copy, props),
    });
    this.stateMachine = new StateMachine(this, 'Machine', {
      definitionBody: DefinitionBody.fromChainable(recovery),
      stateMachineType: StateMachineType.STANDARD,
      timeout: longest(props.decisionTimeout),
      tracingEnabled: true,
      logs: { destination: this.logGroup(props), level: LogLevel.ALL, includeExecutionData: false },
    });
    this.executionArns = Stack.of(this).formatArn({
      service: 'states',
      resource: 'execution',
      resourceName: `${this.stateMachine.stateMachineName}:*`,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    const { attempt, resolve, ask, classify, degrade, settle, undo } = props.functions;
    for (const { functionArn } of [attempt, resolve, ask, classify, degrade, settle, undo]) {
      allow(this.stateMachine, ['lambda:InvokeFunction'], functionArn);
    }
    allowSend(this.stateMachine, props.lastResort);
    allowPublish(this.stateMachine, props.escalations.topic);
    Validations.of(this.stateMachine.role).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: 'Log delivery of state machines and X-Ray take no narrower resource.',
    });
  }

  /** Lets the machine keep dead letters in the queue that its input names. */
  allowDeadLettersTo(queue: IQueue): void {
    allowSend(this.stateMachine, queue);
  }

  private attemptUntilDone(props: RecoveryMachineProps): IChainable {
    const { functions, retryInterval } = props;
    const waitUntilItMayBeTried = new Wait(this, 'Wait until it may be tried', {
      time: WaitTime.timestampPath('$.waitUntil'),
    });
    const attemptTheOperation = call(this, 'Attempt the operation', functions.attempt, {
      parameters: FAILURE,
      result: '$.settlement',
    });
    const whenMayItGoOn = this.askWhen('When may it go on?', 'Wait until then', functions, attemptTheOperation);
    const whenMayTheCircuitBeAsked = this.askWhen(
      'When may the circuit be asked again?',
      'Wait for the circuit',
      functions,
      attemptTheOperation,
    );
    const answerWithTheFallback = call(this, 'Answer with the fallback', functions.degrade, {
      parameters: FAILURE,
      result: '$.settlement',
    });

    const { resolveTheConflict, tellAHuman } = this.resolveUntilDone(props);

    attemptTheOperation
      .addRetry(transient(retryInterval))
      .addRetry(ANSWERS)
      .addRetry(OWN_TROUBLE)
      .addCatch(resolveTheConflict, { errors: ['ConflictError'], resultPath: '$.caught' })
      .addCatch(tellAHuman, { errors: ['DecisionDueError'], resultPath: '$.caught' })
      .addCatch(whenMayItGoOn, { errors: ['NotYetError'], resultPath: '$.caught' })
      .addCatch(whenMayTheCircuitBeAsked, { errors: ['CircuitOpenError'], resultPath: '$.caught' })
      .addCatch(answerWithTheFallback, { errors: ['FallbackDueError'], resultPath: '$.caught' });
    answerWithTheFallback
      .addRetry(ANSWERS)
      .addRetry(OWN_TROUBLE)
      .addCatch(whenMayItGoOn, { errors: ['NotYetError'], resultPath: '$.caught' });
    return waitUntilItMayBeTried.next(attemptTheOperation);
  }

  /** Rounds of fetch, compare, resubmit; between them a human, where there is no other way. */
  private resolveUntilDone({ functions, retryInterval, escalations, decisionTimeout }: RecoveryMachineProps) {
    const resolveTheConflict = call(this, 'Resolve the conflict', functions.resolve, {
      parameters: FAILURE,
      result: '$.settlement',
    });
    const whenMayItBeResolved = this.askWhen(
      'When may it be resolved?',
      'Wait to resolve it',
      functions,
      resolveTheConflict,
    );
    const waitForTheDecision = waitForDecision(this, functions.ask, decisionTimeout);
    const tellAHuman = tellOfQuestion(this, escalations);

    resolveTheConflict
      .addRetry(RACE_LOST)
      .addRetry(transient(retryInterval))
      .addRetry(ANSWERS)
      .addRetry(OWN_TROUBLE)
      .addCatch(whenMayItBeResolved, { errors: ['NotYetError', 'CircuitOpenError'], resultPath: '$.caught' })
      .addCatch(tellAHuman, { errors: ['DecisionDueError'], resultPath: '$.caught' });
    tellAHuman
      // Whoever looks at the list of questions finds it all the same.
      .addCatch(waitForTheDecision, { errors: [Errors.ALL], resultPath: JsonPath.DISCARD })
      .next(waitForTheDecision);
    waitForTheDecision
      .addRetry(ANSWERS)
      .addRetry(OUT_OF_TIME)
      .addRetry(OWN_TROUBLE)
      // Somebody may have decided at the last moment, and have failed to say so to the machine: the ledger knows.
      .addCatch(resolveTheConflict, { errors: ['DecidedError', 'States.Timeout'], resultPath: '$.caught' })
      .next(resolveTheConflict);
    return { resolveTheConflict, tellAHuman };
  }

  /** Asks until when to wait, waits, and goes on. */
  private askWhen(
    question: string,
    wait: string,
    { classify }: RecoveryFunctions,
    then: IChainable,
    parameters: object = FAILURE,
  ): CustomState {
    const ask = call(this, question, classify, { parameters, result: '$.decision' }).addRetry(OWN_TROUBLE);
    ask.next(new Wait(this, wait, { time: WaitTime.timestampPath('$.decision.waitUntil') })).next(then);
    return ask;
  }

  /** No choice asks whether there is something to undo: a dead letter without such steps costs no more for it. */
  private undoOrKeepAsDeadLetter(props: RecoveryMachineProps): IChainable {
    const { classify } = props.functions;
    const whyDidItFail = call(this, 'Why did it fail?', classify, {
      parameters: { ...FAILURE, about: 'why-it-failed' },
      result: '$.decision',
    });
    const keepAsDeadLetter = this.keepAsDeadLetter();
    const undoTheCompletedSteps = this.undoTheCompletedSteps(props, keepAsDeadLetter);
    undoTheCompletedSteps.addCatch(whyDidItFail, { errors: ['GaveUpError'], resultPath: '$.caught' });
    whyDidItFail
      .addRetry(ANSWERS)
      .addRetry(OWN_TROUBLE)
      .addCatch(undoTheCompletedSteps, { errors: ['UndoDueError'], resultPath: '$.caught' });
    return whyDidItFail.next(keepAsDeadLetter);
  }

  private undoTheCompletedSteps(
    { functions, retryInterval, escalations }: RecoveryMachineProps,
    keepAsDeadLetter: IChainable,
  ): CustomState {
    const parameters = { ...FAILURE, about: 'undo' };
    const undo = call(this, 'Undo the completed steps', functions.undo, {
      parameters: FAILURE,
      result: '$.settlement',
    });
    const whenMayItGoOn = this.askWhen('When may the undo go on?', 'Wait to undo', functions, undo, parameters);
    const whatCouldNotBeUndone = call(this, 'What could not be undone?', functions.classify, {
      parameters,
      result: '$.decision',
    });
    const tellAHuman = this.tellAHuman(escalations, keepAsDeadLetter);
    whatCouldNotBeUndone.addRetry(OWN_TROUBLE).next(tellAHuman);
    // Entered anew, it has all its retries again.
    return undo
      .addRetry(transient(retryInterval))
      .addRetry(ANSWERS)
      .addRetry(OWN_TROUBLE)
      .addCatch(undo, { errors: ['UndoGoesOnError'], resultPath: '$.caught' })
      .addCatch(whenMayItGoOn, { errors: ['NotYetError', 'CircuitOpenError'], resultPath: '$.caught' })
      .addCatch(whatCouldNotBeUndone, { errors: ['UndoFailedError'], resultPath: '$.caught' });
  }

  /** Whoever can't be told finds the dead letter all the same, and the alarm of the metric. */
  private tellAHuman({ topic }: Escalations, keepAsDeadLetter: IChainable): CustomState {
    const tell = new CustomState(this, 'Tell a human', {
      stateJson: {
        Type: 'Task',
        Resource: `arn:${Stack.of(this).partition}:states:::sns:publish`,
        Parameters: {
          TopicArn: topic.topicArn,
          Subject: 'P1: completed steps could not be undone',
          'Message.$': '$.decision.alert',
        },
        ResultPath: JsonNull.INSTANCE,
      },
    });
    tell.addRetry(OWN_TROUBLE).addCatch(keepAsDeadLetter, { errors: [Errors.ALL], resultPath: '$.untold' });
    tell.next(keepAsDeadLetter);
    return tell;
  }

  private keepAsDeadLetter(): CustomState {
    return send(this, 'Keep as a dead letter', {
      Parameters: { 'QueueUrl.$': '$.deadLetterQueueUrl', 'MessageBody.$': '$.decision.letter' },
      ResultSelector: { outcome: 'dead-lettered' },
      ResultPath: '$.settlement',
    });
  }

  private logGroup({ store, logRetention }: RecoveryMachineProps): LogGroup {
    return new LogGroup(this, 'Logs', {
      // Log delivery keeps a policy of limited length, which this prefix does not fill up.
      logGroupName: `/aws/vendedlogs/states/${Names.uniqueResourceName(this, { maxLength: 80 })}`,
      encryptionKey: store.encryptionKey,
      retention: logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
  }
}

function settleOrFail(scope: Construct, { functions: { settle }, lastResort }: RecoveryMachineProps): IChainable {
  const keep = send(scope, 'Keep in the last resort', {
    Parameters: {
      QueueUrl: lastResort.queueUrl,
      MessageBody: { ...FAILURE, 'dependency.$': '$.dependency', 'execution.$': '$$.Execution.Name' },
    },
    ResultPath: JsonNull.INSTANCE,
  });
  const notSettled = new Fail(scope, 'Not settled', {
    error: 'NotSettled',
    cause: 'The outcome could not be recorded.',
  });
  return call(scope, 'Settle', settle, { result: JsonNull.INSTANCE })
    .addRetry(ANSWERS)
    .addRetry(OWN_TROUBLE)
    .addCatch(keep.next(notSettled), { errors: [Errors.ALL], resultPath: '$.unsettled' });
}

/** A margin for the way to the function and back. */
const TASK_MARGIN = Duration.seconds(5);

/**
 * Calls a function with the parameters, or else with the whole state data. `LambdaInvoke` would let the machine call every
 * version of the function, and retry by a policy of its own.
 */
function call(
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

/** Waits, at no cost, until somebody answers: the function keeps the token by which that wakes the machine. */
function waitForDecision(scope: Construct, ask: BackstopFunction, timeout: Duration): CustomState {
  return new CustomState(scope, 'Wait for the decision', {
    stateJson: {
      Type: 'Task',
      Resource: `arn:${Stack.of(scope).partition}:states:::lambda:invoke.waitForTaskToken`,
      // The question's own time begins when the function runs. Once this is over, so is that.
      TimeoutSeconds: timeout.plus(ask.limit).toSeconds(),
      Parameters: { FunctionName: ask.functionArn, Payload: { ...FAILURE, 'token.$': '$$.Task.Token' } },
      ResultPath: JsonNull.INSTANCE,
    },
  });
}

function tellOfQuestion(scope: Construct, escalations: Escalations): CustomState {
  const text = [
    'A human must decide: the write of failure {} to {} (correlation id {}) conflicts with what is there.',
    'Both versions: npm run decisions -- show {}.',
    `What to do: ${escalations.linkTo('decision-needed')}`,
  ].join(' ');
  return new CustomState(scope, 'Tell a human that a decision is needed', {
    stateJson: {
      Type: 'Task',
      Resource: `arn:${Stack.of(scope).partition}:states:::sns:publish`,
      Parameters: {
        TopicArn: escalations.topic.topicArn,
        Subject: 'Backstop: a decision is needed',
        'Message.$': `States.Format('${text.replaceAll("'", "\\'")}', $.id, $.dependency, $.correlationId, $.id)`,
      },
      ResultPath: JsonNull.INSTANCE,
    },
  }).addRetry(OWN_TROUBLE);
}

/** Sends a message without a Lambda in between. `SqsSendMessage` knows only queues with names that stand when synthesizing. */
function send(scope: Construct, name: string, fields: object): CustomState {
  const Resource = `arn:${Stack.of(scope).partition}:states:::sqs:sendMessage`;
  return new CustomState(scope, name, { stateJson: { Type: 'Task', Resource, ...fields } }).addRetry(OWN_TROUBLE);
}
