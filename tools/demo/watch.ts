import { type DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { LedgerEntry, Outcome, Tier, TrailStep } from '../../lambdas/shared/ledger-entry.ts';

/** How an event ended: a settled entry of the ledger, or a message in the rejects queue. */
export interface Ending {
  /** Absent where an event was rejected for want of one. */
  readonly id?: string;
  readonly dependency?: string;
  readonly verdict?: string;
  readonly rule?: string;
  readonly attempts?: number;
  readonly tier?: Tier;
  readonly outcome: Outcome | 'rejected';
  /** Why it is a dead letter, or the code of the rejection. */
  readonly reason?: string;
  /** Epoch milliseconds. */
  readonly endedAt: number;
  readonly receivedAt?: number;
  readonly trail?: readonly TrailStep[];
}

export interface WatchOptions {
  readonly dynamodb: DynamoDBClient;
  readonly sqs: SQSClient;
  readonly ledgerTable: string;
  readonly rejectsQueueUrl: string;
}

/** The endings that are new since the last poll, oldest first. */
export class Watch {
  readonly #options: WatchOptions;
  readonly #seen = new Set<string>();

  constructor(options: WatchOptions) {
    this.#options = options;
  }

  async poll(): Promise<Ending[]> {
    const endings = [...(await this.#settled()), ...(await this.#rejected())];
    return endings.sort((a, b) => a.endedAt - b.endedAt);
  }

  async #settled(): Promise<Ending[]> {
    const { dynamodb: client, ledgerTable: TableName } = this.#options;
    const endings: Ending[] = [];
    for await (const { Items = [] } of paginateScan({ client }, { TableName, ConsistentRead: true })) {
      for (const item of Items) {
        const entry = unmarshall(item) as LedgerEntry;
        if (entry.state === 'settled' && this.#isNew(`${entry.id}/${entry.cycle}`)) endings.push(fromEntry(entry));
      }
    }
    return endings;
  }

  /** Looks without taking: what is rejected stays in its queue for whoever wants to look there. */
  async #rejected(): Promise<Ending[]> {
    const { Messages = [] } = await this.#options.sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: this.#options.rejectsQueueUrl,
        MaxNumberOfMessages: 10,
        VisibilityTimeout: 1,
      }),
    );
    return Messages.filter(({ MessageId }) => this.#isNew(String(MessageId))).map(({ Body }) =>
      fromReject(Body ?? '{}'),
    );
  }

  #isNew(key: string): boolean {
    const before = this.#seen.size;
    return this.#seen.add(key).size > before;
  }
}

function fromEntry(entry: LedgerEntry): Ending {
  const { id, dependency, attempts, tier, outcome, reason, settledAt, receivedAt, trail, verdict } = entry;
  if (outcome === undefined || settledAt === undefined) throw new Error(`${id} is settled without an outcome`);
  return {
    id,
    dependency,
    verdict: verdict.kind,
    rule: verdict.rule,
    attempts,
    tier,
    outcome,
    ...(reason !== undefined && { reason }),
    endedAt: Date.parse(settledAt),
    receivedAt: Date.parse(receivedAt),
    trail,
  };
}

/** The worker keeps the event as the text that came, the bus's rule for unknown dependencies as JSON. */
function fromReject(body: string): Ending {
  const { reason, event } = JSON.parse(body) as { reason: { code: string }; event: unknown };
  const { id, dependency } = detailOf(event);
  return {
    ...(typeof id === 'string' && { id }),
    ...(typeof dependency === 'string' && { dependency }),
    outcome: 'rejected',
    reason: reason.code,
    endedAt: Date.now(),
  };
}

/** Nothing is certain of what was rejected, not even that it is JSON. */
function detailOf(event: unknown): { id?: unknown; dependency?: unknown } {
  try {
    const { detail } = typeof event === 'string' ? JSON.parse(event) : event;
    return typeof detail === 'object' && detail !== null ? detail : {};
  } catch {
    return {};
  }
}
