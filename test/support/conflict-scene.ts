import { randomUUID } from 'node:crypto';
import type { SQSRecord } from 'aws-lambda';
import { MemoryCircuitStore } from '../../lambdas/adapters/circuit/memory-circuit-store.ts';
import { type LanePorts, processLaneBatch } from '../../lambdas/adapters/lane/lane-batch.ts';
import { DynamoDBLedger } from '../../lambdas/adapters/ledger/dynamodb-ledger.ts';
import type { Failure, HttpOperation } from '../../lambdas/contract/failure.ts';
import type { LedgerEntry } from '../../lambdas/contract/ledger-entry.ts';
import type { Outcome } from '../../lambdas/contract/outcomes.ts';
import type { DependencySettings, HttpSettings } from '../../lambdas/contract/settings.ts';
import type { CallResult } from '../../lambdas/domain/boundary/call-result.ts';
import { writeFailure } from '../../lambdas/domain/boundary/failure-json.ts';
import type { Call } from '../../lambdas/use-cases/call.ts';
import { answerQuestion, type Decision } from '../../lambdas/use-cases/conflict/answer-question.ts';
import type { AskResolver } from '../../lambdas/use-cases/conflict/resolve-round.ts';
import { waitForDecision } from '../../lambdas/use-cases/conflict/wait-for-decision.ts';
import type { Ledger } from '../../lambdas/use-cases/ledger/ledger.ts';
import { type ReconcilePorts, type Repair, reconcile } from '../../lambdas/use-cases/recovery/reconciliation.ts';
import { settleFailure } from '../../lambdas/use-cases/recovery/settlement.ts';
import { attemptDurably, failureStatus, resolveDurably } from '../../lambdas/use-cases/recovery/warm-tier.ts';
import { Documents, type Write } from '../../tools/demo/documents.ts';
import { tripCircuit } from './circuits.ts';
import { type Fault, faultyProcess } from './faulty-client.ts';
import { json } from './json.ts';
import { keyOf, NOW, sampleFailure, sampleSettings } from './samples.ts';
import { RETENTION_MS, scenePorts } from './scene-ports.ts';
import type { Tables } from './tables.ts';

/**
 * A conflict from the message to the outcome. The scene holds a versioned document, a failure whose write lost a race,
 * and a clock.
 *
 *     const scene = new ConflictScene(tables, { conflict: MERGE });
 *     const failure = scene.race({ a: 1 }, { a: 2 }); // made for the first state; the second one is stored
 *     await scene.deliver(failure); // the lane's worker
 *     await scene.attempt(); // the machine's tasks: attempt, resolve, wait
 *     await scene.decide({ choice: 'ours' }); // the operator
 *
 * Each of these calls runs in its own process. `planned` injects a fault into one call of one process, see
 * `faulty-client.ts`.
 * `conflict-story.ts` runs the calls in sequence as queue, machine, human and reconciler do.
 */

const RECONCILE_AFTER_MS = 60_000;
export const DECISION_MS = 3 * 86_400_000;
const STATUS = { runbookUrl: 'runbook', random: () => 0, isRegistered: () => true };

/** The dependency's answer to a call. `forward` returns the default answer. */
export type AtCall = (operation: HttpOperation, forward: () => CallResult) => CallResult;

/** Fault of the nth process, from 1. */
export interface PlannedFault {
  readonly process: number;
  readonly fault: Fault;
}

/** A write that lost a race, on tables in memory, with its own clock and versioned documents. */
export class ConflictScene {
  readonly id = randomUUID();
  readonly path: string;
  readonly documents = new Documents();
  readonly settings: DependencySettings;
  /** All calls that reached the dependency. */
  readonly calls: HttpOperation[] = [];
  /** Tokens that woke the machine. */
  readonly woken: string[] = [];
  /** Names of each process's calls to DynamoDB. */
  readonly processes: (readonly string[])[] = [];
  readonly #circuits = new MemoryCircuitStore();
  readonly #tables: Tables;
  atCall: AtCall = (_, forward) => forward();
  askResolver: AskResolver = () => Promise.reject(new Error('nobody was to be asked'));
  planned: PlannedFault | undefined;
  /** Number of started executions. */
  started = 0;
  sentBack = 0;
  now = NOW;
  cycle = 1;

  constructor(tables: Tables, change: Partial<HttpSettings> = {}, kind = 'strong') {
    this.#tables = tables;
    this.path = `/documents/${kind}/${this.id}`;
    this.settings = sampleSettings({ conflict: { strategy: 'merge', arrayKeys: {}, sensitive: [] }, ...change });
  }

  get ledger(): Ledger {
    const { client, ledger: table } = this.#tables;
    return new DynamoDBLedger({ client, table, reconcileAfterMs: RECONCILE_AFTER_MS, now: () => this.now });
  }

  /** Writes that reached the dependency. */
  get writes(): readonly Write[] {
    return this.documents.writes;
  }

  /** Writes that succeeded. */
  get effects(): readonly Write[] {
    return this.writes.filter(({ status }) => status < 300);
  }

  /** Stores `theirs` (undefined: deletes the document), while our write still refers to `base`. @returns our failure */
  race(base: unknown, theirs: unknown, operation: Partial<HttpOperation> = {}): Failure {
    this.documents.put(this.path, base);
    const ifMatch = this.documents.etag(this.path);
    if (theirs === undefined) this.documents.delete(this.path);
    else this.documents.put(this.path, theirs);
    const write = {
      method: 'PUT',
      path: this.path,
      base: base === undefined ? undefined : json(base),
      ifMatch,
    } as const;
    return sampleFailure({ id: this.id, operation: { ...write, ...operation }, error: { statusCode: 412 } });
  }

