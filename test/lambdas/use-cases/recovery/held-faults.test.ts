import { randomUUID } from 'node:crypto';
import type { SQSRecord } from 'aws-lambda';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { DynamoDBCircuitStore } from '../../../../lambdas/adapters/circuit/dynamodb-circuit-store.ts';
import { type LanePorts, processLaneBatch } from '../../../../lambdas/adapters/lane/lane-batch.ts';
import type { Failure } from '../../../../lambdas/contract/failure.ts';
import { failureKey } from '../../../../lambdas/contract/failure-key.ts';
import type { LedgerEntry } from '../../../../lambdas/contract/ledger-entry.ts';
import type { DependencySettings } from '../../../../lambdas/contract/settings.ts';
import { writeFailure } from '../../../../lambdas/domain/boundary/failure-json.ts';
import { NO_CONFLICTS } from '../../../support/conflicts.ts';
import { type Fault, faultyProcess, modesAt } from '../../../support/faulty-client.ts';
import { NOW, sampleFailure, sampleSettings } from '../../../support/samples.ts';
import { RETENTION_MS, scenePorts } from '../../../support/scene-ports.ts';
import { startTables, type Tables } from '../../../support/tables.ts';

let tables: Tables;
beforeAll(async () => {
  tables = await startTables();
});
afterAll(() => tables.stop());
// Silences the worker's metrics.
beforeEach(() => void vi.spyOn(console, 'log').mockReturnValue());
afterEach(() => void vi.restoreAllMocks());

/** Twice the number of deliveries before a message becomes a dead letter. */
const MOST_DELIVERIES = 10;

/** A fault of the nth delivery, from 1: in a call to DynamoDB, or when the message returns to the lane. */
interface PlannedFault {
  readonly delivery: number;
  readonly at: Fault | 'send back, before' | 'send back, after';
}

type Message = Pick<SQSRecord, 'messageId' | 'body' | 'messageAttributes'>;

/** The final state of a failure. */
interface Story {
  readonly entry: LedgerEntry | undefined;
  readonly effects: number;
  /** Number of started executions. */
  readonly started: number;
  /** Number of messages still in the lane. */
  readonly left: number;
  /** Names of each delivery's calls to DynamoDB. */
  readonly calls: readonly (readonly string[])[];
}

/** A failure whose circuit is open, in a lane that delivers until it is empty. The dependency has recovered. */
class HeldFailure {
  readonly #failure: Failure;
  readonly #settings: DependencySettings;
  readonly #queue: Message[];
  #sent = 0;
  readonly #calls: (readonly string[])[] = [];
  readonly #fault: PlannedFault | undefined;
  now = NOW;
  #effects = 0;
  #started = 0;

  constructor(operation: Failure['operation'], fault?: PlannedFault) {
    const dependency = `d-${randomUUID()}`;
    this.#settings = sampleSettings({ name: dependency });
    const error = { statusCode: 429, headers: { 'retry-after': '0' } };
    this.#failure = sampleFailure({ id: randomUUID(), dependency, operation, error });
    this.#queue = [this.#message(0)];
    this.#fault = fault;
  }

