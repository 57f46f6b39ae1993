import { Duration } from 'aws-cdk-lib';
import { Rule } from 'aws-cdk-lib/aws-events';
import { EventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import type { IQueue, Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { CIRCUIT_CHANGED, EVENT_SOURCE } from '../../lambdas/contract/events.ts';
import { BackstopFunction } from '../parts/backstop-function.ts';
import { BackstopQueue } from '../parts/backstop-queue.ts';
import { queueTarget } from '../parts/event-delivery.ts';
import { letReadLane } from '../parts/lane-parameters.ts';
import { allowHide, allowItems, allowItemsOf, allowQueueKey, allowReceive, letUse } from '../parts/permissions.ts';
import type { SharedParts } from '../parts/shared-parts.ts';
import type { DependencyLane } from './dependency-lane.ts';

interface RedriverProps extends Pick<SharedParts, 'code' | 'store' | 'outcomes' | 'logRetention'> {
  /** Lanes with `redrive: { automatic: true }`, at least one. */
  readonly lanes: readonly DependencyLane[];
  /** Keeps the events that EventBridge can't deliver. */
  readonly lastResort: IQueue;
}

/** Timeout of one invocation. The next invocation continues an unfinished redrive. */
const TIMEOUT = Duration.minutes(5);
/** The visibility timeout that Lambda recommends for a polled queue: six times the function's timeout. */
const VISIBILITY_TIMEOUT = Duration.minutes(30);
/** After a day the event is out of date. The dead letters themselves stay in their queue. */
const RETENTION = Duration.days(1);
/** The SQS minimum. */
const MIN_CONCURRENCY = 2;
const MOVING = ['ChangeMessageVisibility', 'DeleteMessage', 'GetQueueAttributes', 'ReceiveMessage'] as const;

/**
 * Redrives the dead letters of a lane once its circuit admits calls again, if an unreachable dependency caused them. It
 * starts as soon as the probes succeed. Without other calls, the circuit would never close.
 */
export class Redriver extends Construct {
  /** Events of circuits that admit calls again. Each stays until its lane's redrive ends. */
  readonly queue: Queue;
  readonly function: BackstopFunction;

  constructor(scope: Construct, id: string, props: RedriverProps) {
    super(scope, id);
    this.queue = new BackstopQueue(this, 'Queue', {
      encryptionKey: props.store.encryptionKey,
      retention: RETENTION,
      visibilityTimeout: VISIBILITY_TIMEOUT,
      whyTheyStay: 'A message is received again until its redrive ends; the dead letters stay in their own queues.',
    });
    this.function = this.createFunction(props);
    new Rule(this, 'Rule', {
      description: 'Circuits that are recovering or closed',
      eventBus: props.outcomes,
      eventPattern: {
        source: [EVENT_SOURCE],
        detailType: [CIRCUIT_CHANGED],
        // The function ignores lanes that redrive nothing by themselves. A list of the others may be too long here.
        detail: { to: ['recovering', 'closed'] },
      },
      targets: [queueTarget(this.queue, { deadLetterQueue: props.lastResort })],
    });
    new EventSourceMapping(this, 'Source', {
      target: this.function,
      eventSourceArn: this.queue.queueArn,
      batchSize: 1,
      maxConcurrency: Math.max(MIN_CONCURRENCY, props.lanes.length),
      reportBatchItemFailures: true,
    });
  }

  private createFunction({ code, store, lanes, logRetention }: RedriverProps): BackstopFunction {
    const redriver = new BackstopFunction(this, 'Function', {
      code,
      handler: 'redriver',
      description: 'Redrives dead letters when the circuit of their dependency closes',
      timeout: TIMEOUT,
      environment: {
        LEDGER_TABLE: store.ledger.tableName,
        CIRCUITS_TABLE: store.circuits.tableName,
        REDRIVES_QUEUE_URL: this.queue.queueUrl,
      },
      encryptionKey: store.encryptionKey,
      logRetention,
    });
    allowItemsOf(redriver, store.ledger, ['redrive#*'], 'GetItem', 'PutItem', 'UpdateItem');
    // A dead letter may name any tenant, and the redrive looks for its circuit.
    allowItems(redriver, store.circuits, 'GetItem');
    allowReceive(redriver, this.queue);
    allowHide(redriver, this.queue);
    allowQueueKey(redriver, store.encryptionKey);
    letReadLane(redriver);
    for (const { queue, deadLetterQueue } of lanes) {
      letUse(queue, redriver.serviceRole, ['SendMessage']);
      letUse(deadLetterQueue, redriver.serviceRole, MOVING);
    }
    return redriver;
  }
}
