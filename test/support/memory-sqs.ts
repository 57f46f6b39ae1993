import type { SQSClient } from '@aws-sdk/client-sqs';
import { fakeClient } from './operator.ts';

interface Kept {
  readonly MessageId: string;
  readonly Body: string;
  readonly sentAt: number;
  isHidden: boolean;
}

type Entries = readonly {
  readonly Id: string;
  readonly ReceiptHandle?: string;
  readonly VisibilityTimeout?: number;
  readonly MessageBody?: string;
}[];

interface Input {
  readonly QueueUrl: string;
  readonly MaxNumberOfMessages?: number;
  readonly Entries?: Entries;
}

/** Queues in memory, by URL. Supports only what moving dead letters needs. */
export class MemorySqs {
  readonly #queues = new Map<string, Kept[]>();
  readonly #now: () => number;
  #count = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  put(url: string, ...bodies: readonly string[]): void {
    for (const Body of bodies) {
      this.#of(url).push({ MessageId: `m${++this.#count}`, Body, sentAt: this.#now() - 1_000, isHidden: false });
    }
  }

  /** Bodies of a queue's visible messages. */
  bodies(url: string): readonly string[] {
    return this.#of(url).flatMap(({ Body, isHidden }) => (isHidden ? [] : [Body]));
  }

  readonly client: SQSClient = fakeClient(({ input, constructor: { name } }) => this.#answer(name, input as Input));

  #answer(name: string, { QueueUrl, MaxNumberOfMessages = 1, Entries = [] }: Input): object {
    const queue = this.#of(QueueUrl);
    const Successful = Entries.map(({ Id }) => ({ Id }));
    switch (name) {
      case 'ReceiveMessageCommand': {
        const taken = queue.filter(({ isHidden }) => !isHidden).slice(0, MaxNumberOfMessages);
        for (const each of taken) each.isHidden = true;
        return {
          Messages: taken.map(({ MessageId, Body, sentAt }) => ({
            MessageId,
            Body,
            ReceiptHandle: MessageId,
            Attributes: { SentTimestamp: String(sentAt) },
          })),
        };
      }
      case 'ChangeMessageVisibilityBatchCommand':
        for (const each of queue)
          if (Entries.some(({ ReceiptHandle }) => ReceiptHandle === each.MessageId)) each.isHidden = false;
        return { Successful };
      case 'DeleteMessageBatchCommand': {
        const gone = new Set(Entries.map(({ ReceiptHandle }) => ReceiptHandle));
        this.#queues.set(
          QueueUrl,
          queue.filter(({ MessageId }) => !gone.has(MessageId)),
        );
        return { Successful };
      }
      case 'SendMessageBatchCommand':
        this.put(QueueUrl, ...Entries.map(({ MessageBody = '' }) => MessageBody));
        return { Successful };
      default:
        throw new Error(`${name} is not to be called`);
    }
  }

  #of(url: string): Kept[] {
    const queue = this.#queues.get(url) ?? [];
    this.#queues.set(url, queue);
    return queue;
  }
}
