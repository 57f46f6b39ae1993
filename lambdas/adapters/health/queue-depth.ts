import { GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs';

export interface Depth {
  /** Messages that wait. */
  readonly waiting: number;
  /** Messages that somebody works on, or that are hidden for a while. */
  readonly inFlight: number;
}

const NAMES = [
  'ApproximateNumberOfMessages',
  'ApproximateNumberOfMessagesNotVisible',
  'ApproximateNumberOfMessagesDelayed',
] as const;

/** What SQS counts, approximately. */
export async function queueDepth(sqs: SQSClient, QueueUrl: string): Promise<Depth> {
  const { Attributes = {} } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...NAMES] }));
  const [waiting = 0, hidden = 0, delayed = 0] = NAMES.map((name) => Number(Attributes[name] ?? 0));
  return { waiting, inFlight: hidden + delayed };
}
