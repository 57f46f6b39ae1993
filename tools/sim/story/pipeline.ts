import { MemoryCircuitStore } from '../../../lambdas/adapters/circuit/memory-circuit-store.ts';
import type { Rejected } from '../../../lambdas/adapters/lane/rejects.ts';
import { reconcileAll } from '../../../lambdas/adapters/recovery/reconcile-all.ts';
import { recoveryStarter } from '../../../lambdas/adapters/recovery/recovery-starter.ts';
import type { LedgerEntry, OutboxEntry } from '../../../lambdas/contract/ledger-entry.ts';
import { MAX_RECEIVE_COUNT } from '../../../lambdas/contract/limits.ts';
import type { HttpSettings } from '../../../lambdas/contract/settings.ts';
import type { GoodAnswer } from '../../../lambdas/use-cases/fallback/last-good.ts';
import type { Ledger } from '../../../lambdas/use-cases/ledger/ledger.ts';
import type { ConflictPorts } from '../../../lambdas/use-cases/recovery/attempt-operation.ts';
import { findOverdue } from '../../../lambdas/use-cases/recovery/reconciliation.ts';
import { Dependency } from '../cloud/dependency.ts';
import { Fleet } from '../cloud/fleet.ts';
import { StateError, type Task } from '../cloud/interpreter.ts';
import { Machine } from '../cloud/machines.ts';
import { MemoryEffects } from '../cloud/memory-effects.ts';
import { MemoryEntries } from '../cloud/memory-entries.ts';
import { Queue } from '../cloud/queue.ts';
import { Stream } from '../cloud/stream.ts';
import type { DeployedFunction, Deployment } from '../cloud/template.ts';
import type { Process } from '../world/process.ts';
import type { World } from '../world/world.ts';
import { handleLaneMessage, LANE_DLQ, LAST_RESORT, MACHINE_HANDLERS, openPorts, type Ports } from './functions.ts';
import type { Scenario } from './scenario.ts';
import { DEADLINE_MS, settingsOf } from './settings.ts';
import { MINUTE_MS, RECONCILE_EVERY_MS } from './times.ts';

/** An event on the bus. */
export interface Published {
  readonly id: string;
  readonly eventId: string;
  readonly outcome: string;
  readonly cycle: number;
}

/** One pipeline in a world: the services, and the functions that run the project's own code. */
export class Pipeline {
  readonly world: World;
  readonly settings: ReadonlyMap<string, HttpSettings>;
  readonly dependencies: ReadonlyMap<string, Dependency>;
  readonly entries: MemoryEntries;
  readonly effects = new MemoryEffects();
  readonly circuits = new MemoryCircuitStore();
  readonly answers = new Map<string, GoodAnswer>();
  readonly lane: Queue;
  readonly deadLetters: Queue;
  readonly machine: Machine;
  readonly rejected: Rejected[] = [];
  readonly parked: string[] = [];
  readonly lastResort: string[] = [];
  readonly bus: Published[] = [];
  /** Every dead letter that was ever written to the lane's queue. */
  readonly letters: string[] = [];
  onLetter: (body: string) => void = () => undefined;
  readonly #fleet: Fleet<Ports>;
  readonly #functions: ReadonlyMap<string, DeployedFunction>;
  readonly #roles: ReadonlyMap<string, string>;
  readonly #stream: Stream;
  #tokens = 0;
  #reconciling = 0;

  constructor(world: World, scenario: Scenario, { recovery, functions }: Deployment) {
    this.world = world;
    this.settings = settingsOf(scenario);
    const behaviours = { payments: scenario.payments, stock: scenario.stock, backup: scenario.backup };
    this.dependencies = new Map(
      Object.entries(behaviours).map(([name, behaviour]) => [name, new Dependency(world, name, behaviour)]),
    );
    this.#functions = new Map(Object.values(functions).map((each) => [each.role, each]));
    this.#roles = new Map(Object.entries(functions).map(([id, { role }]) => [`function:${id}`, role]));
    this.#stream = new Stream(world, (entry) => this.#publishOutbox(entry));
    this.entries = new MemoryEntries((after, before) => this.#noticed(after, before));
    this.machine = new Machine({
      world,
      definition: recovery,
      run: (task) => this.#runTask(task),
      onFailure: (input) => this.#reconcile(JSON.parse(input)),
    });
    this.#fleet = new Fleet(world, (process) => openPorts(this, process));
    this.deadLetters = new Queue({ world, name: LANE_DLQ, visibilityMs: 5 * MINUTE_MS });
    this.lane = new Queue({
      world,
      name: 'lane',
      visibilityMs: 6 * this.#timeoutOf('worker'),
      mostReceives: MAX_RECEIVE_COUNT,
      onDeadLetter: (body) => this.send(LANE_DLQ, body),
    });
    this.lane.consumedBy((message, receive) =>
      this.#invoke('worker', ({ ports, remainingMs }) => handleLaneMessage(message, receive, ports, remainingMs)),
    );
    this.#reconcileLater();
  }

  /** Whether nothing goes on and nothing is left to do. */
  get isQuiet(): boolean {
    const isBusy = this.lane.depth + this.machine.running + this.#reconciling + this.#stream.length > 0;
    if (isBusy) return false;
    for (const { state, outbox } of this.entries.all) if (state !== 'settled' || outbox) return false;
    return true;
  }

  newToken(): string {
    return `token-${++this.#tokens}`;
  }

  send(queue: string, body: string): void {
    this.world.note('queues', () => `${queue} has ${body.slice(0, 100)}`);
    switch (queue) {
      case LANE_DLQ:
        this.letters.push(body);
        this.deadLetters.send(body);
        return this.onLetter(body);
      case 'parked':
        return void this.parked.push(body);
      case LAST_RESORT:
        return void this.lastResort.push(body);
      default:
        throw new Error(`the simulation has no queue ${queue}`);
    }
  }

  /** Starts an execution as the project's adapter does. Of two starts with one name, the second does nothing. */
  startRecovery(entry: LedgerEntry): void {
    const send = async ({ input }: { input: { name: string; input: string } }) =>
      this.machine.start(input.name, input.input);
    // The client answers at once, so that the whole start is one request.
    void recoveryStarter({ send } as never, 'machine')(entry);
  }

  wake(token: string): void {
    try {
      this.machine.completeTask(token);
    } catch (error) {
      if (!(error instanceof StateError)) throw error;
    }
  }

  async publish(process: Process, id: string, { detail, eventId }: OutboxEntry, ledger: Pick<Ledger, 'clearOutbox'>) {
    await process.request('bus.put', () => void this.bus.push(JSON.parse(detail)));
    await ledger.clearOutbox(id, eventId);
  }

  conflictsOf(_: Process): ConflictPorts {
    return {
      read: () => Promise.reject(new Error('no scenario reads a state')),
      askResolver: () => Promise.reject(new Error('no scenario has a resolver')),
      decisionMs: 3 * DEADLINE_MS,
      deadlineMs: DEADLINE_MS,
    };
  }

  #timeoutOf(role: string): number {
    const found = this.#functions.get(role);
    if (!found) throw new Error(`the template has no function ${role}`);
    return found.timeoutMs;
  }

