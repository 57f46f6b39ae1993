import { Duration } from 'aws-cdk-lib';
import { EventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import type { IQueue, Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { AlarmGroup } from '../parts/alarm-group.ts';
import type { BackstopFunction } from '../parts/backstop-function.ts';
import { BackstopQueue } from '../parts/backstop-queue.ts';
import { ALARM_PERIOD } from '../parts/escalations.ts';
import { failureKeys } from '../parts/leading-keys.ts';
import { allowItemsOf, allowReceive, allowSend } from '../parts/permissions.ts';
import { ledgerFunction, type SharedParts } from '../parts/shared-parts.ts';

interface LaneOrderProps extends SharedParts {
  /** Name of the dependency. */
  readonly name: string;
  /** The lane queue, in any order. */
  readonly source: IQueue;
  /** Batches that the sorter processes at once. */
  readonly maxConcurrency: number;
  /** How long a received message stays hidden. */
  readonly visibilityTimeout: Duration;
}

/** Timeout of the sorter for ten messages. */
export const SORTER_TIMEOUT: Duration = Duration.seconds(30);
const BATCH_SIZE = 10;
/** Wait after a failure's deadline that sets off the alarm. */
const RESOURCE_PATIENCE = Duration.minutes(15);

/**
 * The part of an ordered lane between its queue and its worker: a FIFO queue and a sorter. The queue releases one
 * message of a resource at a time. The sorter groups messages by resource, because EventBridge can't.
 */
export class LaneOrder extends Construct {
  readonly queue: Queue;
  readonly sorter: BackstopFunction;
  /** Takes failures from the lane queue. */
  readonly source: EventSourceMapping;
  private readonly name: string;
  private readonly visibilityTimeout: Duration;

  constructor(scope: Construct, id: string, props: LaneOrderProps) {
    super(scope, id);
    this.name = props.name;
    this.visibilityTimeout = props.visibilityTimeout;
    this.queue = new BackstopQueue(this, 'Queue', {
      encryptionKey: props.store.encryptionKey,
      visibilityTimeout: props.visibilityTimeout,
      ordered: true,
      whyTheyStay:
        'A message is received again until its failure ends; the worker sets aside messages that always fail.',
    });
    this.sorter = this.createSorter(props);
    this.source = this.takeFrom(props);
  }

  private createSorter(props: LaneOrderProps): BackstopFunction {
    const { name, source, store } = props;
    const sorter = ledgerFunction(this, 'Sorter', props, {
      handler: 'sorter',
      permissionsInRole: true,
      canary: props.canary,
      description: `Groups failures of ${name} by resource`,
      timeout: SORTER_TIMEOUT,
      environment: { DEPENDENCY: name, ORDERED_QUEUE_URL: this.queue.queueUrl },
    });
    allowReceive(sorter, source);
    allowSend(sorter, this.queue);
    // A dead letter holds only the id of its failure, so the sorter reads the resource from the ledger.
    allowItemsOf(sorter, store.ledger, failureKeys(name), 'GetItem');
    return sorter;
  }

  private takeFrom({ source, maxConcurrency }: LaneOrderProps): EventSourceMapping {
    return new EventSourceMapping(this, 'Source', {
      target: this.sorter.live,
      eventSourceArn: source.queueArn,
      batchSize: BATCH_SIZE,
      maxConcurrency,
      reportBatchItemFailures: true,
    });
  }

  /** Adds the alarm for resources without progress to the lane's alarms. */
  watch(group: AlarmGroup, deadline: Duration): void {
    const afterwards = Math.max(RESOURCE_PATIENCE.toSeconds(), 2 * this.visibilityTimeout.toSeconds());
    group.add(this, 'SlowResourceAlarm', {
      summary: `A failure of ${this.name} is stuck behind earlier failures of its resource.`,
      section: 'resource-backlog',
      metric: this.queue.metricApproximateAgeOfOldestMessage({ period: ALARM_PERIOD }),
      // The oldest message stays in the queue until its failure has an outcome.
      threshold: deadline.toSeconds({ integral: false }) + afterwards,
    });
  }
}
