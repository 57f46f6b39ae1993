import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { DeleteMessageCommand, type Message, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { Duration } from 'aws-cdk-lib';
import { vi } from 'vitest';
import type { LedgerEntry } from '../../lambdas/shared/ledger/ledger-entry.ts';
import { synthesize } from '../../lib/app.ts';
import type { BackstopConfig } from '../../lib/config.ts';
import { type DemoDependency, startDependency } from '../../tools/demo/dependency.ts';
import { type CloudCall, type ExecutionRecord, type LocalCloud, startCloud } from '../../tools/local/cloud.ts';

/** The whole of Backstop on this machine, with two dependencies: `payments` honours idempotency keys, `orders` does not. */
export interface World {
  readonly cloud: LocalCloud;
  readonly dependency: DemoDependency;
  /** Everything that functions printed. */
  readonly logs: string[];
  /** Calls of functions and machines to AWS, as far as `recording` was on. */
  readonly calls: CloudCall[];
  readonly sqs: SQSClient;
  /** Puts details of `Operation Failed` events on the bus. */
  send(...details: readonly unknown[]): Promise<void>;
  entry(id: string): Promise<LedgerEntry | undefined>;
  /** Waits until the failure has its outcome, and nothing is left to tell of it. */
  settled(id: string): Promise<LedgerEntry>;
  /** Takes all messages that a queue holds by and by until the condition holds of them. */
  take(queueUrl: string, enough: (messages: readonly Message[]) => boolean): Promise<Message[]>;
  executionsOf(id: string): ExecutionRecord[];
  stop(): Promise<void>;
}

/** Time for anything to happen that must happen; only a test that fails waits for so long. */
const PATIENCE = { timeout: 100_000, interval: 100 };

const config = (baseUrl: string): BackstopConfig => ({
  dependencies: {
    payments: {
      kind: 'http',
      baseUrl,
      timeout: Duration.millis(400),
      idempotencyKeys: true,
      maxConcurrency: 8,
      retry: { hotAttempts: 1, durableAttempts: 5 },
    },
    orders: { kind: 'http', baseUrl, timeout: Duration.millis(400), maxConcurrency: 8 },
  },
});

/** @param timeScale multiplies visibility timeouts, retries and waits of machines, and schedules */
export async function startWorld(timeScale = 0.1): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), 'backstop-e2e-'));
  const dependency = await startDependency();
  const assembly = synthesize(config(dependency.url), join(folder, 'cdk.out'), {
    reconcileAfter: Duration.seconds(15),
    reconcileEvery: Duration.minutes(1),
    batchSize: 1,
  });
  const logs: string[] = [];
  const calls: CloudCall[] = [];
  const cloud = await startCloud({ assembly, timeScale, onLog: ({ text }) => logs.push(text) });
  const client = { endpoint: cloud.endpoint, region: 'us-east-1', credentials: cloud.credentials };
  const dynamodb = new DynamoDBClient(client);
  const events = new EventBridgeClient(client);
  const sqs = new SQSClient(client);
  const output = (name: string) => {
    const value = cloud.outputs[name];
    if (value === undefined) throw new Error(`the stacks have no output ${name}`);
    return value;
  };

  const entry = async (id: string) => {
    const key = { TableName: output('LedgerTableName'), Key: { id: { S: id } }, ConsistentRead: true };
    const { Item } = await dynamodb.send(new GetItemCommand(key));
    return Item && (unmarshall(Item) as LedgerEntry);
  };

  return {
    cloud,
    dependency,
    logs,
    calls,
    sqs,
    entry,
    async send(...details) {
      for (let from = 0; from < details.length; from += 10) {
        const Entries = details.slice(from, from + 10).map((detail) => ({
          EventBusName: output('BusName'),
          Source: 'test',
          DetailType: 'Operation Failed',
          Detail: typeof detail === 'string' ? detail : JSON.stringify(detail),
        }));
        const { FailedEntryCount } = await events.send(new PutEventsCommand({ Entries }));
        if (FailedEntryCount !== 0) throw new Error('the bus did not take all events');
      }
    },
    settled: (id) =>
      vi.waitFor(async () => {
        const found = await entry(id);
        if (found?.state !== 'settled' || found.outbox)
          throw new Error(`${id} is not settled: ${JSON.stringify(found)}`);
        return found;
      }, PATIENCE),
    async take(QueueUrl, enough) {
      const taken: Message[] = [];
      await vi.waitFor(async () => {
        const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
        taken.push(...Messages);
        for (const { ReceiptHandle } of Messages) await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
        if (!enough(taken)) throw new Error(`the queue held only ${JSON.stringify(taken.map(({ Body }) => Body))}`);
      }, PATIENCE);
      return taken;
    },
    executionsOf: (id) => cloud.executions.filter(({ input }) => JSON.parse(input).id === id),
    async stop() {
      for (const each of [dynamodb, events, sqs]) each.destroy();
      await cloud.stop();
      await dependency.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Transitions that an execution is billed for. */
export function transitions({ steps }: ExecutionRecord): number {
  return steps.filter(({ type }) => type === 'StateEntered' || type === 'StateRetried').length;
}

let ids = 0;

/** Detail of an event. A report of 429 with an elapsed Retry-After is one that certainly had no effect. */
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
