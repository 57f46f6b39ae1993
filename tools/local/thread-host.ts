import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { Worker } from 'node:worker_threads';
import { transformSync } from 'esbuild';
import type { Fault } from './faults.ts';
import type { FunctionError, Invocation, InvocationResult, ThreadData } from './function-thread.ts';
import type { Caller } from './gateway.ts';

export interface ThreadSettings {
  readonly functionId: string;
  readonly data: ThreadData;
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** Called with each line that the function prints. */
  readonly onLine: (text: string) => void;
}

/** What a thread runs, without types: to take them out by itself, each would load Node's own transpiler first. */
const CODE = transformSync(readFileSync(new URL('./function-thread.ts', import.meta.url)), { loader: 'ts' }).code;
const MODULE = new URL(`data:text/javascript,${encodeURIComponent(CODE)}`);

let threads = 0;

/** One warm instance of a function. */
export class FunctionThread implements Caller {
  readonly functionId: string;
  /** Signs the calls of this thread, so that the gateway knows who makes them. */
  readonly accessKey = `THREAD${++threads}`;
  readonly calls = new Map<string, Fault | undefined>();
  trigger = '';
  alive = true;
  readonly #timeoutMs: number;
  readonly #worker: Worker;
  readonly #ready: Promise<void>;
  #requestId = '';
  #settle: (result: InvocationResult) => void = () => {};

  constructor({ functionId, data, env, timeoutMs, onLine }: ThreadSettings) {
    this.functionId = functionId;
    this.#timeoutMs = timeoutMs;
    this.#worker = new Worker(MODULE, {
      workerData: data,
      env: { ...env, AWS_ACCESS_KEY_ID: this.accessKey, AWS_SECRET_ACCESS_KEY: 'local', AWS_SESSION_TOKEN: 'local' },
      // Without these the thread would take over the flags of the parent, and print on its terminal.
      execArgv: [],
      stdout: true,
      stderr: true,
    });
    for (const input of [this.#worker.stdout, this.#worker.stderr]) createInterface({ input }).on('line', onLine);
    this.#ready = new Promise((resolve) => {
      this.#worker.once('message', resolve);
      this.#worker.once('exit', () => resolve());
    });
    this.#worker.on('message', (result: InvocationResult | 'ready') => result !== 'ready' && this.#settle(result));
    this.#worker.on('error', ({ name, message, stack = '' }) => this.#crash(name, message, stack.split('\n')));
    this.#worker.on('exit', (status) =>
      this.#crash(
        'Runtime.ExitError',
        `RequestId: ${this.#requestId} Error: Runtime exited with error: exit status ${status}`,
      ),
    );
  }

  async invoke(requestId: string, event: string): Promise<InvocationResult> {
    this.calls.clear();
    this.trigger = event;
    this.#requestId = requestId;
    const result = new Promise<InvocationResult>((resolve) => {
      this.#settle = resolve;
    });
    await this.#ready;
    const timer = setTimeout(() => this.#timeOut(), this.#timeoutMs);
    const invocation: Invocation = { requestId, event, deadline: Date.now() + this.#timeoutMs };
    this.#worker.postMessage(invocation);
    return result.finally(() => clearTimeout(timer));
  }

  async kill(): Promise<void> {
    await this.#worker.terminate();
  }

  #timeOut(): void {
    const seconds = (this.#timeoutMs / 1000).toFixed(2);
    const message = `RequestId: ${this.#requestId} Error: Task timed out after ${seconds} seconds`;
    this.#crash('Sandbox.Timedout', message);
    void this.kill();
  }

  #crash(errorType: string, errorMessage: string, trace: readonly string[] = []): void {
    this.alive = false;
    const error: FunctionError = { errorType, errorMessage, trace };
    this.#settle({ ok: false, error });
  }
}
