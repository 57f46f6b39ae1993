import type { MessageAttributeValue, SQSClient } from '@aws-sdk/client-sqs';
import { fakeClient } from './operator.ts';

interface Kept {
  readonly MessageId: string;
  readonly Body: string;
  readonly MessageAttributes?: Readonly<Record<string, MessageAttributeValue>>;
  readonly sentAt: number;
  /** Epoch milliseconds. */
  visibleAt: number;
  receives: number;
}

interface Entry {
  readonly Id: string;
  readonly ReceiptHandle?: string;
  readonly VisibilityTimeout?: number;
  readonly MessageBody?: string;
  readonly MessageAttributes?: Kept['MessageAttributes'];
}

interface Input {
  readonly QueueUrl: string;
  readonly MaxNumberOfMessages?: number;
  readonly VisibilityTimeout?: number;
  readonly Entries?: readonly Entry[];
}

/** What a call waits for before its effect and before its answer. */
export type Latency = (when: 'before' | 'after') => Promise<void> | void;
/** Learns of the requests that take effect. */
export type Effect = (command: string, input: object) => void;

/**
 * Queues in memory, by URL. Supports only what moving dead letters needs. Received messages are hidden for their
 * visibility timeout, and only the latest receipt of a message releases or deletes it.
 */
export class MemorySqs {
  readonly #queues = new Map<string, Map<string, Kept>>();
  readonly #now: () => number;
  #count = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  put(url: string, ...bodies: readonly string[]): void {
    for (const Body of bodies) this.#add(url, Body, this.#now() - 1_000);
  }

  /** Sends a message now. */
  send(url: string, body: string): void {
    this.#add(url, body, this.#now());
  }

  /** Bodies of a queue's visible messages. */
  bodies(url: string): readonly string[] {
    return [...this.#of(url).values()].flatMap(({ Body, visibleAt }) => (visibleAt > this.#now() ? [] : [Body]));
  }

  /** Bodies of a queue's messages, hidden ones included. */
  allBodies(url: string): readonly string[] {
    return [...this.#of(url).values()].map(({ Body }) => Body);
  }

  /** Takes all messages out of a queue. */
  drain(url: string): readonly string[] {
    const bodies = this.allBodies(url);
    this.#of(url).clear();
    return bodies;
  }

  /** Deletes messages, also those that a reader holds. */
  remove(url: string, isMeant: (body: string) => boolean): void {
    for (const { MessageId, Body } of this.#of(url).values()) if (isMeant(Body)) this.#of(url).delete(MessageId);
  }

  readonly client: SQSClient = this.clientWith(() => undefined);

  /** A client whose calls take time, and may fail. */
  clientWith(latency: Latency, onEffect: Effect = () => undefined): SQSClient {
    return fakeClient(async ({ input, constructor: { name } }) => {
      await latency('before');
      onEffect(name, input);
      const answer = this.#answer(name, input as Input);
      await latency('after');
      return answer;
    });
  }

  #answer(name: string, input: Input): object {
    const { QueueUrl, Entries = [], VisibilityTimeout = 30 } = input;
    switch (name) {
      case 'ReceiveMessageCommand':
        return { Messages: this.#receive(input) };
      case 'ChangeMessageVisibilityBatchCommand':
        return this.#forHeld(input, (kept, entry) => {
          kept.visibleAt = this.#now() + (entry.VisibilityTimeout ?? VisibilityTimeout) * 1_000;
        });
      case 'DeleteMessageBatchCommand':
        return this.#forHeld(input, ({ MessageId }) => this.#of(QueueUrl).delete(MessageId));
      case 'SendMessageBatchCommand':
        for (const { MessageBody = '', MessageAttributes } of Entries)
          this.#add(QueueUrl, MessageBody, this.#now(), MessageAttributes);
        return { Successful: Entries.map(({ Id }) => ({ Id })) };
      case 'GetQueueAttributesCommand':
        return { Attributes: this.#depthOf(QueueUrl) };
      default:
        throw new Error(`${name} is not to be called`);
    }
  }

  #receive({ QueueUrl, MaxNumberOfMessages = 1, VisibilityTimeout = 30 }: Input) {
    const taken: Kept[] = [];
    for (const kept of this.#of(QueueUrl).values()) {
      if (taken.length === MaxNumberOfMessages) break;
      if (kept.visibleAt <= this.#now()) taken.push(kept);
    }
    return taken.map((kept) => {
      const { MessageId, Body, MessageAttributes, sentAt } = kept;
      kept.visibleAt = this.#now() + VisibilityTimeout * 1_000;
      const ReceiptHandle = `${MessageId}/${++kept.receives}`;
      return { MessageId, Body, MessageAttributes, ReceiptHandle, Attributes: { SentTimestamp: String(sentAt) } };
    });
  }

  /** Does something to each message whose receipt is the latest. */
  #forHeld({ QueueUrl, Entries = [] }: Input, effect: (kept: Kept, entry: Entry) => void): object {
    const Successful: object[] = [];
    const Failed: object[] = [];
    for (const entry of Entries) {
      const [id = '', receives] = (entry.ReceiptHandle ?? '').split('/');
      const kept = this.#of(QueueUrl).get(id);
      if (kept && kept.receives === Number(receives)) {
        effect(kept, entry);
        Successful.push({ Id: entry.Id });
      } else Failed.push({ Id: entry.Id, SenderFault: true, Code: 'ReceiptHandleIsInvalid' });
    }
    return { Successful, Failed };
  }

  #depthOf(url: string): Readonly<Record<string, string>> {
    const all = this.#of(url).size;
    let waiting = 0;
    for (const { visibleAt } of this.#of(url).values()) if (visibleAt <= this.#now()) waiting++;
    return {
      ApproximateNumberOfMessages: String(waiting),
      ApproximateNumberOfMessagesNotVisible: String(all - waiting),
      ApproximateNumberOfMessagesDelayed: '0',
    };
  }

  #add(url: string, Body: string, sentAt: number, MessageAttributes?: Kept['MessageAttributes']): void {
    const MessageId = `m${++this.#count}`;
    this.#of(url).set(MessageId, { MessageId, Body, MessageAttributes, sentAt, visibleAt: 0, receives: 0 });
  }

  #of(url: string): Map<string, Kept> {
    const queue = this.#queues.get(url) ?? new Map<string, Kept>();
    this.#queues.set(url, queue);
    return queue;
  }
}
