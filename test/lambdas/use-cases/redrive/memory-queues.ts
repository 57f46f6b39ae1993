import {
  type DeadLetterQueue,
  HIDDEN_MS,
  type QueueMessage,
  type TargetQueue,
} from '../../../../lambdas/use-cases/redrive/queues.ts';
import { NOW } from '../../../support/samples.ts';

/** Called before and after the effect of each call. */
export type Step = (call: string, when: 'before' | 'after') => void;

interface Kept {
  readonly body: string;
  readonly sentAt: number;
  visibleAt: number;
  receives: number;
}

/** A dead-letter queue and the lane that receives its dead letters, with a virtual clock. */
export class MemoryQueues {
  now = NOW;
  /** Bodies that the lane received, in order. */
  readonly lane: string[] = [];
  /** Arrival times in the lane, in epoch milliseconds. */
  readonly arrivals: number[] = [];
  step: Step = () => undefined;
  readonly #deadLetters = new Map<string, Kept>();
  #count = 0;

  constructor(bodies: readonly string[] = []) {
    for (const body of bodies) this.add(body);
  }

  add(body: string, sentAt = NOW - 60_000): void {
    this.#deadLetters.set(`m${++this.#count}`, { body, sentAt, visibleAt: 0, receives: 0 });
  }

  /** Bodies in the queue, including hidden ones. */
  get deadLetters(): readonly string[] {
    return [...this.#deadLetters.values()].map(({ body }) => body);
  }

  /** Bodies that a receiver gets at this moment. */
  get visible(): readonly string[] {
    return [...this.#deadLetters.values()].filter(({ visibleAt }) => visibleAt <= this.now).map(({ body }) => body);
  }

  readonly source: DeadLetterQueue = {
    hiddenMs: HIDDEN_MS,
    depth: () =>
      this.#call('depth', () => {
        const waiting = this.visible.length;
        return { waiting, inFlight: this.#deadLetters.size - waiting };
      }),
    receive: (most) =>
      this.#call('receive', () => {
        const free = [...this.#deadLetters].filter(([, { visibleAt }]) => visibleAt <= this.now).slice(0, most);
        return free.map(([id, kept]): QueueMessage => {
          kept.visibleAt = this.now + HIDDEN_MS;
          kept.receives++;
          return { id, receipt: `${id}/${kept.receives}`, body: kept.body, sentAt: kept.sentAt };
        });
      }),
    release: (messages, afterMs = 0) =>
      this.#call('release', () => {
        for (const message of messages) {
          const kept = this.#held(message);
          if (kept) kept.visibleAt = this.now + afterMs;
        }
      }),
    remove: (messages) =>
      this.#call('remove', () => {
        const held = messages.filter((message) => this.#held(message));
        for (const { id } of held) this.#deadLetters.delete(id);
        return new Set(held.map(({ id }) => id));
      }),
  };

  readonly target: TargetQueue = {
    send: (messages) =>
      this.#call('send', () => {
        this.lane.push(...messages.map(({ body }) => body));
        this.arrivals.push(...messages.map(() => this.now));
        return new Set(messages.map(({ id }) => id));
      }),
  };

  readonly sleep = async (ms: number): Promise<void> => {
    this.now += ms;
  };

  /** Returns the message of a receipt. A receipt expires at the next receive. */
  #held({ id, receipt }: QueueMessage): Kept | undefined {
    const kept = this.#deadLetters.get(id);
    return kept && receipt === `${id}/${kept.receives}` ? kept : undefined;
  }

  async #call<T>(name: string, effect: () => T): Promise<T> {
    this.step(name, 'before');
    const result = effect();
    this.step(name, 'after');
    return result;
  }
}

/** Body of a dead letter. */
export function deadLetterOf(id: string, change: Record<string, unknown> = {}): string {
  return JSON.stringify({
    kind: 'backstop-dead-letter',
    version: 1,
    id,
    cycle: 1,
    correlationId: `trace-${id}`,
    dependency: 'payments',
    reason: 'exhausted',
    verdict: 'transient',
    rule: 'http-503',
    attempts: 6,
    ...change,
  });
}
