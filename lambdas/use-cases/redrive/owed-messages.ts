import type { QueueMessage } from './queues.ts';

/**
 * The messages that were in a queue when a walk began. The walk owes no others, or it would not end while new ones
 * arrive.
 *
 * An owed message is older than the begin, by this clock. The queue may have another. By that one, each arrival is
 * younger than all owed messages, so an owed message is one of the oldest.
 */
export class OwedMessages {
  readonly #count: number;
  readonly #countedAt: number;
  /** Ids of seen messages that are not newer than the count. */
  readonly #seen = new Set<string>();
  /** Send times of the oldest seen messages, at most {@link #count}, ascending. */
  readonly #oldest: number[] = [];

  /** @param count messages in the queue, hidden ones included. @param countedAt epoch milliseconds, after the count */
  constructor(count: number, countedAt: number) {
    this.#count = count;
    this.#countedAt = countedAt;
  }

  /** Notes a message that is seen for the first time. Returns whether it may be an owed one. */
  see(message: Pick<QueueMessage, 'id' | 'sentAt'>): boolean {
    const { id, sentAt } = message;
    if (this.isNewer(message)) return false;
    this.#seen.add(id);
    if (this.#oldest.length >= this.#count && sentAt >= (this.#oldest.at(-1) ?? 0)) return false;
    this.#oldest.splice(placeOf(sentAt, this.#oldest), 0, sentAt);
    this.#oldest.length = Math.min(this.#oldest.length, this.#count);
    return true;
  }

  /** Whether a message arrived after the count. */
  isNewer({ sentAt }: Pick<QueueMessage, 'sentAt'>): boolean {
    return sentAt > this.#countedAt;
  }

  /** At most so many owed messages are unseen. Others may have removed some of them. */
  get mostUnseen(): number {
    return Math.max(0, this.#count - this.#seen.size);
  }
}

/** The first place in an ascending list whose value is greater. */
function placeOf(value: number, list: readonly number[]): number {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((list[middle] ?? 0) <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}
