import { Duration } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { PENDING_INDEX } from '../../lambdas/contract/ledger-entry.ts';
import type { BackstopFunction } from '../parts/backstop-function.ts';
import { afterDelivery, DELIVERY } from '../parts/event-delivery.ts';
import { allow, allowItems, allowQuery, allowScan, allowSend, allowWildcard, letUse } from '../parts/permissions.ts';
import { ledgerFunction, type SharedParts } from '../parts/shared-parts.ts';
import type { RecoveryMachine } from './recovery-machine.ts';

interface ReconcilerProps extends SharedParts {
  /** Keeps events that the reconciler did not receive or failed to process. */
  readonly lastResort: IQueue;
  readonly recovery: RecoveryMachine;
  /** Interval in whole minutes. */
  readonly reconcileEvery: Duration;
}

/**
 * Finishes open failures that the machine itself can't. If an execution of the Recovery machine fails, times out or is
 * aborted, it acts at once. On its schedule, it takes up failures without progress.
 */
export class Reconciler extends Construct {
  readonly function: BackstopFunction;

  constructor(scope: Construct, id: string, props: ReconcilerProps) {
    super(scope, id);
    const { stateMachineArn } = props.recovery.stateMachine;
    this.function = this.createFunction(props);
    const target = new LambdaFunction(this.function, { ...DELIVERY, deadLetterQueue: props.lastResort });
    new Rule(this, 'OwnExecutionRule', {
      description: 'Failed executions of the Recovery machine',
      eventPattern: {
        source: ['aws.states'],
        detailType: ['Step Functions Execution Status Change'],
        detail: { stateMachineArn: [stateMachineArn], status: ['FAILED', 'TIMED_OUT', 'ABORTED'] },
      },
      targets: [target],
    });
    new Rule(this, 'ScheduleRule', {
      description: 'Schedule of the reconciler',
      schedule: Schedule.rate(props.reconcileEvery),
      targets: [target],
    });
  }

  /** Lets the reconciler write dead letters to a queue that the ledger names. */
  allowDeadLettersTo(queue: IQueue): void {
    letUse(queue, this.function.serviceRole, ['SendMessage']);
  }

  private createFunction(props: ReconcilerProps): BackstopFunction {
    const { store, outcomes, recovery, lastResort, runbookUrl } = props;
    const { stateMachineArn } = recovery.stateMachine;
    const reconciler = ledgerFunction(this, 'Function', props, {
      handler: 'reconciler',
      description: 'Finishes failures that were left open',
      timeout: Duration.minutes(2),
      environment: {
        EVENT_BUS_NAME: outcomes.eventBusName,
        EFFECTS_TABLE: store.effects.tableName,
        RECOVERY_MACHINE_ARN: stateMachineArn,
        ...recovery.startVariable,
        LAST_RESORT_QUEUE_URL: lastResort.queueUrl,
        RUNBOOK_URL: runbookUrl,
      },
    });
    allowItems(reconciler, store.ledger, 'GetItem', 'UpdateItem');
    allowQuery(reconciler, store.ledger, PENDING_INDEX);
    // Finds a success before it gives a failure up.
    allowItems(reconciler, store.effects, 'GetItem');
    // Counts the open circuits for the alarms, and closes those that nobody calls.
    allowScan(reconciler, store.circuits);
    allowItems(reconciler, store.circuits, 'GetItem', 'UpdateItem');
    outcomes.letSpeak(reconciler);
    // Only the task and the ledger know a task's token.
    if (recovery.startArn === stateMachineArn) {
      allow(reconciler, ['states:StartExecution', 'states:SendTaskSuccess'], stateMachineArn);
    } else {
      allow(reconciler, ['states:StartExecution'], recovery.startArn);
      allow(reconciler, ['states:SendTaskSuccess'], stateMachineArn);
    }
    allowSend(reconciler, lastResort);
    const reason = 'Executions carry the names of future failures.';
    allowWildcard(reconciler.serviceRole, ['states:DescribeExecution'], recovery.executionArns, reason);
    reconciler.configureAsyncInvoke(afterDelivery(lastResort));
    return reconciler;
  }
}
