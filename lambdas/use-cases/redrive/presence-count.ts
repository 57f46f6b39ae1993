import type { QueueMessage } from './queues.ts';

/**
 * Bounds how many messages of a queue one reader has not seen, from the number of messages that SQS counts.
 *
 * A seen message may be gone, because another reader has removed it. So a count alone could take an unseen message for
 * a seen one. Each fall of the count that this reader did not cause is a doubt, and each arrival may hide a fall.
 */
export class PresenceCount {
  /** Ids of all messages that were seen and not removed by this reader. */
  readonly #seen = new Set<string>();
  /** Those that were seen since the last start. */
  #recent = new Set<string>();
  #startedAt: number;
  #depth: number | undefined;
  #doubts = 0;
  #lastSentAt: number;

  constructor(now: number) {
    this.#startedAt = this.#lastSentAt = now;
  }

  see({ id, sentAt }: QueueMessage): void {
    if (!this.#recent.has(id) && sentAt >= this.#startedAt) this.#doubts++;
    this.#lastSentAt = Math.max(this.#lastSentAt, sentAt);
    this.#seen.add(id);
    this.#recent.add(id);
  }

  /** The count will fall, because this reader removes messages. */
  willRemove(messages: number): void {
    if (this.#depth !== undefined) this.#depth -= messages;
  }

  remove(id: string): void {
    this.#seen.delete(id);
    this.#recent.delete(id);
  }

  /** Takes note of the number of messages in the queue, and of those that this reader holds. */
  measure(depth: number, held: ReadonlySet<string>): void {
    // Nobody has measured what fell before.
    if (this.#depth === undefined) this.#recent = new Set(held);
    this.#doubts += Math.max(0, (this.#depth ?? depth) - depth);
    this.#depth = depth;
  }

  /** Starts again without doubts, with the messages that this reader holds and nobody else can have removed. */
  restart(held: ReadonlySet<string>): void {
    if (this.#doubts === 0) return;
    this.#doubts = 0;
    this.#recent = new Set(held);
    this.#startedAt = this.#lastSentAt;
  }

  /** At most so many messages are unseen. */
  get mostUnseen(): number {
    return Math.max(0, (this.#depth ?? 0) - this.#recent.size + this.#doubts);
  }

  /** At least so many messages are unseen. */
  get leastUnseen(): number {
    return Math.max(0, (this.#depth ?? 0) - this.#seen.size);
  }
}
