import type { Rejected } from '../../../lambdas/adapters/lane/rejects.ts';
import { recoveryStarter } from '../../../lambdas/adapters/recovery/recovery-starter.ts';
import type { Choice } from '../../../lambdas/contract/conflict-record.ts';
import { type FailureKey, failureKey } from '../../../lambdas/contract/failure-key.ts';
import type { LedgerEntry, OutboxEntry } from '../../../lambdas/contract/ledger-entry.ts';
import { MAX_RECEIVE_COUNT } from '../../../lambdas/contract/limits.ts';
import type { HttpSettings } from '../../../lambdas/contract/settings.ts';
import type { StepProgress } from '../../../lambdas/contract/undo-progress.ts';
import type { QuestionedEntry } from '../../../lambdas/domain/ledger/ledger-changes.ts';
import type { GoodAnswer } from '../../../lambdas/use-cases/fallback/last-good.ts';
import { type CircuitOutbox, CircuitTable } from '../cloud/circuit-table.ts';
import type { Definition } from '../cloud/definition.ts';
import { Dependency } from '../cloud/dependency.ts';
import { StateError, type Task } from '../cloud/interpreter.ts';
import { ItemTables } from '../cloud/item-tables.ts';
import { Machine } from '../cloud/machines.ts';
import { MemoryEffects } from '../cloud/memory-effects.ts';
import { MemoryEntries, type OnWrite } from '../cloud/memory-entries.ts';
import { MemoryOperations } from '../cloud/memory-operations.ts';
import { type Message, Queue } from '../cloud/queue.ts';
import type { World } from '../world/world.ts';
import { Alerts } from './alerts.ts';
import type { Orders } from './orders.ts';
import type { MissingCheck } from './ports.ts';
import type { Deploy, Scenario } from './scenario.ts';
import { settingsAfter, settingsOf } from './settings.ts';
import { MINUTE_MS } from './times.ts';

/** An event on the bus. */
export interface Published {
  readonly id: string;
  readonly eventId: string;
  readonly outcome: string;
  readonly cycle: number;
}

/** An answer to a question. */
export interface Answered {
  readonly key: FailureKey;
  readonly question: string;
  readonly choice: Choice;
  /** Version of the state that the human saw. */
  readonly version: string | undefined;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** What the services ask of the functions. */
interface Consumers {
  readonly onWrite: OnWrite;
  readonly runTask: (task: Task) => Promise<unknown>;
  readonly onFailedExecution: (input: string) => void;
  readonly onCircuitChange: (change: CircuitOutbox) => void;
}

interface ServicesOptions extends Consumers {
  readonly scenario: Scenario;
  readonly recovery: Definition;
  readonly workerTimeoutMs: number;
  readonly missing: MissingCheck | undefined;
}

export const LANE_DLQ = 'dead-letters';
export const LAST_RESORT = 'last-resort';
export const PARKED = 'parked';

/** The services that the functions of one pipeline share, and what they hold. */
export class Services {
  readonly world: World;
  /** The config that a function gets when it starts. */
  settings: ReadonlyMap<string, HttpSettings>;
  readonly dependencies: ReadonlyMap<string, Dependency>;
  readonly entries: MemoryEntries | ItemTables;
  readonly effects: MemoryEffects | ItemTables;
  /** Present if operations have items of their own. */
  readonly operations: MemoryOperations | undefined;
  /** True times of the first success in each record of the effects table, and of the last giving up of each failure. */
  readonly knownAt = new Map<string, number>();
  readonly givenUpAt = new Map<FailureKey, number>();
  readonly circuits: CircuitTable;
  /** @default - no notifier */
  readonly alerts: Alerts | undefined;
  /** Set by the pipeline, if the story has a saga. */
  orders: Orders | undefined;
  readonly goodAnswers = new Map<string, GoodAnswer>();
  readonly lane: Queue;
  /** The queue behind the sorter of an ordered lane. */
  readonly ordered: Queue;
  readonly deadLetters: Queue;
  readonly machine: Machine;
  readonly rejected: Rejected[] = [];
  readonly parked: string[] = [];
  readonly lastResort: string[] = [];
  readonly bus: Published[] = [];
  /** Every dead letter that was ever written to the lane's queue. */
  readonly letters: string[] = [];
  readonly missing: MissingCheck | undefined;
  /** The answers in the ledger, and those of which their humans heard that they count. */
  readonly decided: Answered[] = [];
  readonly confirmed: Answered[] = [];
  /** True times between which a failure of an ordered lane was open: from its first claim to its first outcome. */
  readonly open = new Map<FailureKey, { readonly from: number; until: number }>();
  /** Whether functions that start now are of an earlier version. */
  isOlder: boolean;
  onLetter: (message: Message) => void = () => undefined;
  onQuestion: (entry: QuestionedEntry) => void = () => undefined;
  readonly #forwarded = new Map<string, number>();
  #payments: HttpSettings;
  #tokens = 0;

