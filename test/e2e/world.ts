import { cpSync, existsSync, mkdtempSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SQSClient } from '@aws-sdk/client-sqs';
import { type App, Duration, Fn } from 'aws-cdk-lib';
import type { BackstopConfig, HttpDependencyConfig } from '../../lib/config/dependency-config.ts';
import { createApp, type PipelineOptions } from '../../lib/pipeline/app.ts';
import { type DemoDependency, startDependency } from '../../tools/demo/dependency.ts';
import type { IsLate } from '../../tools/local/canaries.ts';
import {
  type Deployment,
  type ExecutionRecord,
  type LocalCloud,
  type StreamRecord,
  startCloud,
} from '../../tools/local/cloud.ts';
import { VirtualClock, type VirtualClockOptions } from '../../tools/local/virtual-clock.ts';
import { onClock } from '../support/on-clock.ts';
import { withoutTree } from '../support/quick-synth.ts';
import { type Access, accessTo, type Clients, type LatestItems, noteItem } from './world-access.ts';

/**
 * Backstop in an embedded cloud, with three dependencies. `payments` honours idempotency keys, `orders` does not, and
 * `accounts` needs a credential.
 * Their circuits stay closed, because their tests fail on purpose. Tests can add dependencies.
 */
export interface World extends Clients, Access {
  /** Drives all time. Time passes only while a test waits through this clock. */
  readonly clock: VirtualClock;
  readonly cloud: LocalCloud;
  readonly dependency: DemoDependency;
  /** All lines that functions printed. */
  readonly logs: string[];
  /**
   * Deploys another version of the config. What isn't given is as in {@link startWorld} without arguments.
   *
   * @param more options of the pipeline that differ from those of the start, and what changes the assembly on its way
   */
  deploy(others: Others, more?: Version): Promise<Deployment>;
  /** @throws Error if the policies denied a call of a function or machine: it may have been repeated, unseen */
  /** @param expected denials that the test brings about */
  stop(expected?: RegExp): Promise<void>;
}

/** The credential of `accounts`. */
export const SECRET = 'credential-of-accounts';

const timeout = Duration.seconds(1);
const common = (baseUrl: string): HttpDependencyConfig => ({
  kind: 'http',
  baseUrl,
  timeout,
  maxConcurrency: 4,
  circuit: { minimumCalls: 1_000 },
});
const config = (baseUrl: string, others: Others, added: BackstopConfig['dependencies']): BackstopConfig => ({
  dependencies: {
    payments: { ...common(baseUrl), idempotencyKeys: true, retry: { hotAttempts: 1, durableAttempts: 5 } },
    orders: common(baseUrl),
    // Its address exists only after the deployment.
    accounts: {
      ...common(Fn.join('', [baseUrl, '/'])),
      auth: { scheme: 'bearer', secretName: 'accounts' },
      accepts: { paths: ['/'] },
    },
    ...Object.fromEntries(Object.entries(others).map(([name, other]) => [name, { ...common(baseUrl), ...other }])),
    ...added,
  },
});

/** Dependencies besides the three, by name, with their special settings. */
type Others = Readonly<Record<string, Partial<HttpDependencyConfig>>>;

/** What another version may have of its own. */
interface Version extends PipelineOptions, Pick<More, 'added'> {
  /** Functions and machines that stay as they are until the next deployment. */
  readonly isLate?: IsLate;
  /** Changes the files of the version. @param assembly their folder */
  readonly tamper?: (assembly: string) => void;
}

/** Options of the pipeline and of the world around it. */
interface More extends PipelineOptions, VirtualClockOptions {
  /** Adds stacks to the app. @param folder A folder for their files, deleted with the world. */
  readonly extend?: (app: App, folder: string) => void;
  /** Dependencies other than HTTP APIs. */
  readonly added?: BackstopConfig['dependencies'];
  /** Secrets besides that of `accounts`, by name. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** Writes what is deployed at first, in place of this version with that config. @param url of the dependency */
  readonly first?: (folder: string, url: string) => void;
  /** Receives each change of a table with a stream. */
  readonly onChange?: (record: StreamRecord) => void;
}