  #invoke<T>(role: string, work: Parameters<Fleet<Ports>['invoke']>[2]): Promise<T> {
    return this.#fleet.invoke(role, this.#timeoutOf(role), work) as Promise<T>;
  }

  async #runTask({ resource, input }: Task): Promise<unknown> {
    const role = this.#roles.get(resource);
    const handler = role === undefined ? undefined : MACHINE_HANDLERS[role];
    if (role !== undefined && handler) {
      return this.#invoke(role, ({ ports, remainingMs }) => handler(input, ports, remainingMs));
    }
    const { Payload, FunctionName } = input as { readonly Payload?: unknown; readonly FunctionName?: string };
    switch (resource.replace(/^arn:aws:states:::/, '')) {
      case 'lambda:invoke':
        return this.#runTask({ resource: FunctionName ?? '', input: Payload } as Task);
      case 'sqs:sendMessage':
        return this.#sendFromMachine(input as { readonly QueueUrl: string; readonly MessageBody: unknown });
      case 'sns:publish':
        return {};
      default:
        throw new Error(`the simulation can't run the task ${resource}`);
    }
  }

  /** The machine's own integration with SQS. An answer that is lost makes the machine send once more. */
  async #sendFromMachine({ QueueUrl, MessageBody }: { readonly QueueUrl: string; readonly MessageBody: unknown }) {
    const queue = QueueUrl === LANE_DLQ ? LANE_DLQ : LAST_RESORT;
    const fault = this.world.faults.strike(`machine sends to ${queue}`, ['fails-before', 'fails-after']);
    await this.world.sleep(20);
    if (fault === 'fails-before') throw new StateError('SQS.ServiceUnavailable', 'the queue failed');
    this.send(queue, JSON.stringify(MessageBody));
    if (fault === 'fails-after') throw new StateError('SQS.ServiceUnavailable', 'the queue failed');
    return {};
  }

  #noticed(after: LedgerEntry, before: LedgerEntry | undefined): void {
    this.world.note('ledger', () => summaryOf(after));
    if (after.outbox && after.outbox.eventId !== before?.outbox?.eventId) this.#stream.add(after);
  }

  #publishOutbox({ id, outbox }: LedgerEntry): Promise<void> {
    return this.#invoke('publisher', async ({ ports }) => {
      if (outbox) await ports.publish(id, outbox);
    });
  }

  #reconcileLater(): void {
    this.world.after(RECONCILE_EVERY_MS, () => {
      this.#reconcile();
      this.#reconcileLater();
    });
  }

  /** Invokes the reconciler: for one failed execution, or for all that is overdue. Lambda retries it twice. */
  #reconcile(failed?: { readonly id: string; readonly cycle: number }, retries = 2): void {
    this.#reconciling++;
    const work = this.#invoke('reconciler', async ({ ports }) => {
      const ids = failed ? [failed.id] : await findOverdue(ports.ledger);
      await reconcileAll(ids, ports, failed?.cycle);
    });
    work.then(
      () => this.#reconciling--,
      () => {
        this.#reconciling--;
        if (retries > 0) this.world.after(MINUTE_MS * (3 - retries), () => this.#reconcile(failed, retries - 1));
      },
    );
  }
}

function summaryOf(entry: LedgerEntry): string {
  const { id, state, tier, cycle, attempts, attemptLimit, inFlight, uncertain, held, outcome, reason, undo } = entry;
  const facts = [
    `${id}: ${state} ${tier}, cycle ${cycle}, attempts ${attempts}/${attemptLimit}`,
    inFlight && `in flight ${inFlight.token}`,
    uncertain && `uncertain: ${uncertain}`,
    held && `held: ${held}`,
    outcome && `outcome: ${outcome} ${reason ?? ''}`,
    undo && `undo: ${undo.steps.map((step) => step.state).join(' ')}`,
  ];
  return facts.filter((fact) => fact !== undefined && fact !== '').join(', ');
}
