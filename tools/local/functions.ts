import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isMeant, type Resource } from './assembly.ts';
import type { IsLate, Shift } from './canaries.ts';
import { FunctionInstance, type InstanceSettings, type InvocationResult } from './function-instance.ts';
import type { Metrics } from './metrics.ts';
import { refusal } from './refusal.ts';
import { REGION } from './resource-kinds.ts';
import type { Site } from './site.ts';
import { Traffic } from './traffic.ts';

export type { FunctionError, InvocationResult } from './function-instance.ts';

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

/** Instances of a function without reserved concurrency. */
const MOST_INSTANCES = 5;

/** Runs the bundled handlers. Each instance takes one event at a time and is reused. */
export class Functions {
  readonly #site: Site;
  readonly #metrics: Metrics;
  #traffic: ReadonlyMap<string, Traffic<Pool>> = new Map();
  /** Those of earlier versions, too: what runs already ends with the code that it began with. */
  readonly #pools: Pool[] = [];

  constructor(site: Site, metrics: Metrics) {
    this.#site = site;
    this.#metrics = metrics;
    this.deploy([], () => false);
  }

  /**
   * Runs the functions of the assembly from now on.
   *
   * @param shifts functions whose alias gives the new version only a share at first
   * @param isLate functions that stay as they are until the next deployment
   */
  deploy(shifts: readonly Shift[], isLate: IsLate): void {
    const functions = this.#site.assembly.all<FunctionProperties>('AWS::Lambda::Function');
    const traffic = functions.map((resource) => {
      const before = this.#traffic.get(resource.arn);
      if (before !== undefined && isLate(resource)) return [resource.arn, before] as const;
      const pool = new Pool(settingsOf(resource, this.#site), this.#site);
      this.#pools.push(pool);
      const shift = shifts.find(({ target }) => target === resource.arn);
      if (before === undefined || shift === undefined) return [resource.arn, new Traffic(pool)] as const;
      before.shift(pool, shift.share);
      return [resource.arn, before] as const;
    });
    this.#traffic = new Map(traffic);
  }

  /** Gives the new version of a function all its traffic. */
  complete(arn: string): void {
    this.#traffic.get(arn)?.complete();
  }

  /** @param reference ARN, with or without a qualifier, or name. */
  has(reference: string): boolean {
    return this.#site.assembly.all('AWS::Lambda::Function').some((resource) => isMeant(resource, reference));
  }

  /**
   * Delivers an event to a function, and a second time if a test says so. Nobody learns the second result.
   * @param arn or name, with or without a qualifier
   */
  async invoke(arn: string, event: string): Promise<InvocationResult> {
    const { id, name, arn: functionArn } = this.#site.assembly.find(arn);
    const traffic = this.#traffic.get(functionArn);
    if (traffic === undefined) throw new Error(`${arn} is not a function`);
    const run = async () => {
      const [own] = [functionArn, name].filter((each) => arn.startsWith(`${each}:`));
      const qualifier = own && arn.slice(own.length + 1);
      const pool = qualifier === undefined ? traffic.latest : traffic.take();
      const begin = Date.now();
      const result = await pool.run(event);
      for (const dimensions of dimensionsOf(name, qualifier, pool.version)) {
        this.#metrics.record('AWS/Lambda', 'Invocations', dimensions, 1, begin);
        this.#metrics.record('AWS/Lambda', 'Errors', dimensions, Number(!result.ok), begin);
      }
      return result;
    };
    const again = this.#site.hooks.redeliver({ functionId: id, event });
    const result = await run();
    if (again) await run();
    return result;
  }

  stop(): void {
    for (const pool of this.#pools) pool.close();
  }
}

/** What Lambda counts an invocation for. Its time is that of the begin. */
function dimensionsOf(FunctionName: string, qualifier: string | undefined, ExecutedVersion: string) {
  const ofAlias = { FunctionName, Resource: `${FunctionName}:${qualifier}` };
  return [{ FunctionName }, ...(qualifier === undefined ? [] : [ofAlias, { ...ofAlias, ExecutedVersion }])];
}

/** The instances of one function. */
class Pool {
  readonly #settings: PoolSettings;
  readonly #site: Site;
  readonly #idle: FunctionInstance[] = [];
  readonly #running = new Set<FunctionInstance>();
  readonly #waiting: (() => void)[] = [];

  constructor(settings: PoolSettings, site: Site) {
    this.#settings = settings;
    this.#site = site;
  }

  get version(): string {
    return this.#settings.version;
  }

  async run(event: string): Promise<InvocationResult> {
    while (!this.#site.stopped.aborted && this.#running.size >= this.#settings.mostInstances)
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    if (this.#site.stopped.aborted) return STOPPED;
    const instance = this.#warm() ?? this.#start();
    this.#running.add(instance);
    const result = await instance.invoke(randomUUID(), event);
    this.#running.delete(instance);
    if (instance.isAlive) this.#idle.push(instance);
    this.#waiting.shift()?.();
    return result;
  }

  close(): void {
    for (const wake of this.#waiting) wake();
    for (const instance of [...this.#idle, ...this.#running]) instance.kill();
  }

  /** Skips instances that crashed since their last invocation. */
  #warm(): FunctionInstance | undefined {
    const instance = this.#idle.pop();
    return instance === undefined || instance.isAlive ? instance : this.#warm();
  }

  #start(): FunctionInstance {
    const instance = new FunctionInstance(this.#settings);
    this.#site.callers.set(instance.accessKey, instance);
    return instance;
  }
}

interface PoolSettings extends InstanceSettings {
  /** Number of the version, if an alias names it. */
  readonly version: string;
  readonly mostInstances: number;
}

const STOPPED: InvocationResult = {
  ok: false,
  error: { errorType: 'ServiceException', errorMessage: 'the embedded cloud was stopped', trace: [] },
};

function settingsOf(resource: Resource<FunctionProperties>, site: Site): PoolSettings {
  const { assembly, endpoint, serve } = site;
  const { id, name, arn, properties } = resource;
  const { Code, Handler, Runtime, Timeout = 3, MemorySize = 128, Environment } = properties;
  if (Code.S3Key === undefined) throw refusal(resource, 'Code', 'the embedded cloud runs only assets');
  if (!Runtime?.startsWith('nodejs')) throw refusal(resource, 'Runtime', `the embedded cloud can't run ${Runtime}`);
  refuseLongEnvironment(resource, Environment?.Variables ?? {});
  const folder = assembly.assetFolder(Code.S3Key);
  const [, module = '', handler = ''] = /^(.*)\.([^.]+)$/.exec(Handler) ?? [];
  const file = ['.mjs', '.js', '.cjs'].map((extension) => join(folder, module + extension)).find(existsSync);
  if (file === undefined) throw refusal(resource, 'Handler', `there is no ${Handler} in ${folder}`);
  return {
    functionId: id,
    role: () => site.access.roleOf(resource),
    functionName: name,
    functionArn: arn,
    memoryMb: String(MemorySize),
    file,
    handler,
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
    serve,
    version: versionOf(resource, site),
    timeoutMs: Timeout * 1000,
    mostInstances: properties.ReservedConcurrentExecutions ?? MOST_INSTANCES,
    onLine: (text) => site.onLog({ functionId: id, text }),
  };
}

function versionOf({ name }: Pick<Resource, 'name'>, { assembly }: Site): string {
  const aliases = assembly.all<{ FunctionName: string; FunctionVersion: string }>('AWS::Lambda::Alias');
  const own = aliases.find(({ properties }) => properties.FunctionName === name);
  return own?.properties.FunctionVersion ?? '$LATEST';
}

/** Lambda's limit for names and values together, in bytes. */
const LONGEST_ENVIRONMENT = 4_096;

/** @throws Error that says what Lambda says, if the variables are too long together */
function refuseLongEnvironment(resource: Resource<FunctionProperties>, variables: Readonly<Record<string, string>>) {
  const bytes = Object.entries(variables).reduce((sum, pair) => sum + Buffer.byteLength(pair.join('')), 0);
  if (bytes <= LONGEST_ENVIRONMENT) return;
  const why = `Lambda was unable to configure your environment variables because the environment variables you have provided exceeded the 4KB limit: ${bytes} bytes`;
  throw refusal(resource, 'Environment', why);
}