  async story(): Promise<Story> {
    await this.#tripCircuit();
    for (let delivery = 1; delivery <= MOST_DELIVERIES && this.#queue.length > 0; delivery++) {
      await this.#deliver(this.#fault?.delivery === delivery ? this.#fault.at : undefined);
      // Exceeds the circuit's open time and the maximum duration of a call.
      this.now += 600_000;
    }
    const entry = await this.#stores().ledger.get(failureKey(this.#failure));
    const [effects, started, left] = [this.#effects, this.#started, this.#queue.length];
    return { entry, effects, started, left, calls: this.#calls };
  }

  /** Delivers a message in a new process, which knows nothing about the circuit. */
  async #deliver(fault: PlannedFault['at'] | undefined): Promise<void> {
    const message = this.#queue.shift() ?? this.#message(0);
    const process = faultyProcess(tables.client, typeof fault === 'object' ? fault : undefined);
    try {
      const ports = this.#ports(process.crashed, fault);
      const { batchItemFailures } = await processLaneBatch([message as SQSRecord], ports, () => 600_000);
      if (process.crashed() || batchItemFailures.length > 0) this.#queue.push(message);
    } finally {
      process.end();
      this.#calls.push(process.calls);
    }
  }

  #ports(crashed: () => boolean, fault: PlannedFault['at'] | undefined): LanePorts {
    const intake = { settings: this.#settings, deadLetterQueueUrl: 'url', deadlineMs: 6 * 3_600_000 };
    const alive = () => {
      if (crashed()) throw new Error('the process is dead');
    };
    return {
      ...this.#stores(),
      conflicts: NO_CONFLICTS,
      call: async ({ method }) => {
        alive();
        // A repeated PUT has no further effect.
        this.#effects = method === 'PUT' ? 1 : this.#effects + 1;
        return { kind: 'ok', statusCode: 200 };
      },
      startRecovery: async () => {
        alive();
        this.#started++;
      },
      intake: { ...intake, retentionMs: RETENTION_MS },
      keepRejected: async ({ reason }) => {
        throw new Error(reason.message);
      },
      parking: { park: () => Promise.reject(new Error('no cycle is spent')) },
      requeue: async ({ copy }) => {
        alive();
        if (fault !== 'send back, before') this.#queue.push(this.#message(copy));
        if (typeof fault === 'string') throw new Error('SQS does not answer');
      },
    };
  }

  #message(copy: number): Message {
    const messageAttributes = { copy: { dataType: 'Number', stringValue: String(copy) } };
    return {
      messageId: `m-${++this.#sent}`,
      body: writeFailure(this.#failure),
      messageAttributes,
    } as unknown as Message;
  }

  /** The stores of a new process. */
  #stores() {
    const circuits = new DynamoDBCircuitStore({ client: tables.client, table: tables.circuits });
    return scenePorts(tables, { clock: this, circuits, reconcileAfterMs: 1_000 });
  }

  /** Opens the circuit through the calls of another instance. */
  async #tripCircuit(): Promise<void> {
    const elsewhere = this.#stores().circuits.of(this.#settings);
    for (let n = 0; n < 5; n++) {
      const answer = await elsewhere.tryAcquire();
      if (answer.admitted) await elsewhere.failed(answer.permit);
    }
  }
}

const OPERATIONS: readonly [string, Failure['operation']][] = [
  ['a POST', { method: 'POST', path: '/charges' }],
  ['a PUT', { method: 'PUT', path: '/orders/1' }],
];

function endsOnce({ entry, effects, started, left }: Story, where: string): void {
  expect(left, where).toBe(0);
  expect(effects, where).toBeLessThanOrEqual(1);
  if (entry?.state === 'settled') {
    expect([entry.outcome, effects], where).toEqual(['recovered', 1]);
  } else {
    // Nothing may repeat the interrupted call. The machine alerts a human.
    expect([entry?.tier, entry?.uncertain, started > 0], where).toEqual(['warm', 'attempt', true]);
  }
}

describe.each(OPERATIONS)('%s that is held, sent back and healed', (_, operation) => {
  it('takes two deliveries', async () => {
    const { entry, effects, calls } = await new HeldFailure(operation).story();
    expect(calls).toHaveLength(2);
    expect(entry).toMatchObject({ outcome: 'recovered', attempts: 1, tier: 'hot' });
    expect(entry?.trail.map(({ step }) => step)).toEqual(['received', 'held', 'settled']);
    expect(effects).toBe(1);
  });

  it('ends once, with one effect, whichever call to DynamoDB fails and however', async () => {
    const { calls } = await new HeldFailure(operation).story();
    for (const [n, names] of calls.entries()) {
      for (const [index, name] of names.entries()) {
        for (const mode of modesAt(index)) {
          const at = { call: index + 1, mode };
          const story = await new HeldFailure(operation, { delivery: n + 1, at }).story();
          endsOnce(story, `${name} (call ${index + 1} of delivery ${n + 1}) ${mode}`);
        }
      }
    }
  });

  it.each(['send back, before', 'send back, after'] as const)('ends once where SQS fails to %s', async (at) => {
    const story = await new HeldFailure(operation, { delivery: 1, at }).story();
    endsOnce(story, at);
    expect(story.entry).toMatchObject({ outcome: 'recovered', attempts: 1 });
  });
});
