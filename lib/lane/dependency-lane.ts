import { Annotations, Duration } from 'aws-cdk-lib';
import { type IEventBus, Rule } from 'aws-cdk-lib/aws-events';
import { EventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import type { IQueue, Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import * as v from 'valibot';
import { OPERATION_FAILED } from '../../lambdas/contract/events.ts';
import { MAX_RECEIVE_COUNT } from '../../lambdas/contract/limits.ts';
import type { AcceptedInput, DependencySettings } from '../../lambdas/contract/settings.ts';
import type { AlarmConfig } from '../config/alarm-config.ts';
import { alarms } from '../config/alarm-schema.ts';
import { batchSize } from '../config/common-schema.ts';
import { type ResolvedDependency, resolveDependency } from '../config/config.ts';
import type { DependencyConfig } from '../config/dependency-config.ts';
import { mistakesIn, settings as settingsOf } from '../config/schema.ts';
import { ConfigError } from '../config/validate-config.ts';
import type { BackstopFunction } from '../parts/backstop-function.ts';
import { BackstopQueue } from '../parts/backstop-queue.ts';
import { allowCall, lateTarget } from '../parts/call-permissions.ts';
import { queueTarget } from '../parts/event-delivery.ts';
import { storeLaneFacts } from '../parts/lane-parameters.ts';
import { tagLanePart } from '../parts/lane-tags.ts';
import { answerKeys, circuitKeys, effectKeys, failureKeys } from '../parts/leading-keys.ts';
import { allow, allowHide, allowItemsOf, allowReceive, allowSend } from '../parts/permissions.ts';
import { requireRole } from '../parts/producers.ts';
import { useResolver } from '../parts/resolvers.ts';
import { ledgerFunction, type SharedParts } from '../parts/shared-parts.ts';
import type { RecoveryMachine } from '../recovery/recovery-machine.ts';
import { AdoptedQueue } from './adopted-queue.ts';
import { takeEventsOfAws } from './aws-events.ts';
import { batchPlan } from './batch-plan.ts';
import { LaneAlarms } from './lane-alarms.ts';
import { LaneOrder, SORTER_TIMEOUT } from './lane-order.ts';

export interface DependencyLaneProps extends SharedParts {
  /** Name of the dependency, as in `detail.dependency` of an event. */
  readonly name: string;
  readonly dependency: DependencyConfig;
  /** Keeps the events that Backstop can't accept. */
  readonly rejects: IQueue;
  /** Keeps dead letters of failures without cycles left. */
  readonly parked: IQueue;
  /** Continues with the failures that the worker can't recover. */
  readonly recovery: RecoveryMachine;

  /** The thresholds of the lane's alarms. @default - the defaults of {@link AlarmConfig} */
  readonly alarms?: AlarmConfig;

  /** Most messages per invocation of the worker, 1 to 10. An ordered lane always uses 1. @default 5 */
  readonly batchSize?: number;

  /** Characters of an excerpt, if the dependency doesn't say, 0 to 500. @default 200 */
  readonly excerpt?: number;
}

/**
 * The lane of one dependency: its queue, dead-letter queue, worker, concurrency limit (the bulkhead) and alarms. Its
 * failures don't delay those of other dependencies. A pipeline creates a lane for each dependency.
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
  /** The failures that wait for the worker. In an ordered lane they wait for the sorter. */
  readonly queue: Queue;
  /** The dead letters of the dependency. */
  readonly deadLetterQueue: Queue;
  /** The function that repeats the calls. Grant it your own keys. */
  readonly worker: BackstopFunction;
  /** @internal */
  readonly alarms: LaneAlarms;
  /**
   * @internal Moves failures from the lane queue to the worker or the sorter. While it is disabled, they stay in the
   * queue.
   */
  readonly source: EventSourceMapping;
  /** @internal Sits between queue and worker; only in an ordered lane. */
  readonly order?: LaneOrder;
  /** @internal Moves messages of your dead-letter queue into the lane, if the config names one. */
  readonly adopter: BackstopFunction | undefined;
  private readonly visibilityTimeout: Duration;
  private readonly resolverArn: string | undefined;

  /** @internal */
  constructor(scope: Construct, id: string, props: DependencyLaneProps) {
    super(scope, id);
    const { name, dependency, excerpt } = props;
    const { settings, maxConcurrency, resolverArn, deadLetterQueue } = resolveDependency(name, dependency, excerpt);
    this.resolverArn = resolverArn;
    const tuning = tune(props);
    // A batch of a FIFO queue can hold several messages of one group. If one must stay, those after it return unread.
    const { batchSize, timeout } = batchPlan(settings.ordered ? 1 : tuning.batchSize, settings);

    this.settings = settings;
    this.warnOfOpenCredentials();
    this.warnOfLostOrder();
    requireRole(this, settings);
    this.visibilityTimeout = hiddenFor(settings.ordered ? SORTER_TIMEOUT : timeout);
    this.deadLetterQueue = new BackstopQueue(this, 'DeadLetters', { encryptionKey: props.store.encryptionKey });
    this.queue = this.createQueue(props);
    if (settings.ordered) {
      const between = { source: this.queue, maxConcurrency, visibilityTimeout: hiddenFor(timeout) };
      this.order = new LaneOrder(this, 'Ordered', { ...props, ...between });
    }
    this.worker = this.createWorker(props, timeout);
    props.recovery.allowDeadLettersTo(this.deadLetterQueue);
    this.takeFrom(props.bus);
    this.adopter = this.takeFailuresOfAws(props, deadLetterQueue);
    const workerSource = new EventSourceMapping(this, 'Source', {
      target: this.worker.live,
      eventSourceArn: (this.order?.queue ?? this.queue).queueArn,
      batchSize,
      maxConcurrency,
      reportBatchItemFailures: true,
    });
    this.source = this.order?.source ?? workerSource;
    this.alarms = new LaneAlarms(this, 'Alarms', {
      escalations: props.escalations,
      settings,
      maxConcurrency,
      thresholds: tuning.alarms,
      queue: this.queue,
      deadLetterQueue: this.deadLetterQueue,
      worker: this.worker,
      waiting: this.order?.queue ?? this.queue,
      visibilityTimeout: this.visibilityTimeout,
    });
    this.order?.watch(this.alarms.group, props.deadline);
    this.worker.takeBackOn(...this.alarms.ofItsWorker);
    this.order?.sorter.takeBackOn(...this.alarms.ofItsWorker);
    this.makeKnown();
  }

  private createQueue({ store: { encryptionKey } }: DependencyLaneProps): Queue {
    return new BackstopQueue(this, 'Queue', {
      encryptionKey,
      // A message keeps its age when SQS moves it. At least 10 of the dead-letter queue's 14 days must be left.
      retention: Duration.days(4),
      visibilityTimeout: this.visibilityTimeout,
      deadLetterQueue: { queue: this.deadLetterQueue, maxReceiveCount: MAX_RECEIVE_COUNT },
    });
  }

  /** Says where the parts of the lane are, and what they are to policies. */
  private makeKnown(): void {
    const { settings, queue, deadLetterQueue, order, source, worker, adopter, resolverArn } = this;
    tagLanePart(queue, 'queue');
    tagLanePart(deadLetterQueue, 'dead-letters');
    if (order) tagLanePart(order.queue, 'ordered-queue');
    tagLanePart(source, 'source');
    const { sensitive } = settings.conflict;
    storeLaneFacts(this, 'Facts', {
      name: settings.name,
      kind: settings.kind,
      queueUrl: queue.queueUrl,
      deadLetterQueueUrl: deadLetterQueue.queueUrl,
      orderedQueueUrl: order?.queue.queueUrl,
      sourceId: source.eventSourceMappingId,
      target: lateTarget(settings),
      resolverArn,
      logGroups: [worker, order?.sorter, adopter].flatMap((fn) => (fn ? [fn.logGroup.logGroupName] : [])),
      maxCycles: settings.redrive.maxCycles,
      sensitive: sensitive.length > 0 ? sensitive : undefined,
      ...replayableOf(settings),
    });
  }

  private warnOfOpenCredentials(): void {
    const { settings } = this;
    if (settings.kind !== 'http' || settings.auth === undefined) return;
    if (Object.keys(settings.accepts ?? {}).length > 0) return;
    Annotations.of(this).addWarningV2(
      'backstop:accepts',
      `dependency '${settings.name}': every producer can replay any method and path with its credentials; set accepts (docs/configuration.md#who-may-report-and-what-may-be-replayed)`,
    );
  }

  /** The order of a FIFO queue is worth nothing if a lane without order sends to it. */
  private warnOfLostOrder(): void {
    const { settings } = this;
    if (settings.kind !== 'queue' || settings.ordered || !settings.targetArn?.endsWith('.fifo')) return;
    Annotations.of(this).addWarningV2(
      'backstop:ordered',
      `dependency '${settings.name}': its queue is FIFO, but its lane may send the messages of a group in any order; set ordered: true (docs/configuration.md#dependencies)`,
    );
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

  /** @returns the function that adopts your dead letters, if the config names their queue */
  private takeFailuresOfAws(
    props: DependencyLaneProps,
    deadLetterQueue: ResolvedDependency['deadLetterQueue'],
  ): BackstopFunction | undefined {
    const { settings, queue } = this;
    takeEventsOfAws(this, { settings, queue, deadLetterQueue: this.deadLetterQueue, bus: props.bus });
    if (!deadLetterQueue) return undefined;
    const adopted = { ...props, settings, lane: queue, source: deadLetterQueue };
    return new AdoptedQueue(this, 'Adopted', adopted).adopter;
  }

  private createWorker(props: DependencyLaneProps, timeout: Duration): BackstopFunction {
    const { store, rejects, parked, recovery, runbookUrl } = props;
    const { name } = this.settings;
    const worker = ledgerFunction(this, 'Worker', props, {
      handler: 'worker',
      permissionsInRole: true,
      canary: props.canary,
      description: `Retries failed operations of ${name} in process`,
      timeout,
      // A failure that waits for the circuit returns to the lane queue. Lambda would stop that as a recursive loop.
      sendsToItself: !this.order,
      network: props.network,
      environment: {
        DEPENDENCY: name,
        EFFECTS_TABLE: store.effects.tableName,
        [this.order ? 'ORDERED_QUEUE_URL' : 'LANE_QUEUE_URL']: (this.order?.queue ?? this.queue).queueUrl,
        REJECTS_QUEUE_URL: rejects.queueUrl,
        PARKED_QUEUE_URL: parked.queueUrl,
        RUNBOOK_URL: runbookUrl,
        DEAD_LETTER_QUEUE_URL: this.deadLetterQueue.queueUrl,
        RECOVERY_MACHINE_ARN: recovery.stateMachine.stateMachineArn,
        ...recovery.startVariable,
      },
    });
    this.allowLane(worker);
    allowItemsOf(worker, store.ledger, [...failureKeys(name), ...answerKeys(name)], 'GetItem', 'PutItem', 'UpdateItem');
    allowItemsOf(worker, store.effects, effectKeys(name), 'GetItem', 'UpdateItem', 'DeleteItem');
    allowItemsOf(worker, store.circuits, circuitKeys(name, this.settings.circuit), 'GetItem', 'UpdateItem');
    allowSend(worker, rejects);
    allowSend(worker, parked);
    allow(worker, ['states:StartExecution'], recovery.startArn);
    allowCall(worker, this.settings);
    props.bodies?.letRead(worker, name);
    useResolver(worker, name, this.resolverArn);
    return worker;
  }

  private allowLane(worker: BackstopFunction): void {
    if (this.order) {
      allowReceive(worker, this.order.queue);
      allowHide(worker, this.order.queue);
      // SQS can't distinguish a message that always fails from one that waits. The worker moves the former itself.
      allowSend(worker, this.deadLetterQueue);
    } else {
      allowReceive(worker, this.queue);
      // While the circuit is open, the worker returns messages to the lane queue.
      allowSend(worker, this.queue);
    }
  }
}

/** What an edited operation may be. Who may report is for the lane alone. */
function replayableOf(settings: DependencySettings): AcceptedInput {
  if (settings.kind !== 'http') return {};
  const { accepts: { methods, paths } = {}, allowHeaders } = settings;
  return { accepts: methods || paths ? { methods, paths } : undefined, allowHeaders };
}

const TUNING = settingsOf({ batchSize, alarms: v.optional(alarms, {}) });

/** Fills in the defaults. @throws ConfigError that names every mistake */
function tune(props: DependencyLaneProps): v.InferOutput<typeof TUNING> {
  const tuning = { batchSize: props.batchSize, alarms: props.alarms };
  ConfigError.throwIfAny(mistakesIn(TUNING, tuning));
  return v.parse(TUNING, tuning);
}

/** The visibility timeout that Lambda recommends for a polled queue: six times the function's timeout. */
function hiddenFor(timeout: Duration): Duration {
  return Duration.seconds(6 * timeout.toSeconds());
}
