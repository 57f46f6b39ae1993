import type { Clock } from '../../contract/time.ts';
import { PresenceCount } from './presence-count.ts';
import { type DeadLetterQueue, HIDDEN_MS, type QueueMessage } from './queues.ts';

export interface WalkPorts {
  readonly source: DeadLetterQueue;
  readonly now: Clock;
  /** Returns early when the operation is interrupted. */
  readonly sleep: (ms: number) => Promise<void>;
  /** How long to wait for messages that other readers hold, in milliseconds, since the last new message. */
  readonly patienceMs: number;
  /** Whether a walk may end when it has probably seen all, because nothing depends on it. @default false */
  readonly mayGuess?: boolean;
  /** Called before each wait, with the number of messages that other readers hold. */
  readonly onWait?: (hidden: number) => void;
  /** Spreads the waits of readers that wait for each other, 0 to 1. @default - no spread */
  readonly random?: () => number;
}

interface Held {
  readonly message: QueueMessage;
  /** Epoch milliseconds. From then on, other readers may receive it. */
  readonly until: number;
}

/** Longest wait between two looks at a queue whose messages other readers hold. */
const LOOK_AGAIN_MS = 5_000;
const FIRST_WAIT_MS = 500;
/** If nobody may count the queue, it counts as empty after this many receives in a row without a message. */
const EMPTY_RECEIVES_LIMIT = 2;

/**
 * One walk over a queue: each message that is there comes once, also one that another reader holds at first. Workers
 * may share a walk.
 *
 * The walk is over when SQS counts no message that it has not seen. Until then it waits, as long as its patience lasts.
 * An empty receive alone proves nothing, because SQS shows no message that another reader holds.
 */
export class QueueWalk {
  readonly #ports: WalkPorts;
  /** Received messages that are still in the queue, by id. */
  readonly #held = new Map<string, Held>();
  /** Ids of messages that the walk is done with, although they stay in the queue. */
  readonly #skipped = new Set<string>();
  /** Ids of messages that the walk is not done with. */
  readonly #open = new Set<string>();
  readonly #receiving = new Set<Promise<unknown>>();
  readonly #count: PresenceCount;
  #newAt: number;
  #emptyReceives = 0;
  #waits = 0;
  #hidden = 0;
  #isCertain = true;

  constructor(ports: WalkPorts) {
    this.#ports = ports;
    this.#newAt = ports.now();
    this.#count = new PresenceCount(ports.now());
  }

  /** Messages that the walk has not seen when it ended. Approximate; 0 if nobody may count the queue. */
  get hidden(): number {
    return this.#hidden;
  }

  /** Whether the walk has seen all messages, so far as SQS counts right. */
  get isWhole(): boolean {
    return this.#hidden === 0 && this.#isCertain;
  }

  /**
   * Receives messages that the walk has not skipped. May return none.
   *
   * @returns undefined when the walk is over
   */
  async next(limit: number): Promise<readonly QueueMessage[] | undefined> {
    const messages = await this.#receive(limit);
    const fresh = messages.filter(({ id }) => !this.#skipped.has(id));
    for (const { id } of fresh) this.#open.add(id);
    if (fresh.length > 0) {
      this.#newAt = this.#ports.now();
      this.#waits = 0;
    }
    if (messages.length > 0) this.#emptyReceives = 0;
    const goesOn = messages.length > 0 && (fresh.length > 0 || this.#isPatient());
    return !goesOn && (await this.#isOver()) ? undefined : fresh;
  }

  /** Keeps a message in the queue: the walk returns it no more. */
  skip({ id }: QueueMessage): void {
    this.#skipped.add(id);
    this.#open.delete(id);
  }

  /** Counts a message as that of another reader, who may hold it by now. The walk waits for it. */
  lose({ id }: QueueMessage): void {
    this.#held.delete(id);
  }

  /** Makes messages visible after `afterMs`. The walk receives them again. */
  async release(messages: readonly QueueMessage[], afterMs = 0): Promise<void> {
    for (const { id } of messages) this.#held.delete(id);
    await this.#ports.source.release(messages, afterMs);
  }

  /** Deletes messages. Returns the ids of those that were deleted. */
  async remove(messages: readonly QueueMessage[]): Promise<ReadonlySet<string>> {
    this.#count.willRemove(messages.length);
    const removed = await this.#ports.source.remove(messages);
    for (const id of removed) {
      this.#held.delete(id);
      this.#open.delete(id);
      this.#count.remove(id);
    }
    return removed;
  }

  /** Makes all held messages visible. If that fails, they become visible by themselves some minutes later. */
  async close(): Promise<void> {
    const messages = [...this.#held.values()].map(({ message }) => message);
    await this.release(messages).catch(() => undefined);
  }

  async #receive(limit: number): Promise<readonly QueueMessage[]> {
    const { source, now } = this.#ports;
    // SQS counts from the receive, which is not before the request.
    const until = now() + source.hiddenMs;
    const receiving = source.receive(limit);
    this.#receiving.add(receiving);
    try {
      const messages = await receiving;
      for (const message of messages) {
        this.#held.set(message.id, { message, until });
        this.#count.see(message);
      }
      return messages;
    } finally {
      this.#receiving.delete(receiving);
    }
  }

  async #isOver(): Promise<boolean> {
    const { source, mayGuess = false } = this.#ports;
    // What other workers of this walk are receiving is not hidden by another reader.
    await Promise.allSettled(this.#receiving);
    const depth = await source.depth();
    if (depth === undefined) return ++this.#emptyReceives >= EMPTY_RECEIVES_LIMIT;
    const held = this.#heldNow();
    this.#count.measure(depth, held);
    const isAllSeen = this.#awaited(held) === 0 && this.#count.mostUnseen === 0;
    if (isAllSeen || depth <= held.size) return this.#end(0, true);
    const hidden = Math.max(this.#awaited(held), this.#count.leastUnseen);
    // After so long, all that another reader held at first was visible, or that reader has removed it.
    if (!this.#isPatient()) return this.#end(hidden, this.#ports.patienceMs >= HIDDEN_MS);
    if (mayGuess && hidden === 0) return this.#end(0, false);
    await this.#wait(hidden, held);
    return false;
  }

  #end(hidden: number, isCertain: boolean): true {
    this.#hidden = hidden;
    this.#isCertain = isCertain;
    return true;
  }

  /** Releases what the walk only skips, because other readers may wait for that, and waits for theirs. */
  async #wait(hidden: number, held: ReadonlySet<string>): Promise<void> {
    const { sleep, onWait, random = () => 1 } = this.#ports;
    if (hidden > 0) onWait?.(hidden);
    const skipped = [...held].filter((id) => this.#skipped.has(id));
    this.#count.restart(held);
    await this.release(skipped.flatMap((id) => this.#held.get(id)?.message ?? [])).catch(() => undefined);
    const longest = Math.min(LOOK_AGAIN_MS, FIRST_WAIT_MS * 2 ** this.#waits++);
    await sleep(Math.ceil(longest * (0.5 + random() / 2)));
  }

  /** Number of messages that must come again, because the walk released or lost them. */
  #awaited(held: ReadonlySet<string>): number {
    return [...this.#open].filter((id) => !held.has(id)).length;
  }

  #isPatient(): boolean {
    return this.#ports.now() - this.#newAt < this.#ports.patienceMs;
  }

  #heldNow(): ReadonlySet<string> {
    const now = this.#ports.now();
    return new Set([...this.#held].flatMap(([id, { until }]) => (until > now ? [id] : [])));
  }
}
