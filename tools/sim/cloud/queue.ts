import type { World } from '../world/world.ts';

/** A message in a queue. */
export interface Message {
  readonly id: string;
  readonly body: string;
  readonly sentAt: number;
  /** FIFO: delivers one message of a group at a time. */
  readonly group?: string | undefined;
  /** Its number among the copies that workers sent. */
  readonly copy?: number | undefined;
  receives: number;
  isDeleted: boolean;
  /** Epoch milliseconds. */
  hiddenUntil: number;
}

interface QueueOptions {
  readonly world: World;
  readonly name: string;
  /** How long a received message stays hidden, in milliseconds. */
  readonly visibilityMs: number;
  /** Receives of a message before it goes to the dead-letter queue. @default - any number */
  readonly mostReceives?: number;
  readonly onDeadLetter?: (body: string) => void;
  /** A FIFO queue delivers no message to two consumers. @default false */
  readonly isFifo?: boolean;
}

interface SendOptions {
  readonly delayMs?: number;
  readonly group?: string;
  readonly copy?: number;
}

/** Processes a message. True if it may be deleted. */
export type Consumer = (message: Message, receive: number) => Promise<boolean>;

/** A queue of SQS with a function as its consumer. Messages may come twice, late, and in any order. */
export class Queue {
  readonly name: string;
  readonly #options: QueueOptions;
  readonly #messages = new Set<Message>();
  #consume: Consumer | undefined;
  #sent = 0;
  #duplicates = 0;

  constructor(options: QueueOptions) {
    this.name = options.name;
    this.#options = options;
  }

  /** Messages that are neither deleted nor dead-lettered, duplicates under way included. */
  get depth(): number {
    return this.#messages.size + this.#duplicates;
  }

  get messages(): Iterable<Message> {
    return this.#messages;
  }

  consumedBy(consume: Consumer): void {
    this.#consume = consume;
  }

  send(body: string, { delayMs = 0, group, copy }: SendOptions = {}): Message {
    const { world, name } = this.#options;
    const id = `${name}-${++this.#sent}`;
    const message = {
      id,
      body,
      group,
      copy,
      sentAt: world.now,
      receives: 0,
      isDeleted: false,
      hiddenUntil: world.now + delayMs,
    };
    this.#messages.add(message);
    this.#schedule(message, delayMs + world.chance.between('delivery', 10, 60));
    return message;
  }

  /** Changes how long a received message stays hidden. */
  hide(id: string, forMs: number): void {
    const message = [...this.#messages].find((each) => each.id === id);
    if (!message) return;
    message.hiddenUntil = this.#options.world.now + forMs;
    this.#schedule(message, forMs);
  }

  delete(message: Message): void {
    message.isDeleted = true;
    this.#messages.delete(message);
    this.#deliverNextOf(message.group);
  }

  #schedule(message: Message, afterMs: number): void {
    if (this.#consume) this.#options.world.after(afterMs, () => this.#deliver(message));
  }

  #deliver(message: Message): void {
    const {
      world,
      visibilityMs,
      mostReceives = Number.POSITIVE_INFINITY,
      onDeadLetter,
      isFifo = false,
    } = this.#options;
    if (message.isDeleted || message.hiddenUntil > world.now || this.#isBlocked(message)) return;
    if (++message.receives > mostReceives) {
      this.delete(message);
      onDeadLetter?.(message.body);
      return;
    }
    message.hiddenUntil = world.now + visibilityMs;
    this.#schedule(message, visibilityMs);
    const fault = world.faults.inject(`${this.name} delivery`, isFifo ? ['answer-lost'] : ['twice', 'answer-lost']);
    if (fault) world.note(this.name, () => `!! ${fault} at the delivery of ${message.id}`);
    if (fault === 'twice') this.#deliverAgain(message);
    this.#process(message, fault === 'answer-lost');
  }

  #process(message: Message, isAnswerLost: boolean): void {
    const receive = message.receives;
    this.#consume?.(message, receive).then(
      (isDone) => {
        if (isDone && !isAnswerLost && !message.isDeleted) this.delete(message);
      },
      () => undefined,
    );
  }

  /** A standard queue may deliver a message to two consumers. */
  #deliverAgain(message: Message): void {
    const { world } = this.#options;
    this.#duplicates++;
    const afterMs = world.chance.pick('duplicate', [500, 30_000]) * world.chance.next('duplicate');
    const end = () => void this.#duplicates--;
    world.after(afterMs, () => void this.#consume?.(message, message.receives).then(end, end));
  }

  #isBlocked({ group, id }: Message): boolean {
    if (group === undefined) return false;
    for (const each of this.#messages) {
      if (each.group !== group) continue;
      return each.id !== id;
    }
    return false;
  }

  #deliverNextOf(group: string | undefined): void {
    if (group === undefined) return;
    const next = [...this.#messages].find((each) => each.group === group);
    if (next) this.#schedule(next, 5);
  }
}
