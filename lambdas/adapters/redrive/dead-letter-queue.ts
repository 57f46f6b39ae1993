import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import {
  type DeadLetterQueue,
  HIDDEN_MS,
  type QueueMessage,
  type TargetQueue,
} from '../../use-cases/redrive/queues.ts';
import { queueDepth } from '../health/queue-depth.ts';

/** Long polling queries all servers of a queue, so that an empty answer means an empty queue. */
const WAIT_SECONDS = 1;
/** Most messages of an SQS request. */
const BATCH = 10;
/** Requests at once that make messages visible. */
const AT_ONCE = 10;

interface DeadLetterQueueOptions {
  readonly sqs: SQSClient;
  readonly queueUrl: string;
  /** Visibility timeout of received messages, in milliseconds. @default 300000 */
  readonly hiddenMs?: number;
}

export function deadLetterQueue({
  sqs,
  queueUrl: QueueUrl,
  hiddenMs = HIDDEN_MS,
}: DeadLetterQueueOptions): DeadLetterQueue {
  return {
    hiddenMs,
    async depth() {
      try {
        return await queueDepth(sqs, QueueUrl);
      } catch (error) {
        if (error instanceof Error && /^AccessDenied/.test(error.name)) return undefined;
        throw error;
      }
    },
    async receive(MaxNumberOfMessages) {
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({
          QueueUrl,
          MaxNumberOfMessages,
          VisibilityTimeout: Math.ceil(hiddenMs / 1_000),
          WaitTimeSeconds: WAIT_SECONDS,
          MessageSystemAttributeNames: ['SentTimestamp'],
          MessageAttributeNames: ['All'],
        }),
      );
      return Messages.map(read);
    },
    async release(messages, afterMs = 0) {
      const VisibilityTimeout = Math.ceil(afterMs / 1_000);
      const all = batches(messages);
      for (let from = 0; from < all.length; from += AT_ONCE) {
        const requests = all.slice(from, from + AT_ONCE).map(async (batch) => {
          const Entries = entriesOf(batch).map((entry) => ({ ...entry, VisibilityTimeout }));
          await sqs.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl, Entries }));
        });
        await Promise.all(requests);
      }
    },
    async remove(messages) {
      const removed = new Set<string>();
      for (const batch of batches(messages)) {
        const { Successful } = await sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries: entriesOf(batch) }));
        for (const id of acceptedIds(batch, Successful)) removed.add(id);
      }
      return removed;
    },
  };
}

function read({ MessageId = '', ReceiptHandle = '', Body = '', Attributes, MessageAttributes }: Message): QueueMessage {
  return {
    id: MessageId,
    receipt: ReceiptHandle,
    body: Body,
    sentAt: Number(Attributes?.SentTimestamp ?? 0),
    attributes: MessageAttributes,
  };
}

/** Names received messages in a request. Ids are positions in the batch. */
function entriesOf(batch: readonly QueueMessage[]) {
  return batch.map(({ receipt: ReceiptHandle }, n) => ({ Id: String(n), ReceiptHandle }));
}

export function targetQueue(sqs: SQSClient, QueueUrl: string): TargetQueue {
  return {
    async send(messages) {
      const taken = new Set<string>();
      for (const batch of batchesBySize(messages)) {
        const Entries = batch.map(({ body, attributes }, n) => ({
          Id: String(n),
          MessageBody: body,
          MessageAttributes: attributes,
        }));
        try {
          const { Successful } = await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
          for (const id of acceptedIds(batch, Successful)) taken.add(id);
        } catch (error) {
          // The caller must learn what the queue has accepted, or it would send that again.
          if (taken.size === 0) throw error;
          return taken;
        }
      }
      return taken;
    },
  };
}

/** Message ids of the successful entries. Entry ids are positions in the batch. */
function acceptedIds(batch: readonly QueueMessage[], successful: readonly { readonly Id?: string | undefined }[] = []) {
  return successful.flatMap(({ Id }) => batch[Number(Id)]?.id ?? []);
}

function batches(messages: readonly QueueMessage[]): (readonly QueueMessage[])[] {
  const all: (readonly QueueMessage[])[] = [];
  for (let from = 0; from < messages.length; from += BATCH) all.push(messages.slice(from, from + BATCH));
  return all;
}

/** Below the limit of a request, 1 MiB of bodies and attributes. */
const MAX_BATCH_BYTES = 900_000;

/** Splits messages into batches within SQS's limits on count and size. A message alone may exceed the size. */
function batchesBySize(messages: readonly QueueMessage[]): (readonly QueueMessage[])[] {
  const all: QueueMessage[][] = [];
  let bytes = 0;
  for (const message of messages) {
    const size = bytesOf(message);
    const last = all.at(-1);
    if (last && last.length < BATCH && bytes + size <= MAX_BATCH_BYTES) {
      last.push(message);
      bytes += size;
    } else {
      all.push([message]);
      bytes = size;
    }
  }
  return all;
}

/** Size of a message as SQS counts it: the body, and name, type and value of each attribute. */
function bytesOf({ body, attributes = {} }: QueueMessage): number {
  return Object.entries(attributes).reduce(
    (sum, [name, { DataType = '', StringValue = '', BinaryValue }]) =>
      sum + Buffer.byteLength(name + DataType + StringValue) + (BinaryValue?.byteLength ?? 0),
    Buffer.byteLength(body),
  );
}
