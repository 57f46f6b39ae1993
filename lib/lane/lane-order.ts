import { Duration } from 'aws-cdk-lib';
import { EventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import type { IQueue, Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { AlarmGroup } from '../parts/alarm-group.ts';
import type { BackstopFunction } from '../parts/backstop-function.ts';
import { BackstopQueue } from '../parts/backstop-queue.ts';
import { ALARM_PERIOD } from '../parts/escalations.ts';
import { allowItems, allowReceive, allowSend } from '../parts/permissions.ts';
import { ledgerFunction, type SharedParts } from '../parts/shared-parts.ts';

export interface LaneOrderProps extends SharedParts {
  /** Name of the dependency. */
  readonly name: string;
  /** Where its failures come in, in any order. */
  readonly source: IQueue;
  /** Batches that are sorted at once. */
  readonly maxConcurrency: number;
  /** How long a message stays hidden once the worker has received it. */
  readonly visibilityTimeout: Duration;
}

/** How long sorting ten messages may take. */
export const SORTER_TIMEOUT: Duration = Duration.seconds(30);
const BATCH_SIZE = 10;
/** Waiting beyond what one failure may take that nobody needs to hear about. */
const PATIENCE = Duration.minutes(15);

/**
 * What an ordered lane has between its queue and its worker: a queue that gives out one message of a resource at a time, and the
 * function that knows which resource a failure is about, since EventBridge can't name it.
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
      description: `Groups failures of ${name} by resource`,
      timeout: SORTER_TIMEOUT,
      environment: { DEPENDENCY: name, ORDERED_QUEUE_URL: this.queue.queueUrl },
    });
    allowReceive(sorter, source);
    allowSend(sorter, this.queue);
    // A dead letter holds the id of its failure only.
    allowItems(sorter, store.ledger, 'GetItem');
    return sorter;
  }

  private takeFrom({ source, maxConcurrency }: LaneOrderProps): EventSourceMapping {
    return new EventSourceMapping(this, 'Source', {
      target: this.sorter,
      eventSourceArn: source.queueArn,
      batchSize: BATCH_SIZE,
      maxConcurrency,
      reportBatchItemFailures: true,
    });
  }

  /** Adds the alarm for resources that stand still to those of the lane. */
  watch(group: AlarmGroup, deadline: Duration): void {
    const afterwards = Math.max(PATIENCE.toSeconds(), 2 * this.visibilityTimeout.toSeconds());
    group.add(this, 'SlowResourceAlarm', {
      summary: `A failure of ${this.name} is stuck behind earlier failures of its resource.`,
      section: 'resource-backlog',
      metric: this.queue.metricApproximateAgeOfOldestMessage({ period: ALARM_PERIOD }),
      // The oldest message stays until its failure has its outcome.
      threshold: deadline.toSeconds({ integral: false }) + afterwards,
    });
  }
}
