import { ArnFormat, Duration, Names, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import type { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import type { IRole } from 'aws-cdk-lib/aws-iam';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import {
  DefinitionBody,
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
import { askWhen, call, FAILURE, GIVEN_UP, on } from '../parts/machine-tasks.ts';
import { allow, allowPublish, allowSend, letUse } from '../parts/permissions.ts';
import { ANSWERS, INTERNAL_RETRY, transient } from '../parts/retry-policies.ts';
import { resolveOrAsk } from './recovery-conflict.ts';
import { settleOrUndo } from './recovery-end.ts';
import type { RecoveryMachineProps } from './recovery-machine-props.ts';

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
  private readonly settleRole: IRole;
  /** @internal ARN of all executions, whose names are ids of failures. */
  readonly executionArns: string;

  /** @internal */
  constructor(scope: Construct, id: string, props: RecoveryMachineProps) {
    super(scope, id);
    this.settleRole = props.functions.settle.serviceRole;
    this.stateMachine = new StateMachine(this, 'Machine', {
      definitionBody: DefinitionBody.fromChainable(this.attemptUntilDone(props)),
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
    for (const { functionArn, live } of props.functions.all) {
      allow(this.stateMachine, ['lambda:InvokeFunction'], live.functionArn);
      // Executions from before the canary was turned on call the function without the alias.
      if (props.canary) allow(this.stateMachine, ['lambda:InvokeFunction'], functionArn);
    }
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
    letUse(queue, this.settleRole, ['SendMessage']);
    letUse(queue, this.stateMachine.role, ['SendMessage']);
  }

  /**
   * The happy path is two states. Everything else is an error that leads away, because each entered state costs.
   * `Settle` comes at the end of every way, so it is what finally runs.
   */
  private attemptUntilDone(props: RecoveryMachineProps): IChainable {
    const { functions, retryInterval } = props;
    const settle = settleOrUndo(this, props);
    const attemptTheOperation = call(this, 'Attempt the operation', functions.attempt, {
      parameters: { ...FAILURE, 'waitUntil.$': '$.waitUntil' },
      result: '$.settlement',
    });
    const waitUntilItMayBeTried = new Wait(this, 'Wait until it may be tried', {
      time: WaitTime.timestampPath('$.waitUntil'),
    });
    waitUntilItMayBeTried.next(attemptTheOperation);
    const asking = { classify: functions.classify, next: attemptTheOperation, giveUp: settle };
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

    const { resolveTheConflict, tellAHuman } = resolveOrAsk(this, { ...props, settle });

    attemptTheOperation
      .addRetry(transient(retryInterval))
      .addRetry(ANSWERS)
      .addRetry(INTERNAL_RETRY)
      .addCatch(resolveTheConflict, on('ConflictError'))
      .addCatch(tellAHuman, on('DecisionDueError'))
      .addCatch(waitUntilItMayBeTried, on('WaitFirstError'))
      .addCatch(whenMayItGoOn, on('NotYetError'))
      .addCatch(whenMayTheCircuitBeAsked, on('CircuitOpenError'))
      .addCatch(answerWithTheFallback, on('FallbackDueError'))
      .addCatch(settle, GIVEN_UP)
      .next(settle);
    answerWithTheFallback
      .addRetry(ANSWERS)
      .addRetry(INTERNAL_RETRY)
      .addCatch(whenMayItGoOn, on('NotYetError'))
      .addCatch(settle, GIVEN_UP)
      .next(settle);
    return attemptTheOperation;
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