  /** Delivers a message to the lane's worker. @returns whether the worker accepted it */
  deliver(message: object): Promise<boolean> {
    return this.process(async (ports) => {
      const record = { messageId: '1', body: writeFailure(message) } as SQSRecord;
      const { batchItemFailures } = await processLaneBatch([record], ports, () => 600_000);
      return batchItemFailures.length === 0;
    });
  }

  attempt(): Promise<{ outcome: Outcome }> {
    return this.process((ports) => attemptDurably(this.#ref, () => this.settings, ports));
  }

  resolve(): Promise<{ outcome: Outcome }> {
    return this.process((ports) => resolveDurably(this.#ref, () => this.settings, ports));
  }

  /** Starts the machine's wait for a decision. @returns its token */
  async wait(token = randomUUID()): Promise<string> {
    await this.process(() => waitForDecision(this.#ref, token, this.ledger));
    return token;
  }

  decide(decision: Partial<Decision>): Promise<unknown> {
    const given = {
      key: keyOf(this.id),
      id: this.id,
      choice: 'ours',
      by: 'ops',
      why: 'they said so',
      ...decision,
    } as const;
    return this.process(({ wake }) => answerQuestion(given, { ledger: this.ledger, wake }));
  }

  reconcile(status = 'RUNNING'): Promise<Repair> {
    return this.process(async (ports) =>
      reconcile(await this.entry(), { ...ports, executionStatus: async () => status }),
    );
  }

  /** Runs the machine's settle task. */
  settle(outcome: Outcome): Promise<unknown> {
    return this.process(async ({ effects }) => {
      const decision = { letter: (await this.standing()).letter };
      const settlement = { ...this.#ref, settlement: { outcome }, decision };
      return settleFailure(settlement, { ...STATUS, ledger: this.ledger, effects, send: async () => undefined });
    });
  }

  /** Publishes the dead letter's event, then redrives the dead letter. */
  async redrive(): Promise<boolean> {
    const { outbox } = await this.entry();
    if (outbox) await this.ledger.clearOutbox(keyOf(this.id), outbox.eventId);
    const { letter: deadLetter } = await this.standing();
    const taken = await this.deliver(deadLetter);
    this.cycle += 1;
    return taken;
  }

  standing() {
    return failureStatus(this.#ref, this.ledger, STATUS);
  }

  async entry(): Promise<LedgerEntry> {
    const entry = await this.ledger.get(keyOf(this.id));
    if (!entry) throw new Error('the ledger has no such failure');
    return entry;
  }

  /** Opens the circuit through the calls of other instances. */
  tripCircuit(): Promise<void> {
    return tripCircuit(this, this.#circuits, this.settings);
  }

  async circuit() {
    return (await this.#circuits.read(this.settings.name)).circuit;
  }

  /** Runs work in its own process. At most one process has a fault. */
  async process<T>(work: (ports: Ports) => Promise<T>): Promise<T> {
    const isPlanned = this.planned?.process === this.processes.length + 1;
    const faulty = faultyProcess(this.#tables.client, isPlanned ? this.planned?.fault : undefined);
    this.processes.push(faulty.calls);
    try {
      const result = await work(this.#ports(faulty.crashed));
      if (faulty.crashed()) throw new Error('the process is dead');
      return result;
    } finally {
      faulty.end();
    }
  }

  get #ref() {
    return { key: keyOf(this.id), cycle: this.cycle };
  }

  #call(operation: HttpOperation): CallResult {
    this.calls.push(operation);
    return this.atCall(operation, () => answerOf(this.documents, operation));
  }

  #ports(crashed: () => boolean): Ports {
    const alive = () => {
      if (crashed()) throw new Error('the process is dead');
    };
    const call: Call = async (operation, { timeoutMs }, _, depart) => {
      alive();
      depart(timeoutMs);
      return this.#call(operation);
    };
    const nothing = async () => undefined;
    const intake = { settings: this.settings, deadLetterQueueUrl: 'url', deadlineMs: 6 * 3_600_000 };
    return {
      ...scenePorts(this.#tables, {
        clock: this,
        circuits: this.#circuits,
        reconcileAfterMs: RECONCILE_AFTER_MS,
      }),
      conflicts: {
        read: call,
        decisionMs: DECISION_MS,
        deadlineMs: 6 * 3_600_000,
        askResolver: (...about) => this.askResolver(...about),
      },
      call,
      startRecovery: async () => {
        alive();
        this.started++;
      },
      wake: async (token) => {
        alive();
        this.woken.push(token);
      },
      intake: { ...intake, retentionMs: RETENTION_MS },
      keepRejected: async ({ reason }) => Promise.reject(new Error(reason.message)),
      parking: { park: () => Promise.reject(new Error('no cycle is spent')) },
      requeue: async () => void this.sentBack++,
      durableAttempts: () => this.settings.retry.durableAttempts,
      isRegistered: () => true,
      publish: unused,
      send: unused,
      lastResortQueueUrl: 'last',
      runbookUrl: 'runbook',
      executionStatus: nothing,
    };
  }
}

type Ports = LanePorts & ReconcilePorts;

const unused = () => Promise.reject(new Error('nothing was to be sent'));

function answerOf(documents: Documents, { method, path, headers, ifMatch, body }: HttpOperation): CallResult {
  const given = { 'content-type': 'application/json', ...headers };
  const sent = ifMatch === undefined ? given : { ...given, 'if-match': ifMatch };
  const reply = documents.answer(method, path, sent, body ?? '');
  const { status: statusCode } = reply;
  if (statusCode >= 300) return { kind: 'failed', error: { statusCode } };
  const text =
    reply.body === undefined ? {} : { body: { contentType: 'application/json', text: JSON.stringify(reply.body) } };
  return { kind: 'ok', statusCode, headers: reply.headers, ...text };
}
