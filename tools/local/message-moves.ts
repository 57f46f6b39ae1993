import type { Assembly, Resource } from './assembly.ts';
import { AwsError, jsonService, type Service, send } from './protocol.ts';

/** Operations that the SQS emulator lacks: the redrive of a dead-letter queue. */
const OPERATIONS: ReadonlySet<string> = new Set(['StartMessageMoveTask', 'ListMessageMoveTasks']);

interface StartRequest {
  readonly SourceArn: string;
  readonly DestinationArn?: string;
  /** Accepted but ignored: the move takes place at once. */
  readonly MaxNumberOfMessagesPerSecond?: number;
}

interface MoveTask extends StartRequest {
  readonly Status: 'COMPLETED';
  /** Epoch milliseconds. */
  readonly StartedTimestamp: number;
  readonly ApproximateNumberOfMessagesMoved: number;
  readonly ApproximateNumberOfMessagesToMove: number;
}

interface ListRequest {
  readonly SourceArn: string;
  readonly MaxResults?: number;
}

interface Message {
  readonly Body: string;
  readonly ReceiptHandle: string;
  readonly MessageAttributes?: object;
}

interface Redrivable {
  readonly RedrivePolicy?: { readonly deadLetterTargetArn?: string };
}

/** Handles redrive operations. Forwards all others to the emulator. */
export function withMessageMoves(sqs: Service, assembly: Assembly, urlOf: (arn: string) => string): Service {
  const tasks: MoveTask[] = [];
  const moves = jsonService({
    StartMessageMoveTask: async ({ SourceArn, ...request }: StartRequest) => {
      const sources = sourcesOf(assembly, SourceArn);
      const DestinationArn = request.DestinationArn ?? sources[0]?.arn ?? '';
      if (sources.length === 0) {
        throw new AwsError('UnsupportedOperation', `no queue uses ${SourceArn} as its dead-letter queue`);
      }
      const moved = await moveAll(sqs, urlOf(SourceArn), urlOf(queue(assembly, DestinationArn).arn));
      tasks.unshift({
        ...request,
        SourceArn,
        DestinationArn,
        Status: 'COMPLETED',
        StartedTimestamp: Date.now(),
        ApproximateNumberOfMessagesMoved: moved,
        ApproximateNumberOfMessagesToMove: moved,
      });
      return { TaskHandle: `local-${tasks.length}` };
    },
    ListMessageMoveTasks: ({ SourceArn, MaxResults = 1 }: ListRequest) => {
      const { arn } = queue(assembly, SourceArn);
      return { Results: tasks.filter((task) => task.SourceArn === arn).slice(0, MaxResults) };
    },
  });
  return (operation, body) => (OPERATIONS.has(operation) ? moves(operation, body) : sqs(operation, body));
}

/** The source queues of a dead-letter queue. */
function sourcesOf(assembly: Assembly, arn: string): readonly Resource<Redrivable>[] {
  const { arn: deadLetters } = queue(assembly, arn);
  return assembly
    .all<Redrivable>('AWS::SQS::Queue')
    .filter(({ properties }) => properties.RedrivePolicy?.deadLetterTargetArn === deadLetters);
}

/** @throws AwsError if the queue doesn't exist. */
function queue(assembly: Assembly, arn: string): Resource {
  const found = assembly.all<Resource['properties']>('AWS::SQS::Queue').find((each) => each.arn === arn);
  if (found === undefined) throw new AwsError('ResourceNotFoundException', `queue ${arn} does not exist`);
  return found;
}

/**
 * Receives all messages before it sends any. Otherwise a message that fails again at once would move in an endless
 * loop.
 */
async function moveAll(sqs: Service, from: string, to: string): Promise<number> {
  const messages: Message[] = [];
  for (let batch = await receive(sqs, from); batch.length > 0; batch = await receive(sqs, from))
    messages.push(...batch);
  for (const { Body, MessageAttributes, ReceiptHandle } of messages) {
    await send(sqs, 'SendMessage', { QueueUrl: to, MessageBody: Body, MessageAttributes });
    await send(sqs, 'DeleteMessage', { QueueUrl: from, ReceiptHandle });
  }
  return messages.length;
}

async function receive(sqs: Service, QueueUrl: string): Promise<readonly Message[]> {
  const request = { QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 30, MessageAttributeNames: ['All'] };
  const { Messages = [] } = await send<{ Messages?: readonly Message[] }>(sqs, 'ReceiveMessage', request);
  return Messages;
}