export async function startWorld(others: Others = {}, more: More = {}): Promise<World> {
  const { extend, added = {}, secrets = {}, pace, longestStepMs, first, onChange, ...options } = more;
  const folder = await mkdtemp(join(tmpdir(), 'backstop-e2e-'));
  const dependency = await startDependency();
  const all = {
    durableRetryInterval: Duration.seconds(2),
    reconcileAfter: Duration.seconds(15),
    reconcileEvery: Duration.minutes(1),
    batchSize: 1,
    // Nobody looks at them here, and they take long to synthesize.
    dashboards: false,
    ...options,
  };
  const versions = new Map<string, string>();
  /** Synthesizes each version once, because that takes longer than to deploy it. */
  const synthesized = (of: Others, { added: adding = {}, tamper, isLate: _, ...own }: Version) => {
    const key = JSON.stringify([of, adding, own]);
    const known = versions.get(key);
    if (known !== undefined) return tamper ? tampered(known, tamper) : known;
    const outdir = join(folder, `cdk.out.${versions.size}`);
    const app = createApp(config(dependency.url, of, adding), { ...all, ...own }, outdir);
    extend?.(app, folder);
    versions.set(key, withoutTree(app).synth().directory);
    return tamper ? tampered(outdir, tamper) : outdir;
  };
  const earlier = join(folder, 'earlier');
  first?.(earlier, dependency.url);
  const assembly = first ? earlier : synthesized(others, { added });
  const logs: string[] = [];
  const latest: LatestItems = new Map();
  const clock = new VirtualClock({ pace, longestStepMs });
  const starting = startCloud({
    assembly,
    secrets: { accounts: SECRET, ...secrets },
    onLog: ({ text }) => logs.push(text),
    onChange: (record) => {
      noteItem(record, latest);
      onChange?.(record);
    },
  });
  const cloud = await clock.run(starting).catch((error) => {
    // A clock that stays would fail the tests of other files.
    clock.uninstall();
    throw error;
  });
  const clients = clientsOf(clock, cloud);
  return {
    clock,
    cloud,
    dependency,
    logs,
    ...clients,
    ...accessTo(clock, cloud, clients, latest),
    deploy: (of, version = {}) => clock.run(cloud.deploy(synthesized(of, version), version.isLate)),
    async stop(expected) {
      for (const client of Object.values(clients)) client.destroy();
      await cloud.stop();
      await dependency.stop();
      clock.uninstall();
      await rm(folder, { recursive: true, force: true });
      const denials = cloud.denials.filter((denial) => !expected?.test(denial));
      if (denials.length > 0) throw new Error([...new Set(denials)].join('\n'));
    },
  };
}

/** Copies an assembly and changes the copy. Unpacked archives stay behind, because their archive may change. */
function tampered(assembly: string, tamper: (assembly: string) => void): string {
  const copy = mkdtempSync(`${assembly}-`);
  cpSync(assembly, copy, { recursive: true, filter: (file) => !existsSync(`${file}.zip`) });
  tamper(copy);
  return copy;
}

function clientsOf(clock: VirtualClock, { endpoint, credentials }: LocalCloud): Clients {
  const options = { endpoint, credentials, region: 'us-east-1' };
  return {
    dynamodb: onClock(clock, new DynamoDBClient(options)),
    events: onClock(clock, new EventBridgeClient(options)),
    sfn: onClock(clock, new SFNClient(options)),
    sqs: onClock(clock, new SQSClient(options)),
  };
}

/** Number of transitions that AWS bills for an execution. */
export function transitions({ steps }: ExecutionRecord): number {
  return steps.filter(({ type }) => type === 'StateEntered' || type === 'StateRetried').length;
}

let ids = 0;

/** Detail of an `Operation Failed` event. A 429 with an elapsed Retry-After certainly had no effect. */
export function failure(path: string, change: Record<string, unknown> = {}): Record<string, unknown> & { id: string } {
  const id = `f-${++ids}`;
  return {
    id,
    correlationId: id,
    dependency: 'orders',
    occurredAt: new Date().toISOString(),
    operation: { method: 'PUT', path: path.replace(':id', id), body: { total: 5 } },
    error: { statusCode: 429, headers: { 'retry-after': '0' } },
    ...change,
  };
}
