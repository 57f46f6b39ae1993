import { Console } from 'node:console';
import http from 'node:http';
import https from 'node:https';
import { PassThrough, type Readable, Writable } from 'node:stream';
import * as timersPromises from 'node:timers/promises';
import type { Fault } from './faults.ts';
import type { Caller } from './gateway.ts';
import { type HandlerGlobals, loadHandlers } from './handler-modules.ts';
import { InProcessRequest, type RequestOptions, type Serve } from './in-process-request.ts';
import type { Principal } from './policies/statement.ts';

/** An error in the format that Lambda reports. */
export interface FunctionError {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace: readonly string[];
}

/** The result of an invocation. `payload` is JSON text. */
export type InvocationResult =
  | { readonly ok: true; readonly payload: string }
  | { readonly ok: false; readonly error: FunctionError };

export interface InstanceSettings {
  readonly functionId: string;
  /** What the function may do now: a deployment changes that for all versions. Undefined if it is not judged. */
  readonly role: () => Principal | undefined;
  readonly functionName: string;
  readonly functionArn: string;
  readonly memoryMb: string;
  /** File of the handler's module. */
  readonly file: string;
  /** Name of the handler's export. */
  readonly handler: string;
  /** `AWS_ENDPOINT_URL` is the gateway's. */
  readonly env: Readonly<Record<string, string>>;
  /** Answers requests to the gateway. */
  readonly serve: Serve;
  readonly timeoutMs: number;
  /** Receives each line that the function prints. */
  readonly onLine: (text: string) => void;
}

type Handle = (event: unknown, context: object) => unknown;

let instances = 0;

/**
 * One warm instance of a function: its own modules, environment and timers, within this process. A killed instance has
 * no further effect: its timers never fire and its calls get no answer.
 */
export class FunctionInstance implements Caller {
  readonly functionId: string;
  /** Signs the calls of this instance, so that the gateway can identify the caller. */
  readonly accessKey = `INSTANCE${++instances}`;
  readonly calls = new Map<string, Fault | undefined>();
  trigger = '';
  isAlive = true;
  readonly #settings: InstanceSettings;
  readonly #timers = new Set<NodeJS.Timeout>();
  #handle?: Handle;
  #requestId = '';
  #settle: (result: InvocationResult) => void = () => {};

  constructor(settings: InstanceSettings) {
    this.functionId = settings.functionId;
    this.#settings = settings;
  }

  get role(): Principal | undefined {
    return this.#settings.role();
  }

