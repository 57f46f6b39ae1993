import { ArnFormat, Duration, JsonNull, Names, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import type { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import {
  DefinitionBody,
  Errors,
  Fail,
  type IChainable,
  LogLevel,
  StateMachine,
  StateMachineType,
  Wait,
  WaitTime,
} from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { MAX_QUESTIONS } from '../../lambdas/contract/limits.ts';
import { shiftMachine } from '../parts/canary.ts';
import { askWhen, call, FAILURE, on, send } from '../parts/machine-tasks.ts';
import { allow, allowPublish, allowSend, letUse } from '../parts/permissions.ts';
import { ANSWERS, INTERNAL_RETRY, transient } from '../parts/retry-policies.ts';
import { resolveOrAsk } from './recovery-conflict.ts';
import type { RecoveryMachineProps } from './recovery-machine-props.ts';
import { undoOrKeepAsDeadLetter } from './recovery-undo.ts';
import { TryCatchFinally } from './try-catch-finally.ts';

/**
 * Timeout of an execution. It exceeds any deadline, all questions with their rounds, and an undo, so it ends only
 * executions that hang.
 */
function longest(decisionTimeout: Duration): Duration {
  const [day, question] = [Duration.days(1).toSeconds(), decisionTimeout.toSeconds()];
  return Duration.seconds((MAX_QUESTIONS + 1) * (question + day) + day);
}

/**
 * The warm tier: one Standard execution for each failure that the worker could not recover.
 *
 * Input: `{ key, id, cycle, correlationId, dependency, deadLetterQueueUrl, waitUntil }`. Each step adds a field:
 * `settlement` has the outcome, `decision` the last result of the classify function. The payload of the operation never
 * enters the state data.
 */
export class RecoveryMachine extends Construct {
  /** A Standard state machine, whose executions are named after failures. */
  readonly stateMachine: StateMachine;
  /** @internal ARN that starts executions: of the machine, or of the alias that shifts to new versions. */
  readonly startArn: string;
  /** @internal The variable of functions that start executions, if the ARN isn't that of the machine. */
  readonly startVariable: Readonly<Record<string, string>>;
  private readonly alarmNames: string[] = [];
  /** @internal ARN of all executions, whose names are ids of failures. */
  readonly executionArns: string;

  /** @internal */
  constructor(scope: Construct, id: string, props: RecoveryMachineProps) {
    super(scope, id);
    const recovery = new TryCatchFinally(this, 'Recovery', {
      tryBlock: this.attemptUntilDone(props),
      catchBlock: undoOrKeepAsDeadLetter(this, props),
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
    for (const { live } of props.functions.all) allow(this.stateMachine, ['lambda:InvokeFunction'], live.functionArn);
    const { stateMachineArn } = this.stateMachine;
    this.startArn = props.canary ? shiftMachine(this, this.stateMachine, () => this.alarmNames) : stateMachineArn;
    this.startVariable = props.canary ? { RECOVERY_START_ARN: this.startArn } : {};
    allowSend(this.stateMachine, props.lastResort);
    allowPublish(this.stateMachine, props.escalations.topic);
    Validations.of(this.stateMachine.role).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: 'Log delivery of state machines and X-Ray take no narrower resource.',
    });
  }

  /** @internal Takes a deployment of the machine back when the alarm rings. */
  takeBackOn(alarm: Alarm): void {
    this.alarmNames.push(alarm.alarmName);
  }

  /** @internal Lets the machine write dead letters to a queue that its input names. */
  allowDeadLettersTo(queue: IQueue): void {
    letUse(queue, this.stateMachine.role, ['SendMessage']);
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
    const asking = { classify: functions.classify, next: attemptTheOperation };
    const whenMayItGoOn = askWhen(this, { question: 'When may it go on?', wait: 'Wait until then', ...asking });
    const whenMayTheCircuitBeAsked = askWhen(this, {
      question: 'When may the circuit be asked again?',
      wait: 'Wait for the circuit',
      ...asking,
    });
    const answerWithTheFallback = call(this, 'Answer with the fallback', functions.degrade, {
      parameters: FAILURE,
      result: '$.settlement',
    });

    const { resolveTheConflict, tellAHuman } = resolveOrAsk(this, props);

    attemptTheOperation
      .addRetry(transient(retryInterval))
      .addRetry(ANSWERS)
      .addRetry(INTERNAL_RETRY)
      .addCatch(resolveTheConflict, on('ConflictError'))
      .addCatch(tellAHuman, on('DecisionDueError'))
      .addCatch(whenMayItGoOn, on('NotYetError'))
      .addCatch(whenMayTheCircuitBeAsked, on('CircuitOpenError'))
      .addCatch(answerWithTheFallback, on('FallbackDueError'));
    answerWithTheFallback.addRetry(ANSWERS).addRetry(INTERNAL_RETRY).addCatch(whenMayItGoOn, on('NotYetError'));
    return waitUntilItMayBeTried.next(attemptTheOperation);
  }

  private logGroup({ store, logRetention }: RecoveryMachineProps): LogGroup {
    return new LogGroup(this, 'Logs', {
      // CloudWatch's resource policy for log delivery has a size limit. Groups with this prefix don't count towards it.
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
    cause: 'Backstop could not record the outcome.',
  });
  return call(scope, 'Settle', settle, { result: JsonNull.INSTANCE })
    .addRetry(ANSWERS)
    .addRetry(INTERNAL_RETRY)
    .addCatch(keep.next(notSettled), { errors: [Errors.ALL], resultPath: '$.unsettled' });
}
