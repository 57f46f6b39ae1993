import { GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs';

interface Depth {
  /** Visible messages. */
  readonly waiting: number;
  /** Received, hidden or delayed messages. */
  readonly inFlight: number;
}

const NAMES = [
  'ApproximateNumberOfMessages',
  'ApproximateNumberOfMessagesNotVisible',
  'ApproximateNumberOfMessagesDelayed',
] as const;

/** Reads SQS's approximate message counts. */
export async function queueDepth(sqs: SQSClient, QueueUrl: string): Promise<Depth> {
  const { Attributes = {} } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...NAMES] }));
  const [waiting = 0, hidden = 0, delayed = 0] = NAMES.map((name) => Number(Attributes[name] ?? 0));
  return { waiting, inFlight: hidden + delayed };
}
