import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isMeant, type Resource } from './assembly.ts';
import type { InvocationResult } from './function-thread.ts';
import { REGION } from './resource-kinds.ts';
import { refusal, type Site } from './site.ts';
import { FunctionThread, type ThreadSettings } from './thread-host.ts';

export type { FunctionError, InvocationResult } from './function-thread.ts';

interface FunctionProperties {
  readonly Code: { readonly S3Key?: string };
  readonly Handler: string;
  readonly Runtime: string;
  /** Seconds. */
  readonly Timeout?: number;
  readonly MemorySize?: number;
  readonly ReservedConcurrentExecutions?: number;
  readonly Environment?: { readonly Variables?: Readonly<Record<string, string>> };
}

/** Threads of one function where it reserves no concurrency: more than a machine at a desk can serve. */
const MOST_THREADS = 5;

/** Runs the bundled handlers in worker threads, each of which takes one event at a time and is reused. */
export class Functions {
  readonly #site: Site;
  readonly #pools: ReadonlyMap<string, Pool>;

  constructor(site: Site) {
    this.#site = site;
    const functions = site.assembly.all<FunctionProperties>('AWS::Lambda::Function');
    this.#pools = new Map(functions.map((resource) => [resource.arn, new Pool(settingsOf(resource, site), site)]));
  }

  /** @param reference ARN, perhaps with a qualifier, or name. */
  has(reference: string): boolean {
    return this.#site.assembly.all('AWS::Lambda::Function').some((resource) => isMeant(resource, reference));
  }

  /**
   * Delivers an event to a function, and perhaps a second time: what comes of that, nobody is told.
   * @param arn With or without a qualifier.
   */
  async invoke(arn: string, event: string): Promise<InvocationResult> {
    const { id, arn: functionArn } = this.#site.assembly.find(arn);
    const pool = this.#pools.get(functionArn);
    if (pool === undefined) throw new Error(`${arn} is not a function`);
    const again = this.#site.hooks.redeliver({ functionId: id, event });
    const result = await pool.run(event);
    if (again) await pool.run(event);
    return result;
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#pools.values()].map((pool) => pool.close()));
  }
}

/** The threads of one function. */
class Pool {
  readonly #settings: PoolSettings;
  readonly #site: Site;
  readonly #idle: FunctionThread[] = [];
  readonly #running = new Set<FunctionThread>();
  readonly #waiting: (() => void)[] = [];

  constructor(settings: PoolSettings, site: Site) {
    this.#settings = settings;
    this.#site = site;
  }

  async run(event: string): Promise<InvocationResult> {
    while (!this.#site.stopped.aborted && this.#running.size >= this.#settings.mostThreads)
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    if (this.#site.stopped.aborted) return STOPPED;
    const thread = this.#warm() ?? this.#start();
    this.#running.add(thread);
    const result = await thread.invoke(randomUUID(), event);
    this.#running.delete(thread);
    if (thread.alive) this.#idle.push(thread);
    else this.#site.threads.delete(thread.accessKey);
    this.#waiting.shift()?.();
    return result;
  }

  async close(): Promise<void> {
    for (const wake of this.#waiting) wake();
    await Promise.all([...this.#idle, ...this.#running].map((thread) => thread.kill()));
  }

  /** A thread may have crashed since its last invocation. */
  #warm(): FunctionThread | undefined {
    const thread = this.#idle.pop();
    return thread === undefined || thread.alive ? thread : this.#warm();
  }

  #start(): FunctionThread {
    const thread = new FunctionThread(this.#settings);
    this.#site.threads.set(thread.accessKey, thread);
    return thread;
  }
}

interface PoolSettings extends ThreadSettings {
  readonly mostThreads: number;
}

const STOPPED: InvocationResult = {
  ok: false,
  error: { errorType: 'ServiceException', errorMessage: 'the embedded cloud was stopped', trace: [] },
};

function settingsOf(resource: Resource<FunctionProperties>, site: Site): PoolSettings {
  const { assembly, endpoint } = site;
  const { id, name, arn, properties } = resource;
  const { Code, Handler, Runtime, Timeout = 3, MemorySize = 128, Environment } = properties;
  if (Code.S3Key === undefined) throw refusal(resource, 'Code', 'the embedded cloud runs only assets');
  if (!Runtime?.startsWith('nodejs')) throw refusal(resource, 'Runtime', `the embedded cloud can't run ${Runtime}`);
  const folder = assembly.assetFolder(Code.S3Key);
  const [, module = '', handler = ''] = /^(.*)\.([^.]+)$/.exec(Handler) ?? [];
  const file = ['.mjs', '.js', '.cjs'].map((extension) => join(folder, module + extension)).find(existsSync);
  if (file === undefined) throw refusal(resource, 'Handler', `there is no ${Handler} in ${folder}`);
  return {
    functionId: id,
    data: { file, handler, functionName: name, functionArn: arn, memoryMb: String(MemorySize) },
    env: {
      ...Environment?.Variables,
      AWS_REGION: REGION,
      AWS_LAMBDA_FUNCTION_NAME: name,
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(MemorySize),
      AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
      LAMBDA_TASK_ROOT: folder,
      _HANDLER: Handler,
      AWS_ENDPOINT_URL: endpoint,
    },
    timeoutMs: Timeout * 1000,
    mostThreads: properties.ReservedConcurrentExecutions ?? MOST_THREADS,
    onLine: (text) => site.onLog({ functionId: id, text }),
  };
}
