import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type AttributeValue,
  DynamoDBClient,
  GetItemCommand,
  type GetItemCommandOutput,
} from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { SFNClient } from '@aws-sdk/client-sfn';
import { DeleteMessageCommand, type Message, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { type App, Duration, Fn } from 'aws-cdk-lib';
import { failuresWithId } from '../../lambdas/adapters/ledger/correlation.ts';
import { fromItem } from '../../lambdas/adapters/ledger/ledger-item.ts';
import type { LaneFacts } from '../../lambdas/contract/lane-facts.ts';
import type { LedgerEntry } from '../../lambdas/contract/ledger-entry.ts';
import type { BackstopConfig, HttpDependencyConfig } from '../../lib/config/dependency-config.ts';
import { pascalCase } from '../../lib/config/pascal-case.ts';
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

/**
 * Backstop in an embedded cloud, with three dependencies. `payments` honours idempotency keys, `orders` does not, and
 * `accounts` needs a credential.
 * Their circuits stay closed, because their tests fail on purpose. Tests can add dependencies.
 */
export interface World extends Clients {
  /** Drives all time. Time passes only while a test waits through this clock. */
  readonly clock: VirtualClock;
  readonly cloud: LocalCloud;
  readonly dependency: DemoDependency;
  /** All lines that functions printed. */
  readonly logs: string[];
  /** An output, or the queue of a lane: `OrdersLaneQueueUrl`. @throws Error if the stacks have neither. */
  output(name: string): string;
  /** Puts details of `Operation Failed` events on the bus. */
  send(...details: readonly unknown[]): Promise<void>;
  entry(id: string): Promise<LedgerEntry | undefined>;
  /** The ledger's raw item of an id, of any kind. */
  item(id: string): Promise<GetItemCommandOutput>;
  /** Waits until the failure has an outcome in this cycle or a later one, and its outbox is empty. */
  settled(id: string, cycle?: number): Promise<LedgerEntry>;
  /** Receives and deletes a queue's messages until the condition holds. */
  take(queueUrl: string, enough: (messages: readonly Message[]) => boolean): Promise<Message[]>;
  executionsOf(id: string): ExecutionRecord[];
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

/** Clients of the test. Their calls never meet a fault. */
interface Clients {
  readonly dynamodb: DynamoDBClient;
  readonly events: EventBridgeClient;
  readonly sfn: SFNClient;
  readonly sqs: SQSClient;
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
  let versions = 0;
  const synthesized = (of: Others, { added: adding = {}, tamper, isLate: _, ...own }: Version) => {
    const settings = { ...all, ...own };
    const app = createApp(config(dependency.url, of, adding), settings, join(folder, `cdk.out.${++versions}`));
    extend?.(app, folder);
    const { directory } = app.synth();
    tamper?.(directory);
    return directory;
  };
  const earlier = join(folder, 'earlier');
  first?.(earlier, dependency.url);
  const assembly = first ? earlier : synthesized(others, { added });
  const logs: string[] = [];
  const latest: Latest = new Map();
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
    ...access(clock, cloud, clients, latest),
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

function clientsOf(clock: VirtualClock, { endpoint, credentials }: LocalCloud): Clients {
  const options = { endpoint, credentials, region: 'us-east-1' };
  return {
    dynamodb: onClock(clock, new DynamoDBClient(options)),
    events: onClock(clock, new EventBridgeClient(options)),
    sfn: onClock(clock, new SFNClient(options)),
    sqs: onClock(clock, new SQSClient(options)),
  };
}

type Access = Pick<World, 'item' | 'output' | 'send' | 'entry' | 'settled' | 'take' | 'executionsOf'>;

/** The last version of each ledger item in the table's stream, by failure. */
type Latest = Map<string, LedgerItem>;
type LedgerItem = Readonly<Record<string, AttributeValue>>;

function noteItem({ dynamodb }: StreamRecord, latest: Latest): void {
  const item = dynamodb.NewImage as LedgerItem | undefined;
  // The circuits table has a stream too. Its items have no cycle.
  if (item?.failureId?.S !== undefined && item.cycle !== undefined) latest.set(item.failureId.S, item);
}

function isSettled({ state, cycle, outbox }: LedgerItem, since: number): boolean {
  return state?.S === 'settled' && Number(cycle?.N) >= since && outbox === undefined;
}

function access(clock: VirtualClock, cloud: LocalCloud, { dynamodb, events, sqs }: Clients, latest: Latest): Access {
  const output = (name: string) => {
    const value = cloud.outputs[name] ?? queuesOfLanes(cloud.parameters)[name];
    if (value === undefined) throw new Error(`the stacks have no output ${name}`);
    return value;
  };
  const item = (id: string) =>
    dynamodb.send(
      new GetItemCommand({ TableName: output('LedgerTableName'), Key: { id: { S: id } }, ConsistentRead: true }),
    );
  const entry = async (id: string) => {
    const [key] = await failuresWithId(id, { client: dynamodb, table: output('LedgerTableName') });
    const { Item } = key === undefined ? {} : await item(key);
    return Item && fromItem(Item);
  };
  return {
    output,
    item,
    entry,
    async send(...details) {
      for (let from = 0; from < details.length; from += 10) {
        const Entries = details.slice(from, from + 10).map((detail) => busEntry(output('BusName'), detail));
        const { FailedEntryCount } = await events.send(new PutEventsCommand({ Entries }));
        if (FailedEntryCount !== 0) throw new Error('the bus did not take all events');
      }
    },
    // Reads from the stream. With many waits, polling the table would take most of the time.
    async settled(id, cycle = 1) {
      const item = await clock.until(() => {
        const found = latest.get(id);
        if (found && isSettled(found, cycle)) return found;
        throw new Error(`${id} is not settled: ${JSON.stringify(found)}`);
      });
      return fromItem(item);
    },
    take: (queueUrl, enough) => clock.until(taking(sqs, queueUrl, enough)),
    executionsOf: (id) => cloud.executions.filter(({ input }) => JSON.parse(input).id === id),
  };
}

/**
 * Queues of all lanes by names such as `OrdersLaneQueueUrl`, `OrdersOrderedQueueUrl` and `OrdersDeadLetterQueueUrl`.
 */
function queuesOfLanes(parameters: LocalCloud['parameters']): Readonly<Record<string, string | undefined>> {
  const lanes: readonly LaneFacts[] = Object.values(parameters).map((value) => JSON.parse(value));
  const named = lanes.flatMap(({ name, queueUrl, deadLetterQueueUrl, orderedQueueUrl }) =>
    Object.entries({ Lane: queueUrl, DeadLetter: deadLetterQueueUrl, Ordered: orderedQueueUrl }).map(
      ([queue, url]) => [`${pascalCase(name)}${queue}QueueUrl`, url] as const,
    ),
  );
  return Object.fromEntries(named);
}

function busEntry(EventBusName: string, detail: unknown) {
  const Detail = typeof detail === 'string' ? detail : JSON.stringify(detail);
  return { EventBusName, Source: 'test', DetailType: 'Operation Failed', Detail };
}

function taking(sqs: SQSClient, QueueUrl: string, enough: (messages: readonly Message[]) => boolean) {
  const taken: Message[] = [];
  return async () => {
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
    taken.push(...Messages);
    for (const { ReceiptHandle } of Messages) await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    if (!enough(taken)) throw new Error(`the queue held only ${JSON.stringify(taken.map(({ Body }) => Body))}`);
    return taken;
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
