import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import {
  type DeadLetterQueue,
  DeduplicationScope,
  FifoThroughputLimit,
  Queue,
  QueueEncryption,
} from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';

export interface BackstopQueueProps {
  readonly encryptionKey: IKey;
  /** How long a message may wait, at most 14 days. @default Duration.days(14) */
  readonly retention?: Duration;
  /** How long a received message stays hidden. @default Duration.seconds(30) */
  readonly visibilityTimeout?: Duration;
  /** Where messages go that were received too often. @default - they stay */
  readonly deadLetterQueue?: DeadLetterQueue;
  /** Why messages stay that were received too often. @default 'Messages end here; an alarm reports each one.' */
  readonly whyTheyStay?: string;
  /** Messages of one group come one after another, those of different groups side by side. @default false */
  readonly ordered?: boolean;
}

/** A queue that rests encrypted and takes messages over TLS only. */
export class BackstopQueue extends Queue {
  constructor(scope: Construct, id: string, props: BackstopQueueProps) {
    super(scope, id, {
      encryption: QueueEncryption.KMS,
      encryptionMasterKey: props.encryptionKey,
      enforceSSL: true,
      // A dependency that is removed, or a stack, must not take failures along that rest nowhere else.
      removalPolicy: RemovalPolicy.RETAIN,
      retentionPeriod: props.retention ?? Duration.days(14),
      visibilityTimeout: props.visibilityTimeout ?? Duration.seconds(30),
      ...(props.deadLetterQueue && { deadLetterQueue: props.deadLetterQueue }),
      ...(props.ordered && IN_ORDER),
    });
    if (!props.deadLetterQueue) {
      Validations.of(this).acknowledge({
        id: 'AwsSolutions-SQS3',
        reason: props.whyTheyStay ?? 'Messages end here; an alarm reports each one.',
      });
    }
  }
}

/** Groups know nothing of each other, which lets SQS take thousands of messages a second. */
const IN_ORDER = {
  fifo: true,
  deduplicationScope: DeduplicationScope.MESSAGE_GROUP,
  fifoThroughputLimit: FifoThroughputLimit.PER_MESSAGE_GROUP_ID,
};
