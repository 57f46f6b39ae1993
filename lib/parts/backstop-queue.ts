import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import type { AddToResourcePolicyResult, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import {
  type DeadLetterQueue,
  DeduplicationScope,
  FifoThroughputLimit,
  Queue,
  QueueEncryption,
  type QueuePolicy,
} from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';

interface BackstopQueueProps {
  readonly encryptionKey: IKey;
  /** Retention of a message, at most 14 days. @default Duration.days(14) */
  readonly retention?: Duration;
  /** How long a received message stays hidden. @default Duration.seconds(30) */
  readonly visibilityTimeout?: Duration;
  /** Receives messages after too many deliveries. @default - none, messages stay */
  readonly deadLetterQueue?: DeadLetterQueue;
  /** Why the queue has no dead-letter queue. @default 'Messages end here; an alarm reports each one.' */
  readonly whyTheyStay?: string;
  /** Delivers messages of one group in order, and different groups in parallel. @default false */
  readonly ordered?: boolean;
}

/** An encrypted queue that accepts messages over TLS only. */
export class BackstopQueue extends Queue {
  constructor(scope: Construct, id: string, props: BackstopQueueProps) {
    super(scope, id, {
      encryption: QueueEncryption.KMS,
      encryptionMasterKey: props.encryptionKey,
      enforceSSL: true,
      // The queue may hold the only copy of a failure, so it outlives its dependency and its stack.
      removalPolicy: RemovalPolicy.RETAIN,
      retentionPeriod: props.retention ?? Duration.days(14),
      visibilityTimeout: props.visibilityTimeout ?? Duration.seconds(30),
      deadLetterQueue: props.deadLetterQueue,
      // The scope of a group lets SQS accept thousands of messages per second.
      fifo: props.ordered ? true : undefined,
      deduplicationScope: props.ordered ? DeduplicationScope.MESSAGE_GROUP : undefined,
      fifoThroughputLimit: props.ordered ? FifoThroughputLimit.PER_MESSAGE_GROUP_ID : undefined,
    });
    if (!props.deadLetterQueue) {
      Validations.of(this).acknowledge({
        id: 'AwsSolutions-SQS3',
        reason: props.whyTheyStay ?? 'Messages end here; an alarm reports each one.',
      });
    }
  }

  /** The policy stays as long as the queue: failures under way still come here after their dependency was removed. */
  override addToResourcePolicy(statement: PolicyStatement): AddToResourcePolicyResult {
    const result = super.addToResourcePolicy(statement);
    const policy = this.node.tryFindChild('Policy') as QueuePolicy | undefined;
    policy?.applyRemovalPolicy(RemovalPolicy.RETAIN);
    return result;
  }
}