  async invoke(requestId: string, event: string): Promise<InvocationResult> {
    const { timeoutMs } = this.#settings;
    this.calls.clear();
    this.trigger = event;
    this.#requestId = requestId;
    const { promise, resolve } = Promise.withResolvers<InvocationResult>();
    this.#settle = resolve;
    const timer = setTimeout(() => this.#timeOut(), timeoutMs);
    void this.#run(event, Date.now() + timeoutMs).then(resolve);
    return promise.finally(() => clearTimeout(timer));
  }

  /** Crashes the instance. A running invocation fails. */
  kill(): void {
    this.#exit('Runtime.ExitError', `RequestId: ${this.#requestId} Error: Runtime exited with error: exit status 1`);
  }

  async #run(event: string, deadline: number): Promise<InvocationResult> {
    const { functionName, functionArn, memoryMb } = this.#settings;
    const context = {
      functionName,
      functionVersion: '$LATEST',
      invokedFunctionArn: functionArn,
      memoryLimitInMB: memoryMb,
      awsRequestId: this.#requestId,
      logGroupName: `/aws/lambda/${functionName}`,
      logStreamName: 'local',
      callbackWaitsForEmptyEventLoop: true,
      getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
    };
    try {
      this.#handle ??= this.#load();
      return { ok: true, payload: JSON.stringify((await this.#handle(JSON.parse(event), context)) ?? null) };
    } catch (error) {
      return { ok: false, error: reported(error) };
    }
  }

  #load(): Handle {
    const { file, handler } = this.#settings;
    const globals = this.#globals();
    const timers = this.#timersPromises(globals);
    const clients = { http: this.#client(http), https: this.#client(https) };
    const builtins = { ...clients, process: globals.process, 'timers/promises': timers };
    const handle = loadHandlers(file, globals, builtins)[handler];
    if (typeof handle !== 'function') throw new Error(`${file} exports no function ${handler}`);
    return handle as Handle;
  }

  #globals(): HandlerGlobals {
    const { env, onLine } = this.#settings;
    const credentials = {
      AWS_ACCESS_KEY_ID: this.accessKey,
      AWS_SECRET_ACCESS_KEY: 'local',
      AWS_SESSION_TOKEN: 'local',
    };
    const [stdout, stderr] = [lines(onLine), lines(onLine)];
    const exit = (status = 0) => {
      this.#exit(
        'Runtime.ExitError',
        `RequestId: ${this.#requestId} Error: Runtime exited with error: exit status ${status}`,
      );
    };
    const own = { env: { ...env, ...credentials }, stdout, stderr, exit, on: ignore, once: ignore, off: ignore };
    return {
      process: Object.create(process, Object.getOwnPropertyDescriptors(own)),
      console: new Console({ stdout, stderr }),
      fetch: (...args) => (this.isAlive ? fetch(...args) : new Promise(() => {})),
      setTimeout: (callback, ms, ...args) => {
        if (!this.isAlive) return undefined;
        const timer: NodeJS.Timeout = setTimeout(() => {
          this.#timers.delete(timer);
          this.#guard(() => callback(...args));
        }, ms);
        this.#timers.add(timer);
        return timer;
      },
      setInterval: (callback, ms, ...args) => {
        if (!this.isAlive) return undefined;
        const timer = setInterval(() => this.#guard(() => callback(...args)), ms);
        this.#timers.add(timer);
        return timer;
      },
      setImmediate: (callback, ...args) => setImmediate(() => this.isAlive && this.#guard(() => callback(...args))),
    };
  }

  /** A module whose requests a killed instance never sends. Requests to the gateway need no connection. */
  #client<Module extends typeof http | typeof https>(module: Module): Module {
    const { env, serve } = this.#settings;
    const request = (...args: Parameters<typeof https.request>) => {
      if (!this.isAlive) return Object.assign(new PassThrough(), { setTimeout: ignore });
      const [options, onResponse] = args as unknown as [RequestOptions, (response: Readable) => void];
      if (`http://${options.host}:${options.port}` !== env.AWS_ENDPOINT_URL) return module.request(...args);
      return new InProcessRequest(options, serve, onResponse);
    };
    return { ...module, request, default: { ...module, request } };
  }

  #timersPromises(globals: HandlerGlobals): object {
    const pause = (ms?: number, value?: unknown, { signal }: { readonly signal?: AbortSignal } = {}) =>
      new Promise((resolve, reject) => {
        signal?.throwIfAborted();
        const timer = globals.setTimeout(() => resolve(value), ms) as NodeJS.Timeout | undefined;
        signal?.addEventListener('abort', () => {
          clearTimeout(timer);
          reject(signal.reason);
        });
      });
    return { ...timersPromises, setTimeout: pause };
  }

  /** An error in one of the function's timers crashes the runtime. */
  #guard(run: () => void): void {
    try {
      run();
    } catch (error) {
      const { errorType, errorMessage, trace } = reported(error);
      this.#exit(errorType, errorMessage, trace);
    }
  }

  #timeOut(): void {
    const seconds = (this.#settings.timeoutMs / 1000).toFixed(2);
    this.#exit('Sandbox.Timedout', `RequestId: ${this.#requestId} Error: Task timed out after ${seconds} seconds`);
  }

  #exit(errorType: string, errorMessage: string, trace: readonly string[] = []): void {
    this.isAlive = false;
    // The gateway still knows the instance. Its modules would fill the memory of a process that kills many.
    this.#handle = undefined;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    this.#settle({ ok: false, error: { errorType, errorMessage, trace } });
  }
}

function ignore(this: unknown): unknown {
  return this;
}

/** A stream that reports each line written to it. */
function lines(onLine: (text: string) => void): Writable {
  let rest = '';
  return new Writable({
    decodeStrings: false,
    write(chunk, _, done) {
      const texts = (rest + String(chunk)).split('\n');
      rest = texts.pop() ?? '';
      for (const text of texts) onLine(text);
      done();
    },
  });
}

function reported(error: unknown): FunctionError {
  if (!(error instanceof Error)) return { errorType: typeof error, errorMessage: String(error), trace: [] };
  return { errorType: error.name, errorMessage: error.message, trace: (error.stack ?? '').split('\n') };
}
