import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { DynamoDBLedger } from '../../../lambdas/adapters/ledger/dynamodb-ledger.ts';
import { toItem } from '../../../lambdas/adapters/ledger/ledger-item.ts';
import type { LedgerEntry } from '../../../lambdas/contract/ledger-entry.ts';
import { createDeadLetter } from '../../../lambdas/domain/ledger/dead-letter.ts';
import { ingest } from '../../../lambdas/use-cases/recovery/ingest.ts';
import { seeded, VirtualTime } from '../../../tools/sim/circuit/virtual-time.ts';
import { MemorySqs } from '../../support/memory-sqs.ts';
import { LANES } from '../../support/operator.ts';
import { sampleEntry, sampleFailure, sampleSettings } from '../../support/samples.ts';
import { startTables, type Tables } from '../../support/tables.ts';

const [LANE = { queueUrl: '', deadLetterQueueUrl: '' }] = LANES;
export const { queueUrl: LANE_QUEUE, deadLetterQueueUrl: DEAD_LETTERS } = LANE;
/** Correlation ids, so that each filter matches some dead letters. */
export const GROUPS = 20;
export const REASONS = ['exhausted', 'permanent'] as const;
const FAILS_AGAIN = 0.1;
const LANE_POLL_MS = 400;
const DAY_MS = 86_400_000;

/** One cycle of a failure, which one dead letter stands for. */
export interface Cycle {
  readonly id: string;
  readonly cycle: number;
}

/** What a dead letter in its queue is, for the rules that the test checks. */
export interface Arrival extends Cycle {
  readonly correlationId: string;
  readonly reason: (typeof REASONS)[number];
  /** Epoch milliseconds. */
  readonly at: number;
}

/**
 * A lane with a thousand dead letters, its ledger, and a worker that reopens the failures that come back. Some fail
 * again and become dead letters of the next cycle. Time is virtual.
 */
export class Shift {
  readonly time = new VirtualTime();
  readonly random: () => number;
  readonly sqs = new MemorySqs(() => this.time.now);
  /** All dead letters that ever came. */
  readonly arrivals: Arrival[] = [];
  /** What the worker reopened. */
  readonly reopened: Cycle[] = [];
  tables!: Tables;
  ledger!: DynamoDBLedger;
  #isOver = false;

  private constructor(seed: number) {
    this.random = seeded(seed);
  }

  static async begin(seed: number, deadLetters: number): Promise<Shift> {
    const shift = new Shift(seed);
    shift.tables = await startTables();
    const { client, ledger: table } = shift.tables;
    shift.ledger = new DynamoDBLedger({ client, table, reconcileAfterMs: 1_000, now: shift.now });
    for (let n = 0; n < deadLetters; n++) await shift.#give(shift.#entry(n));
    await shift.time.advance(1_000);
    void shift.#work();
    return shift;
  }

  readonly now = () => this.time.now;

  /** One of many, by chance. */
  pick<T>(all: readonly T[]): T {
    return all[Math.floor(this.random() * all.length)] as T;
  }

  between(least: number, most: number): number {
    return Math.round(least + this.random() * (most - least));
  }

  /** A DynamoDB client whose calls take time. */
  slowTables(isDead: () => boolean): DynamoDBClient {
    const { client } = this.tables;
    const send = async (command: never) => {
      await this.latency(isDead);
      const answer = await client.send(command);
      await this.latency(isDead);
      return answer;
    };
    return { send } as unknown as DynamoDBClient;
  }

  /** Takes time, or for ever if the caller is dead. */
  async latency(isDead: () => boolean): Promise<void> {
    if (isDead()) return forEver();
    await this.time.sleep(this.between(20, 60));
    if (isDead()) return forEver();
  }

  end(): void {
    this.#isOver = true;
  }

  #entry(n: number): LedgerEntry {
    const id = `order-${n}`;
    const reason = this.pick(REASONS);
    const correlationId = `trace-${n % GROUPS}`;
    const at = new Date(this.now()).toISOString();
    const failure = sampleFailure({ id, correlationId, occurredAt: at });
    const over = { state: 'settled', outcome: 'dead-lettered', reason, settledAt: at } as const;
    const times = { occurredAt: at, receivedAt: at, expiresAt: Math.ceil((this.now() + DAY_MS) / 1_000) };
    return sampleEntry({ id, correlationId, failure, deadLetterQueueUrl: DEAD_LETTERS, ...times, ...over });
  }

  async #give(entry: LedgerEntry): Promise<void> {
    const { client, ledger: TableName } = this.tables;
    await client.send(new PutItemCommand({ TableName, Item: toItem(entry) }));
    const reason = entry.reason === 'exhausted' ? 'exhausted' : 'permanent';
    const { id, cycle, correlationId } = entry;
    this.sqs.send(DEAD_LETTERS, JSON.stringify(createDeadLetter(entry, { reason, now: this.now(), runbookUrl: 'r' })));
    this.arrivals.push({ id, cycle, correlationId, reason, at: this.now() });
  }

  async #work(): Promise<void> {
    const settings = sampleSettings();
    const options = { settings, deadLetterQueueUrl: DEAD_LETTERS, deadlineMs: DAY_MS, retentionMs: DAY_MS };
    while (!this.#isOver) {
      await this.time.sleep(LANE_POLL_MS);
      for (const body of this.sqs.drain(LANE_QUEUE)) {
        // An operator who changes the failure at this moment keeps the worker from it for a while.
        const intake = await ingest(body, this.ledger, options).catch(() => undefined);
        if (!intake) this.sqs.send(LANE_QUEUE, body);
        if (intake?.kind === 'open') await this.#reopen(intake.entry);
      }
    }
  }

  async #reopen(entry: LedgerEntry): Promise<void> {
    const { id, cycle } = entry;
    const isNew = !this.reopened.some((each) => each.id === id && each.cycle === cycle - 1);
    if (!isNew) return;
    this.reopened.push({ id, cycle: cycle - 1 });
    if (cycle > 2 || this.random() > FAILS_AGAIN) return;
    const settledAt = new Date(this.now()).toISOString();
    await this.#give({ ...entry, state: 'settled', outcome: 'dead-lettered', reason: 'exhausted', settledAt });
  }
}

function forEver(): Promise<void> {
  return new Promise(() => undefined);
}
