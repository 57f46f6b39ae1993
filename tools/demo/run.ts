import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { LocalCloud } from '../local/cloud.ts';
import { REGION } from '../local/resource-kinds.ts';
import type { VirtualClock } from '../local/virtual-clock.ts';
import { serveConsole } from './console.ts';
import { Decider } from './decider.ts';
import { Demonstration } from './demonstration.ts';
import type { DemoDependency } from './dependency.ts';
import {
  environmentFile,
  type Files,
  mostTriedDeadLetter,
  programsOf,
  tellDeadLetter,
  tellSummary,
  tellWhatToTry,
} from './finale.ts';
import { Keys } from './keys.ts';
import { laneOf } from './lanes.ts';
import type { News } from './news.ts';
import { takeOrders } from './order-saga/orders.ts';
import type { Shop } from './order-saga/shop.ts';
import { Outage } from './outage.ts';
import type { Report } from './report.ts';
import type { Scenario } from './scenario.ts';
import { stopwatch } from './stopwatch.ts';
import { Watch } from './watch.ts';

const POLL_MS = 200;
/** Once it only waits for events of others. A poll reads the whole ledger, which may have thousands by then. */
const LIVE_POLL_MS = 1_000;
/** The longest wait. */
const LIMIT_MS = 90_000;

export interface RunOptions {
  readonly scenarios: readonly Scenario[];
  readonly dependency: DemoDependency;
  readonly shop: Shop;
  readonly cloud: LocalCloud;
  /** Drives all time in the demo. */
  readonly clock: VirtualClock;
  readonly files: Files;
  readonly news: News;
  readonly report: Report;
  /** Whether to keep running after the last outcome and report other events until {@link signal} aborts. */
  readonly stayUp: boolean;
  readonly signal: AbortSignal;
}

/** Returns whether every scenario met its expectations and the shop's records balance. */
export async function runDemonstration(options: RunOptions): Promise<boolean> {
  const { cloud, clock, files, report, stayUp, signal } = options;
  const [begunAt, lasted] = [Date.now(), stopwatch()];
  const settings = { endpoint: cloud.endpoint, credentials: cloud.credentials, region: REGION };
  const sqs = new SQSClient(settings);
  const dynamodb = new DynamoDBClient(settings);
  const ledgerTable = cloud.outputs.LedgerTableName ?? '';
  const decider = new Decider({ dynamodb, sfn: new SFNClient(settings), ledgerTable });
  const events = new EventBridgeClient(settings);
  const bus = { client: events, busName: cloud.outputs.BusName ?? '' };
  const keys = new Keys({ dependency: options.dependency, bus, report });
  const demonstration = prepare(options, { sqs, dynamodb, events, decider, keys });
  await demonstration.begin();
  report.line(
    `  Sent ${options.scenarios.reduce((sum, { copies = 1 }) => sum + copies, 0)} "Operation Failed" events to the bus`,
  );
  report.header();
  const giveUpAt = Date.now() + LIMIT_MS;
  while (!(await demonstration.advance()) && Date.now() < giveUpAt) {
    report.status(`  Waiting for ${demonstration.waitingFor.join(', ')}`);
    await pause(POLL_MS, undefined, { signal });
  }

  report.status('');
  const deadLetter = mostTriedDeadLetter(demonstration.endings);
  if (deadLetter) await tellDeadLetter(deadLetter, report, sqs, cloud);
  const isBalanced = await takeOrders(options);
  const misses = demonstration.misses();
  tellSummary(demonstration.endings, misses, { virtualMs: Date.now() - begunAt, realMs: lasted() }, report);
  if (misses.length > 0) report.line(`  Function logs: ${files.logFile}`);
  if (stayUp) {
    clock.goLive();
    const outputs = Object.entries(cloud.outputs).map(([name, value]) => `${name}=${value}\n`);
    await writeFile(files.outputsFile, outputs.join(''));
    await writePrograms(files);
    await writeFile(files.envFile, environmentFile(cloud, files));
    const served = await serveConsole(cloud, signal);
    tellWhatToTry(files, served.address, report);
    report.header();
    listen(process.stdin, keys, signal);
    report.status('  Waiting for events; press Ctrl-C to stop');
    try {
      for (;;) {
        await pause(LIVE_POLL_MS, undefined, { signal });
        await demonstration.advance();
      }
    } finally {
      await served.stop();
    }
  }
  return isBalanced && misses.length === 0;
}

async function writePrograms(files: Files): Promise<void> {
  await mkdir(files.programs);
  const root = join(import.meta.dirname, '../..');
  const all = Object.entries(programsOf(files, { node: process.execPath, root }));
  await Promise.all(all.map(([name, text]) => writeFile(join(files.programs, name), text, { mode: 0o755 })));
}

/** Passes keys on, one by one. In raw mode, a terminal passes Ctrl-C as a character. */
function listen(stdin: NodeJS.ReadStream, keys: Keys, signal: AbortSignal): void {
  if (!stdin.isTTY) return;
  stdin.setRawMode(true).setEncoding('utf8');
  stdin.on('data', (text: string) => {
    if (text === '\u0003') process.kill(process.pid, 'SIGINT');
    else void keys.press(text).catch(() => undefined);
  });
  signal.addEventListener('abort', () => stdin.setRawMode(false).pause());
}

/** Clients of the embedded cloud. */
interface Reach {
  readonly sqs: SQSClient;
  readonly dynamodb: DynamoDBClient;
  readonly events: EventBridgeClient;
  readonly decider: Decider;
  readonly keys: Keys;
}

function prepare(
  { scenarios, dependency, cloud, news, report }: RunOptions,
  { sqs, dynamodb, events, decider, keys }: Reach,
): Demonstration {
  const {
    BusName: busName = '',
    LedgerTableName: ledgerTable = '',
    RejectsQueueUrl: rejectsQueueUrl = '',
  } = cloud.outputs;
  return new Demonstration({
    scenarios: scenarios.filter(({ copies }) => copies === undefined),
    outages: scenarios.flatMap((each) => (each.copies === undefined ? [] : new Outage(each, dependency, report))),
    dependency,
    bus: { client: events, busName },
    sqs,
    decider,
    laneQueueUrlOf: (dependency) => laneOf(cloud, String(dependency)).queueUrl,
    news,
    watch: new Watch({ dynamodb, sqs, ledgerTable, rejectsQueueUrl }),
    report,
    keys,
  });
}
