import type { Clock } from '../../contract/time.ts';
import { OwedMessages } from './owed-messages.ts';
import { PresenceCount } from './presence-count.ts';
import { type DeadLetterQueue, HIDDEN_MS, type QueueDepth, type QueueMessage } from './queues.ts';

export interface WalkPorts {
  readonly source: DeadLetterQueue;
  readonly now: Clock;
  /** Returns early when the operation is interrupted. */
  readonly sleep: (ms: number) => Promise<void>;
  /** How long to wait for messages that other readers hold, in milliseconds, since the last owed message. */
  readonly patienceMs: number;
  /** Epoch milliseconds. The walk also owes what arrives until then. @default - only what is there when it begins */
  readonly before?: number | undefined;
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
/** After so many receives in a row of arrivals only, no visible message is an older one. */
const ARRIVALS_LIMIT = 20;

/**
 * One walk over a queue: each message that is there when it begins comes once, also one that another reader holds at
 * first. Workers may share a walk.
 *
 * The walk is over when it has seen as many messages as SQS counted at its begin. It is also over when SQS counts none
 * that it has not seen. Until then it waits, as long as its patience lasts. An empty receive alone proves nothing,
 * because SQS shows no message that another reader holds.
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
  #begun: Promise<number | undefined> | undefined;
  #owed: OwedMessages | undefined;
  #measuring: Promise<unknown> | undefined;
  #judging: Promise<boolean> | undefined;
  #newAt: number;
  #emptyReceives = 0;
  #arrivalsOnly = 0;
  #hasArrivals = false;
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

  /** Whether a message arrived after the walk began. */
  isNewer(message: QueueMessage): boolean {
    return this.#owed?.isNewer(message) === true;
  }

  /** Counts what is there. Returns the number of messages, hidden ones included; undefined if nobody may count them. */
  begin(): Promise<number | undefined> {
    this.#begun ??= this.#ports.source.depth().then((depth) => {
      if (depth === undefined) return undefined;
      this.#owed = new OwedMessages(totalOf(depth), this.#ports.now());
      return totalOf(depth);
    });
    return this.#begun;
  }

  /**
   * Receives messages that the walk has not skipped. May return none.
   *
   * @returns undefined when the walk is over
   */
  async next(limit: number): Promise<readonly QueueMessage[] | undefined> {
    await this.begin();
    if (this.#arrivalsOnly > 0 && (await this.#isOverForArrivals())) return undefined;
    const messages = await this.#receive(limit);
    const fresh = messages.filter(({ id }) => !this.#skipped.has(id));
    for (const { id } of fresh) this.#open.add(id);
    if (messages.length > 0) this.#emptyReceives = 0;
    if (this.#note(fresh)) {
      this.#newAt = this.#ports.now();
      this.#waits = this.#arrivalsOnly = 0;
    } else if (fresh.length > 0) {
      this.#hasArrivals = true;
      this.#arrivalsOnly++;
    }
    const goesOn = fresh.length > 0 || (messages.length > 0 && this.#isPatient());
    return !goesOn && (await this.#isOver()) ? undefined : fresh;
  }

  /** Whether a walk is over that receives only arrivals by now. */
  #isOverForArrivals(): boolean | Promise<boolean> {
    if (this.#isComplete()) return this.#end(0, true);
    return this.#arrivalsOnly >= ARRIVALS_LIMIT && this.#isOver();
  }

  #isComplete(): boolean {
    return this.#owed?.mostUnseen === 0 && this.#awaited(this.#heldNow()) === 0;
  }

  /** Notes messages. Returns whether one of them may be owed. */
  #note(messages: readonly QueueMessage[]): boolean {
    const { before } = this.#ports;
    const owed = messages.filter((message) => {
      const isOld = this.#owed?.see(message) ?? true;
      return before === undefined ? isOld : message.sentAt < before;
    });
    return owed.length > 0;
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
    // What is received during a count would be in the count or not.
    await this.#measuring;
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

  /** One worker finds out for all. */
  #isOver(): Promise<boolean> {
    this.#judging ??= this.#judge().finally(() => {
      this.#judging = undefined;
    });
    return this.#judging;
  }

  async #judge(): Promise<boolean> {
    const { mayGuess = false, patienceMs } = this.#ports;
    // What other workers of this walk are receiving is not hidden by another reader.
    await Promise.allSettled(this.#receiving);
    if (this.#isComplete()) return this.#end(0, true);
    const depth = await this.#measure();
    if (depth === undefined) return ++this.#emptyReceives >= EMPTY_RECEIVES_LIMIT;
    const held = this.#heldNow();
    this.#count.measure(totalOf(depth), held);
    const isAllSeen = this.#awaited(held) === 0 && this.#count.mostUnseen === 0;
    if (isAllSeen || totalOf(depth) <= held.size) return this.#end(0, true);
    const hidden = Math.max(this.#awaited(held), this.#leastHidden(depth, held));
    // After so long, all that another reader held at first was visible, or that reader has removed it.
    if (!this.#isPatient()) return this.#end(hidden, patienceMs >= HIDDEN_MS);
    if (mayGuess && hidden === 0) return this.#end(0, false);
    await this.#wait(hidden, held);
    return false;
  }

  async #measure(): Promise<QueueDepth | undefined> {
    const measuring = this.#ports.source.depth();
    this.#measuring = measuring.catch(() => undefined);
    return measuring.finally(() => {
      this.#measuring = undefined;
    });
  }

  /** At least so many owed messages are hidden by other readers. */
  #leastHidden({ inFlight }: QueueDepth, held: ReadonlySet<string>): number {
    const unseen = Math.min(this.#count.leastUnseen, this.#owed?.mostUnseen ?? 0);
    // What arrives is not seen, and not hidden either.
    return this.#hasArrivals ? Math.max(0, Math.min(unseen, inFlight - held.size)) : unseen;
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

function totalOf({ waiting, inFlight }: QueueDepth): number {
  return waiting + inFlight;
}
