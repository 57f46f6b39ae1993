import type { Service } from './protocol.ts';

interface QueueRequest {
  readonly QueueUrl?: string;
  readonly WaitTimeSeconds?: number;
  readonly VisibilityTimeout?: number;
  readonly DelaySeconds?: number;
  readonly Entries?: readonly { readonly VisibilityTimeout?: number; readonly DelaySeconds?: number }[];
}

/** What long polling has to know of a queue. */
export interface PolledQueue {
  /** Seconds. */
  readonly visibility: number;
  /** Where what was received too often goes. */
  readonly deadLetterQueue?: string;
}

/** Receivers that wait for a message. The emulator would look for one every 20 ms, which a virtual clock would have to live through. */
export class LongPolling {
  readonly #queues: ReadonlyMap<string, PolledQueue>;
  readonly #waiting = new Map<string, Set<() => void>>();
  /** Of messages that are hidden now. */
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #stopped: AbortSignal;

  /** @param queues by their names */
  constructor(queues: ReadonlyMap<string, PolledQueue>, stopped: AbortSignal) {
    this.#queues = queues;
    this.#stopped = stopped;
    stopped.addEventListener('abort', () => {
      for (const timer of this.#timers) clearTimeout(timer);
      this.wakeAll();
    });
  }

  /** Adds the waiting to a service that doesn't wait. */
  over(sqs: Service): Service {
    return async (operation, body) => {
      const request: QueueRequest = JSON.parse(body);
      const name = request.QueueUrl?.replace(/^.*\//, '') ?? '';
      if (operation === 'ReceiveMessage') return this.#receive(sqs, name, request);
      const answer = await sqs(operation, body);
      this.#wake(name);
      for (const { VisibilityTimeout, DelaySeconds } of [request, ...(request.Entries ?? [])]) {
        this.#wakeIn(name, VisibilityTimeout ?? DelaySeconds ?? 0);
      }
      return answer;
    };
  }

  /** After something that may have brought messages into any queue. */
  wakeAll(): void {
    for (const name of this.#waiting.keys()) this.#wake(name);
  }

  async #receive(sqs: Service, name: string, request: QueueRequest) {
    const { WaitTimeSeconds = 0, VisibilityTimeout = this.#queues.get(name)?.visibility ?? 30 } = request;
    const body = JSON.stringify({ ...request, WaitTimeSeconds: 0 });
    const giveUpAt = Date.now() + WaitTimeSeconds * 1_000;
    for (;;) {
      const answer = await sqs('ReceiveMessage', body);
      this.#wake(this.#queues.get(name)?.deadLetterQueue ?? '');
      const isEmpty = answer.status < 400 && JSON.parse(answer.body).Messages === undefined;
      if (!isEmpty) this.#wakeIn(name, VisibilityTimeout);
      const leftMs = giveUpAt - Date.now();
      if (!isEmpty || leftMs <= 0 || this.#stopped.aborted) return answer;
      await this.#arrival(name, leftMs);
    }
  }

  async #arrival(name: string, ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const waiting = this.#waiting.get(name) ?? new Set();
    this.#waiting.set(name, waiting.add(resolve));
    const timer = setTimeout(resolve, ms);
    await promise;
    clearTimeout(timer);
    waiting.delete(resolve);
  }

  #wake(name: string): void {
    for (const wake of this.#waiting.get(name) ?? []) wake();
  }

  /** Once a message that is hidden now can be seen. */
  #wakeIn(name: string, seconds: number): void {
    if (seconds <= 0) return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#wake(name);
    }, seconds * 1_000);
    this.#timers.add(timer);
  }
}
