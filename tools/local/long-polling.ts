import type { Service } from './protocol.ts';

interface QueueRequest {
  readonly QueueUrl?: string;
  readonly WaitTimeSeconds?: number;
  readonly VisibilityTimeout?: number;
  readonly DelaySeconds?: number;
  readonly Entries?: readonly { readonly VisibilityTimeout?: number; readonly DelaySeconds?: number }[];
}

/** The settings of a queue that long polling needs. */
export interface PolledQueue {
  /** Visibility timeout, in seconds. */
  readonly visibility: number;
  /** Name of the dead-letter queue, if any. */
  readonly deadLetterQueue?: string;
}

/**
 * Long polling for the emulator. The emulator itself polls every 20 ms, and a virtual clock would step through each
 * poll.
 */
export class LongPolling {
  readonly #queues: ReadonlyMap<string, PolledQueue>;
  readonly #waiting = new Map<string, Set<() => void>>();
  /** One timer for each hidden message. */
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #stopped: AbortSignal;

  /** @param queues Settings by queue name. */
  constructor(queues: ReadonlyMap<string, PolledQueue>, stopped: AbortSignal) {
    this.#queues = queues;
    this.#stopped = stopped;
    stopped.addEventListener('abort', () => {
      for (const timer of this.#timers) clearTimeout(timer);
      this.wakeAll();
    });
  }

  /** Adds long polling to a service that returns at once. */
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

  /** Wakes all receivers, after a call that may have added messages to any queue. */
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

  /** Wakes the receivers when a hidden message becomes visible. */
  #wakeIn(name: string, seconds: number): void {
    if (seconds <= 0) return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#wake(name);
    }, seconds * 1_000);
    this.#timers.add(timer);
  }
}
