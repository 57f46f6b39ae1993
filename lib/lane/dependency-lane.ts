import { Duration } from 'aws-cdk-lib';
import { type IEventBus, Rule } from 'aws-cdk-lib/aws-events';
import { EventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import type { IQueue, Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { HOT_BUDGET_MS, MAX_RECEIVE_COUNT, RESOLVER_MS } from '../../lambdas/contract/limits.ts';
import type { DependencySettings } from '../../lambdas/contract/settings.ts';
import { type AlarmConfig, toAlarmSettings } from '../config/alarm-config.ts';
import { whole } from '../config/checks.ts';
import { type ResolvedDependency, resolveDependency } from '../config/config.ts';
import type { DependencyConfig } from '../config/dependency-config.ts';
import { ConfigError } from '../config/validate-config.ts';
import type { BackstopFunction } from '../parts/backstop-function.ts';
import { BackstopQueue } from '../parts/backstop-queue.ts';
import { allowCalls } from '../parts/call-permissions.ts';
import { OPERATION_FAILED, queueTarget } from '../parts/event-delivery.ts';
import { allow, allowHide, allowItems, allowReceive, allowSend } from '../parts/permissions.ts';
import { type Resolvers, useResolvers } from '../parts/resolvers.ts';
import { ledgerFunction, type SharedParts } from '../parts/shared-parts.ts';
import type { RecoveryMachine } from '../recovery/recovery-machine.ts';
import { AdoptedQueue } from './adopted-queue.ts';
import { takeEventsOfAws } from './aws-events.ts';
import { LaneAlarms } from './lane-alarms.ts';
import { LaneOrder, SORTER_TIMEOUT } from './lane-order.ts';

export interface DependencyLaneProps extends SharedParts {
  /** Name of the dependency, as events give it in `detail.dependency`. */
  readonly name: string;
  readonly dependency: DependencyConfig;
  /** Keeps what can't be accepted. */
  readonly rejects: IQueue;
  /** Keeps letters of failures that have used up their cycles. */
  readonly parked: IQueue;
  /** Takes over what the worker can't end. */
  readonly recovery: RecoveryMachine;

  /** From which values on its alarms ring. @default - as its settings say */
  readonly alarms?: AlarmConfig;

  /** Messages that one invocation of the worker gets at most, 1 to 10; in an ordered lane always 1. @default 5 */
  readonly batchSize?: number;
}

/** For everything else about a failure: ledger, effects, secrets, the start of an execution. */
const BOOKKEEPING = Duration.seconds(3);
/** For what an invocation does once. */
const INVOCATION_OVERHEAD = Duration.seconds(5);
/** Lambda gives a function no more. */
const MAX_TIMEOUT = Duration.minutes(15);
/** Waiting that nobody needs to hear about. */
const PATIENCE = Duration.minutes(15);

/**
 * The lane of one dependency: its own queue, dead-letter queue, worker, concurrency limit (the bulkhead) and alarms. So its failures
 * hold up no other dependency's. A pipeline creates a lane for each dependency.
 *
 * @example
 * const lane: DependencyLane | undefined = pipeline.lanes.get('payments');
 * lane?.deadLetterQueue.metricApproximateAgeOfOldestMessage().createAlarm(stack, 'OldLetters', {
 *   threshold: Duration.days(7).toSeconds(),
 *   evaluationPeriods: 1,
 * });
 */
export class DependencyLane extends Construct {
  /** @internal The settings of the dependency, with every default filled in. */
  readonly settings: DependencySettings;
  /** The failures that wait for the worker. */
  readonly queue: Queue;
  /** The dead letters of the dependency. */
  readonly deadLetterQueue: Queue;
  /** The function that makes the calls again. Grant it your own keys. */
  readonly worker: BackstopFunction;
  /** @internal */
  readonly alarms: LaneAlarms;
  /** @internal Takes failures from the lane queue; disabled, it leaves them there. */
  readonly source: EventSourceMapping;
  /** @internal Stands between queue and worker when the dependency is ordered. */
  readonly order?: LaneOrder;
  private readonly visibilityTimeout: Duration;
  private readonly resolver: Resolvers;

  /** @internal */
  constructor(scope: Construct, id: string, props: DependencyLaneProps) {
    super(scope, id);
    const { settings, maxConcurrency, resolverArn, deadLetterQueue } = resolveDependency(props.name, props.dependency);
    this.resolver = resolverArn === undefined ? {} : { [settings.name]: resolverArn };
    ConfigError.throwIfAny(whole(1, 10)('batchSize', props.batchSize ?? 5));
    // A batch of a FIFO queue holds several messages of one group, and each that stays sends those after it back unread.
    const batchSize = settings.ordered ? 1 : (props.batchSize ?? 5);
    const timeout = batchTimeout(batchSize, settings);
    const { encryptionKey } = props.store;

    this.settings = settings;
    this.visibilityTimeout = hiddenFor(settings.ordered ? SORTER_TIMEOUT : timeout);
    this.deadLetterQueue = new BackstopQueue(this, 'DeadLetters', { encryptionKey });
    this.queue = new BackstopQueue(this, 'Queue', {
      encryptionKey,
      // A message keeps its age when it moves on, so that some of the dead-letter queue's 14 days must be left.
      retention: Duration.days(4),
      visibilityTimeout: this.visibilityTimeout,
      deadLetterQueue: { queue: this.deadLetterQueue, maxReceiveCount: MAX_RECEIVE_COUNT },
    });
    if (settings.ordered) {
      const { name } = settings;
      const between = { name, source: this.queue, maxConcurrency, visibilityTimeout: hiddenFor(timeout) };
      this.order = new LaneOrder(this, 'Ordered', { ...props, ...between });
    }
    this.worker = this.createWorker(props, timeout);
    props.recovery.allowDeadLettersTo(this.deadLetterQueue);
    this.takeFrom(props.bus);
    this.takeFailuresOfAws(props, deadLetterQueue);
    const workerSource = new EventSourceMapping(this, 'Source', {
      target: this.worker,
      eventSourceArn: (this.order?.queue ?? this.queue).queueArn,
      batchSize,
      maxConcurrency,
      reportBatchItemFailures: true,
    });
    this.source = this.order?.source ?? workerSource;
    this.alarms = new LaneAlarms(this, 'Alarms', {
      ...{ escalations: props.escalations, settings, maxConcurrency, thresholds: toAlarmSettings(props.alarms) },
      ...{ queue: this.queue, deadLetterQueue: this.deadLetterQueue, worker: this.worker },
      waiting: this.order?.queue ?? this.queue,
      // After a crash of the worker a message is hidden for that long.
      patience: Duration.seconds(Math.max(PATIENCE.toSeconds(), 2 * this.visibilityTimeout.toSeconds())),
    });
    this.order?.watch(this.alarms.group, props.deadline);
  }

  private takeFrom(eventBus: IEventBus): void {
    const { name } = this.settings;
    new Rule(this, 'Rule', {
      description: `Failures of ${name}`,
      eventBus,
      eventPattern: { detailType: [OPERATION_FAILED], detail: { dependency: [name] } },
      targets: [queueTarget(this.queue, { deadLetterQueue: this.deadLetterQueue })],
    });
  }

  private takeFailuresOfAws(props: DependencyLaneProps, deadLetterQueue: ResolvedDependency['deadLetterQueue']): void {
    const { settings, queue } = this;
    takeEventsOfAws(this, { settings, queue, deadLetterQueue: this.deadLetterQueue, bus: props.bus });
    if (deadLetterQueue)
      new AdoptedQueue(this, 'Adopted', { ...props, settings, lane: queue, source: deadLetterQueue });
  }

  private createWorker(props: DependencyLaneProps, timeout: Duration): BackstopFunction {
    const { store, rejects, parked, recovery, runbookUrl } = props;
    const { name } = this.settings;
    const machineArn = recovery.stateMachine.stateMachineArn;
    const worker = ledgerFunction(this, 'Worker', props, {
      handler: 'worker',
      description: `Retries failed operations of ${name} in process`,
      timeout,
      // What waits for the circuit goes round in the lane.
      sendsToItself: !this.order,
      environment: {
        DEPENDENCY: name,
        EFFECTS_TABLE: store.effects.tableName,
        ...(this.order ? { ORDERED_QUEUE_URL: this.order.queue.queueUrl } : { LANE_QUEUE_URL: this.queue.queueUrl }),
        REJECTS_QUEUE_URL: rejects.queueUrl,
        PARKED_QUEUE_URL: parked.queueUrl,
        RUNBOOK_URL: runbookUrl,
        DEAD_LETTER_QUEUE_URL: this.deadLetterQueue.queueUrl,
        RECOVERY_MACHINE_ARN: machineArn,
      },
    });
    this.allowLane(worker);
    allowItems(worker, store.ledger, 'GetItem', 'PutItem', 'UpdateItem');
    allowItems(worker, store.effects, 'GetItem', 'PutItem', 'UpdateItem', 'DeleteItem');
    allowItems(worker, store.circuits, 'GetItem', 'UpdateItem');
    allowSend(worker, rejects);
    allowSend(worker, parked);
    allow(worker, ['states:StartExecution'], machineArn);
    allowCalls(worker, [this.settings]);
    useResolvers(worker, this.resolver);
    return worker;
  }

  private allowLane(worker: BackstopFunction): void {
    if (this.order) {
      allowReceive(worker, this.order.queue);
      allowHide(worker, this.order.queue);
      // SQS can't tell a message that always fails from one that waits, so that the worker sets it aside.
      allowSend(worker, this.deadLetterQueue);
    } else {
      allowReceive(worker, this.queue);
      // While the circuit is open, messages go back to where they came from.
      allowSend(worker, this.queue);
    }
  }
}

/** What Lambda asks of a queue that it polls, by the time that its function has. */
function hiddenFor(timeout: Duration): Duration {
  return Duration.seconds(6 * timeout.toSeconds());
}

/**
 * The worker takes on the messages of a batch one after another. With a fresh credential it may make a call twice, and a conflict
 * takes two calls.
 */
function batchTimeout(batchSize: number, { timeoutMs, conflict: { strategy } }: DependencySettings): Duration {
  const resolverMs = strategy === 'function' ? RESOLVER_MS : 0;
  const callMs = strategy === 'reject' ? timeoutMs : 2 * timeoutMs + resolverMs;
  const each = Duration.millis(HOT_BUDGET_MS + callMs)
    .plus(BOOKKEEPING)
    .toSeconds({ integral: false });
  const whole = Math.ceil(Math.max(batchSize, 2) * each) + INVOCATION_OVERHEAD.toSeconds();
  // The worker begins with no message for which too little time is left.
  return Duration.seconds(Math.min(whole, MAX_TIMEOUT.toSeconds()));
}
