import {
  type AttributeValue,
  type DynamoDBClient,
  GetItemCommand,
  type GetItemCommandOutput,
} from '@aws-sdk/client-dynamodb';
import { type EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import type { SFNClient } from '@aws-sdk/client-sfn';
import { DeleteMessageCommand, type Message, ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { failuresWithId } from '../../lambdas/adapters/ledger/correlation.ts';
import { fromItem } from '../../lambdas/adapters/ledger/ledger-item.ts';
import type { LaneFacts } from '../../lambdas/contract/lane-facts.ts';
import type { LedgerEntry } from '../../lambdas/contract/ledger-entry.ts';
import { pascalCase } from '../../lib/config/pascal-case.ts';
import type { ExecutionRecord, LocalCloud, StreamRecord } from '../../tools/local/cloud.ts';
import type { VirtualClock } from '../../tools/local/virtual-clock.ts';

/** What a test sends, and what it reads of the outcome. Each wait goes by the virtual clock. */
export interface Access {
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
}

/** Clients of the test. Their calls never meet a fault. */
export interface Clients {
  readonly dynamodb: DynamoDBClient;
  readonly events: EventBridgeClient;
  readonly sfn: SFNClient;
  readonly sqs: SQSClient;
}

/** The last version of each ledger item in the table's stream, by failure. */
export type LatestItems = Map<string, LedgerItem>;
type LedgerItem = Readonly<Record<string, AttributeValue>>;

export function noteItem({ dynamodb }: StreamRecord, latest: LatestItems): void {
  const item = dynamodb.NewImage as LedgerItem | undefined;
  // The circuits table has a stream too. Its items have no cycle.
  if (item?.failureId?.S !== undefined && item.cycle !== undefined) latest.set(item.failureId.S, item);
}

function isSettled({ state, cycle, outbox }: LedgerItem, since: number): boolean {
  return state?.S === 'settled' && Number(cycle?.N) >= since && outbox === undefined;
}

export function accessTo(
  clock: VirtualClock,
  cloud: LocalCloud,
  { dynamodb, events, sqs }: Clients,
  latest: LatestItems,
): Access {
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