  constructor(world: World, { scenario, recovery, workerTimeoutMs, missing, ...consumers }: ServicesOptions) {
    this.world = world;
    this.missing = missing;
    this.isOlder = scenario.startsOlder ?? false;
    this.circuits = new CircuitTable(consumers.onCircuitChange);
    this.alerts = scenario.tellsHumans ? new Alerts(world) : undefined;
    this.settings = settingsOf(scenario);
    this.#payments = this.settings.get('payments') as HttpSettings;
    const behaviours = { payments: scenario.payments, stock: scenario.stock, backup: scenario.backup };
    this.dependencies = new Map(
      Object.entries(behaviours).map(([name, behaviour]) => [name, new Dependency(world, name, behaviour)]),
    );
    const onSuccess = (id: string) => {
      if (!this.knownAt.has(id)) this.knownAt.set(id, world.now);
    };
    const onWrite: OnWrite = (after, before) => this.#notice(after, before, consumers.onWrite);
    if (scenario.storesItems) {
      this.entries = new ItemTables({ onWrite, onSuccess });
      this.effects = this.entries;
    } else {
      this.entries = new MemoryEntries(onWrite);
      this.effects = new MemoryEffects(onSuccess);
    }
    this.operations = scenario.storesApart ? new MemoryOperations() : undefined;
    this.machine = new Machine({
      world,
      definition: recovery,
      run: consumers.runTask,
      onFailure: consumers.onFailedExecution,
    });
    this.deadLetters = new Queue({ world, name: LANE_DLQ, visibilityMs: 5 * MINUTE_MS });
    this.ordered = new Queue({ world, name: 'ordered', visibilityMs: 6 * workerTimeoutMs, isFifo: true });
    this.lane = new Queue({
      world,
      name: 'lane',
      visibilityMs: 6 * workerTimeoutMs,
      mostReceives: MAX_RECEIVE_COUNT,
      onDeadLetter: (body) => this.send(LANE_DLQ, body),
    });
  }

  get lastPayments(): HttpSettings {
    return this.#payments;
  }

  /** Functions that start from now on have another config. */
  deploy(change: Deploy): void {
    this.isOlder = false;
    this.settings = settingsAfter(this.settings, change);
    this.#payments = this.settings.get('payments') ?? this.#payments;
    this.world.note('operator', () => `deploys ${JSON.stringify(change)}`);
  }

  /** Sends to the ordered queue, which drops a second message of a name for five minutes. */
  forward(body: string, group: string, name: string): void {
    const { now } = this.world;
    if (now < (this.#forwarded.get(name) ?? 0) + 5 * MINUTE_MS) return;
    this.#forwarded.set(name, now);
    this.ordered.send(body, { group });
  }

  newToken(): string {
    return `token-${++this.#tokens}`;
  }

  #notice(after: LedgerEntry, before: LedgerEntry | undefined, onWrite: OnWrite): void {
    const key = failureKey(after);
    if (isGivenUp(after, before)) this.givenUpAt.set(key, this.world.now);
    this.#noteOpen(key, after, before);
    this.#noteQuestion(key, after, before);
    onWrite(after, before);
  }

  #noteQuestion(key: FailureKey, after: LedgerEntry, before: LedgerEntry | undefined): void {
    const { question } = after;
    if (!question) return;
    if (question.id !== before?.question?.id) this.onQuestion({ ...after, question });
    const { answer, id, version } = question;
    if (!answer || before?.question?.answer) return;
    this.decided.push({ key, question: id, choice: answer.choice, version, at: this.world.now });
  }

  /** A failure that waits for a human makes room, and so does one that nothing holds in its queue any more. */
  #noteOpen(key: FailureKey, after: LedgerEntry, before: LedgerEntry | undefined): void {
    const known = this.open.get(key);
    const { now } = this.world;
    if (!known) this.open.set(key, { from: now, until: Number.POSITIVE_INFINITY });
    else if (after.state === 'settled' && before?.state === 'open') known.until = Math.min(known.until, now);
  }

  /** Sends a message to a queue without a consumer. */
  send(queue: string, body: string): void {
    this.world.note('queues', () => `${queue} has ${body.slice(0, 100)}`);
    const kept = { [LANE_DLQ]: this.letters, [PARKED]: this.parked, [LAST_RESORT]: this.lastResort }[queue];
    if (!kept) throw new Error(`the simulation has no queue ${queue}`);
    kept.push(body);
    if (queue !== LANE_DLQ) return;
    this.onLetter(this.deadLetters.send(body));
  }

  /** Starts an execution as the project's adapter does. Of two starts with one name, the second does nothing. */
  startRecovery(entry: LedgerEntry): void {
    const send = async ({ input }: { input: { name: string; input: string } }) =>
      this.machine.start(input.name, input.input);
    // The client answers at once, so that the whole start is one request.
    void recoveryStarter({ send } as never, 'machine')(entry);
  }

  /** Completes a task, unless nothing waits for its token any more. */
  wake(token: string): void {
    try {
      this.machine.completeTask(token);
    } catch (error) {
      if (!(error instanceof StateError)) throw error;
    }
  }

  publish({ detailType, detail }: OutboxEntry): void {
    this.bus.push(JSON.parse(detail));
    this.alerts?.hear(detailType, detail);
  }
}

/** Whether a write decides against the operation: it begins an undo, or settles without one. */
function isGivenUp(after: LedgerEntry, before: LedgerEntry | undefined): boolean {
  const hasBegun = after.undo !== undefined && after.undo.cycle !== before?.undo?.cycle;
  if (hasBegun) return before?.undo === undefined || before.undo.steps.every(isStillDone);
  return after.undo === undefined && after.state === 'settled' && before?.state !== 'settled';
}

/** Whether no call can have undone the step. */
function isStillDone({ state, because }: StepProgress): boolean {
  return state === 'skipped' || state === 'open' || (state === 'failed' && because !== 'unknown-result');
}
