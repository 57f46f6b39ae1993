import { randomUUID } from 'node:crypto';
import type { SQSRecord } from 'aws-lambda';
import { MemoryCircuitStore } from '../../lambdas/adapters/circuit/memory-circuit-store.ts';
import { type LanePorts, processLaneBatch } from '../../lambdas/adapters/lane/lane-batch.ts';
import type { Rejected } from '../../lambdas/adapters/lane/rejects.ts';
import { parking } from '../../lambdas/adapters/redrive/parking.ts';
import type { LedgerEntry } from '../../lambdas/contract/ledger-entry.ts';
import type { DependencySettings } from '../../lambdas/contract/settings.ts';
import type { CallResult, PendingCall } from '../../lambdas/domain/boundary/call-result.ts';
import { writeFailure } from '../../lambdas/domain/boundary/failure-json.ts';
import type { LaneMessage } from '../../lambdas/domain/ledger/ledger-changes.ts';
import { applyEvent } from '../../lambdas/use-cases/circuit/apply-event.ts';
import { drawRetry } from '../../lambdas/use-cases/circuit/draw-retry.ts';
import type { FailureRef } from '../../lambdas/use-cases/ledger/failure-ref.ts';
import type { Ledger } from '../../lambdas/use-cases/ledger/ledger.ts';
import { settleFailure } from '../../lambdas/use-cases/recovery/settlement.ts';
import { attemptDurably, failureStatus } from '../../lambdas/use-cases/recovery/warm-tier.ts';
import { tripCircuit } from './circuits.ts';
import { NO_CONFLICTS } from './conflicts.ts';
import { keyOf, NOW, sampleFailure, sampleSettings } from './samples.ts';
import { RETENTION_MS, scenePorts } from './scene-ports.ts';
import type { Tables } from './tables.ts';

/**
 * One failure in lane and machine. The test plays SQS and Step Functions: it makes their calls and moves the clock.
 *
 *     const scene = new RecoveryScene(tables, async () => ({ kind: 'ok', statusCode: 200 }));
 *     await scene.report({ error: { statusCode: 503 } }); // SQS delivers the message
 *     scene.now += 60_000; // time passes
 *     await scene.attempt(); // the machine's task
 *     const letter = await scene.letter(); // the catch block's dead letter
 *     await scene.settleAsDead(); // the finally block
 *     await scene.deliver(letter); // a redrive
 */

const STATUS = { runbookUrl: 'runbook', random: () => 0, isRegistered: () => true };

/** One failure on its way through lane and machine, on tables in memory, with its own clock. */
export class RecoveryScene {
  readonly id: string;
  readonly ledger: Ledger;
  readonly rejected: Rejected[] = [];
  readonly parked: string[] = [];
  readonly sentBack: { readonly body: string; readonly delayMs: number; readonly copy: number }[] = [];
  now = NOW;
  calls = 0;
  readonly #ports: LanePorts;
  readonly #circuits = new MemoryCircuitStore();
  readonly #ref: FailureRef;

  /** @param answer The dependency's answer to a call. A call without an answer represents a crashed process. */
  constructor(
    tables: Tables,
    answer: (entry: LedgerEntry) => Promise<CallResult | PendingCall>,
    settings: DependencySettings = sampleSettings(),
    id: string = randomUUID(),
  ) {
    this.id = id;
    this.#ref = { key: keyOf(this.id, { dependency: settings.name }), cycle: 1 };
    const stores = scenePorts(tables, { clock: this, circuits: this.#circuits, reconcileAfterMs: 1_000 });
    this.ledger = stores.ledger;
    this.#ports = {
      ...stores,
      conflicts: NO_CONFLICTS,
      call: async (_, { timeoutMs }, entry, depart) => {
        depart(timeoutMs);
        this.calls++;
        return answer(entry);
      },
      startRecovery: async () => undefined,
      intake: {
        settings,
        deadLetterQueueUrl: 'url',
        deadlineMs: 6 * 3_600_000,
        retentionMs: RETENTION_MS,
        kindOf: (name) => (name === settings.name ? settings.kind : undefined),
      },
      keepRejected: async (each) => void this.rejected.push(each),
      parking: parking({
        ledger: this.ledger,
        runbookUrl: 'runbook',
        keep: async (body) => void this.parked.push(body),
      }),
      requeue: async (message) => void this.sentBack.push(message),
    };
  }

  /** Delivers a message to the lane's worker. @returns whether the worker accepted it */
  async deliver(message: object, { messageId, copy }: LaneMessage = { messageId: '1', copy: 0 }): Promise<boolean> {
    const messageAttributes = copy === 0 ? {} : { copy: { dataType: 'Number', stringValue: String(copy) } };
    const record = { messageId, messageAttributes, body: writeFailure(message) } as unknown as SQSRecord;
    const { batchItemFailures } = await processLaneBatch([record], this.#ports, () => 600_000);
    return batchItemFailures.length === 0;
  }

  report(change: Parameters<typeof sampleFailure>[0] = {}): Promise<boolean> {
    return this.deliver(sampleFailure({ id: this.id, ...change }));
  }

  attempt(): Promise<unknown> {
    return attemptDurably(this.#ref, () => this.#ports.intake.settings, this.#ports);
  }

  /** The machine's report on the failure's state. */
  standing() {
    return failureStatus(this.#ref, this.ledger, STATUS);
  }

  /** The dead letter that the machine's catch block writes. */
  async deadLetter() {
    return (await this.standing()).letter;
  }

  /** Reports a failure with another id. */
  deliverAnother(): Promise<boolean> {
    return this.deliver(sampleFailure({ id: randomUUID() }));
  }

  /** Opens the circuit through the calls of other instances. */
  tripCircuit(): Promise<void> {
    return tripCircuit(this, this.#circuits, this.#ports.intake.settings);
  }

  /** Forces the circuit open, whatever the dependency does. */
  async forceCircuitOpen(forMs: number): Promise<void> {
    const { name, circuit: policy } = this.#ports.intake.settings;
    const watcher = { changed: () => undefined, unreachable: () => undefined };
    const forced = { type: 'forced', to: 'open', until: this.now + forMs, reason: 'test', by: 'test' } as const;
    await applyEvent(name, { ...forced, now: this.now }, { policy, store: this.#circuits, watcher });
  }

  async circuitKind() {
    return (await this.#circuits.read(this.#ports.intake.settings.name)).circuit.kind;
  }

  /** Takes a token from the retry budget, including saved ones. */
  async drawRetry(): Promise<void> {
    const { name, retryBudget } = this.#ports.intake.settings;
    await drawRetry(name, retryBudget, { store: this.#circuits, now: this.now });
  }

  /** Announces a call whose process then crashes. */
  async interruptCall(): Promise<void> {
    await this.ledger.beginAttempt(await this.entry(), { token: 'dead', until: this.now + 1_000 });
  }

  /** Settles the failure as dead, like the machine after its catch block, and publishes the event. */
  async settleAsDead(): Promise<void> {
    const send = async () => undefined;
    await settleFailure(
      { ...this.#ref, error: {} },
      { ...STATUS, ledger: this.ledger, effects: this.#ports.effects, send },
    );
    await this.ledger.clearOutbox(this.#ref.key, `${this.#ref.key}.1.dead-lettered`);
  }

  async entry(): Promise<LedgerEntry> {
    const entry = await this.ledger.get(this.#ref.key);
    if (!entry) throw new Error('the ledger has no such failure');
    return entry;
  }
}
