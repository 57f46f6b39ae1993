import { reconcileAll } from '../../../lambdas/adapters/recovery/reconcile-all.ts';
import { failureKey } from '../../../lambdas/contract/failure-key.ts';
import type { LedgerEntry } from '../../../lambdas/contract/ledger-entry.ts';
import { iso } from '../../../lambdas/contract/time.ts';
import { effectiveCircuit } from '../../../lambdas/domain/circuit/effective-circuit.ts';
import { publishLateChanges } from '../../../lambdas/use-cases/circuit/publish-late-changes.ts';
import { settleCircuits } from '../../../lambdas/use-cases/circuit/settle-circuits.ts';
import { type FailureRef, failureRef } from '../../../lambdas/use-cases/ledger/failure-ref.ts';
import { overdue } from '../../../lambdas/use-cases/recovery/reconciliation.ts';
import type { CircuitOutbox } from '../cloud/circuit-table.ts';
import { Fleet, type Invocation } from '../cloud/fleet.ts';
import { StateError, type Task } from '../cloud/interpreter.ts';
import type { Consumer } from '../cloud/queue.ts';
import { Stream } from '../cloud/stream.ts';
import type { DeployedFunction, Deployment } from '../cloud/template.ts';
import { READ_FAULTS } from '../world/faults.ts';
import type { Process } from '../world/process.ts';
import type { World } from '../world/world.ts';
import { type Alerts, handleSignal } from './alerts.ts';
import { handleLaneMessage, MACHINE_HANDLERS, openPorts, type Ports, sortLaneMessage } from './functions.ts';
import { olderInput } from './older-version.ts';
import { Orders } from './orders.ts';
import { type MissingCheck, SILENT_WATCHER, storeOf } from './ports.ts';
import type { Deploy, SagaStory, Scenario } from './scenario.ts';
import { LANE_DLQ, LAST_RESORT, Services } from './services.ts';
import { MINUTE_MS, RECONCILE_EVERY_MS } from './times.ts';

/** Only an ordered lane has a sorter, and the template of the simulation has none. */
const SORTER_MS = 30_000;

/** One pipeline in a world: services, and the functions that run the project's own code. */
export class Pipeline {
  readonly services: Services;
  readonly #world: World;
  readonly #functions: Deployment['functions'];
  readonly #byRole = new Map<string, DeployedFunction>();
  readonly #fleet: Fleet<Ports>;
  readonly #stream: Stream<LedgerEntry>;
  readonly #circuitStream: Stream<CircuitOutbox>;
  #reconciling = 0;

  constructor(world: World, scenario: Scenario, deployment: Deployment, missing?: MissingCheck) {
    const { functions } = deployment;
    this.#world = world;
    this.#functions = functions;
    this.#stream = new Stream(world, 'stream', (entry) => this.#publish(entry));
    this.#circuitStream = new Stream(world, 'circuit stream', ({ key, outbox }) =>
      this.#invoke('publisher', ({ ports }) => ports.publishChange(key, outbox)),
    );
    this.services = new Services(world, {
      scenario,
      recovery: scenario.hasMachineBefore ? deployment.recoveryBefore : deployment.recovery,
      missing,
      workerTimeoutMs: this.#function('worker').timeoutMs,
      onWrite: (after, before) => this.#noticed(after, before),
      runTask: (task) => this.#runTask(task),
      onCircuitChange: (change) => this.#circuitStream.add(change),
      onFailedExecution: (input) => this.#reconcile(failureRef(JSON.parse(input))),
    });
    this.#fleet = new Fleet(world, (process) => openPorts(this.services, process));
    const { lane, ordered } = this.services;
    const sort: Consumer = (message) =>
      this.#fleet.invoke('sorter', SORTER_MS, ({ ports }) => sortLaneMessage(message, ports));
    const work: Consumer = (message, receive) =>
      this.#invoke('worker', ({ ports, remainingMs }) => handleLaneMessage(message, receive, ports, remainingMs));
    lane.consumedBy(scenario.isOrdered ? sort : work);
    ordered.consumedBy(work);
    this.services.alerts?.queue.consumedBy((message, receive) =>
      this.#invoke(
        'notifier',
        async ({ ports: { notifier } }) => notifier !== undefined && handleSignal(message, receive, notifier),
      ),
    );
    this.services.orders = scenario.saga && this.#startOrders(scenario.saga, deployment);
    for (const deploy of scenario.deploys ?? []) world.after(deploy.afterMs, () => this.#deploy(deploy));
    this.#reconcileLater();
  }

  #startOrders(story: SagaStory, { orders, rescueInput }: Deployment): Orders {
    const { services } = this;
    return new Orders(this.#world, {
      story,
      orders,
      rescueInput,
      run: (task) => this.#runTask(task),
      invoke: (work) => this.#invoke('saga', work),
      keep: (body) => services.send(LAST_RESORT, body),
    });
  }

  /** Idle instances end; those that work continue. */
  #deploy(deploy: Deploy): void {
    this.services.deploy(deploy);
    this.#fleet.retire();
  }

  /** Whether nothing is in progress and nothing is left to do. */
  get isQuiet(): boolean {
    const { lane, ordered, machine, entries, alerts, orders } = this.services;
    if (orders && !orders.isQuiet) return false;
    const events = this.#stream.length + this.#circuitStream.length + (alerts?.waiting ?? 0);
    if (lane.depth + ordered.depth + machine.running + this.#reconciling + events > 0) return false;
    if (alerts && this.#areCircuitsUnsettled()) return false;
    for (const { state, outbox } of entries.all) if (state !== 'settled' || outbox) return false;
    return true;
  }

  #function(role: string): DeployedFunction {
    let found = this.#byRole.get(role);
    if (!found) {
      found = Object.values(this.#functions).find((each) => each.role === role);
      if (!found) throw new Error(`the template has no function ${role}`);
      this.#byRole.set(role, found);
    }
    return found;
  }

  #invoke<T>(role: string, work: (invocation: Invocation<Ports>) => Promise<T>): Promise<T> {
    return this.#fleet.invoke(role, this.#function(role).timeoutMs, work);
  }

  async #runTask({ resource, input }: Task): Promise<unknown> {
    const role = this.#functions[resource.replace('function:', '')]?.role;
    const handler = role === undefined ? undefined : MACHINE_HANDLERS[role];
    if (role !== undefined && handler) {
      return this.#invoke(role, ({ ports, remainingMs }) =>
        handler(ports.isOlder ? olderInput(input) : input, ports, remainingMs),
      );
    }
    const { Payload, FunctionName } = input as { readonly Payload?: unknown; readonly FunctionName?: string };
    switch (resource.replace(/^arn:aws:states:::/, '')) {
      case 'lambda:invoke':
        return this.#runTask({ resource: FunctionName ?? '', input: Payload } as Task);
      case 'sqs:sendMessage':
        return this.#sendFromMachine(input as { readonly QueueUrl: string; readonly MessageBody: unknown });
      case 'sns:publish':
        return this.#tellFromMachine(input as Parameters<Alerts['take']>[0]);
      default:
        throw new Error(`the simulation can't run the task ${resource}`);
    }
  }

  /** The machine's own integration with SQS. After a lost answer, the machine sends once more. */
  async #sendFromMachine({ QueueUrl, MessageBody }: { readonly QueueUrl: string; readonly MessageBody: unknown }) {
    const queue = QueueUrl === LANE_DLQ ? LANE_DLQ : LAST_RESORT;
    const fault = this.#world.faults.inject(`machine sends to ${queue}`, ['fails-before', 'fails-after']);
    await this.#world.sleep(20);
    if (fault !== 'fails-before') this.services.send(queue, JSON.stringify(MessageBody));
    if (fault) throw new StateError('SQS.ServiceUnavailable', 'the queue failed');
    return {};
  }

  /** The machine's own integration with SNS. */
  async #tellFromMachine(notice: Parameters<Alerts['take']>[0]): Promise<object> {
    const fault = this.services.alerts && this.#world.faults.inject('machine tells', ['fails-before', 'fails-after']);
    if (fault !== 'fails-before') this.services.alerts?.take(notice);
    if (fault) throw new StateError('Sns.InternalErrorException', 'the topic failed');
    return {};
  }

  #noticed(after: LedgerEntry, before: LedgerEntry | undefined): void {
    this.#world.note('ledger', () => summaryOf(after));
    if (after.outbox && after.outbox.eventId !== before?.outbox?.eventId) this.#stream.add(after);
  }

  #publish(entry: LedgerEntry): Promise<void> {
    const { outbox } = entry;
    return this.#invoke('publisher', async ({ ports }) => {
      if (outbox) await ports.publish(failureKey(entry), outbox);
    });
  }

  #reconcileLater(): void {
    this.#world.after(RECONCILE_EVERY_MS, () => {
      // A run that finds nothing changes nothing, and most find nothing.
      if (this.#isAnythingDue()) this.#reconcile();
      this.#reconcileLater();
    });
  }

  /** By true time, and a margin for the clocks. */
  #isAnythingDue(): boolean {
    const now = iso(this.#world.now + MINUTE_MS);
    for (const { dueAt } of this.services.entries.all) if (dueAt !== undefined && dueAt < now) return true;
    return this.services.alerts !== undefined && this.#areCircuitsUnsettled();
  }

  /** Whether the event of a change is not published, or time alone will change a circuit. */
  #areCircuitsUnsettled(): boolean {
    return this.services.circuits.all.some(
      ({ snapshot: { circuit }, outbox }) =>
        outbox !== undefined || circuit.kind === 'recovering' || effectiveCircuit(circuit, this.#world.now) !== circuit,
    );
  }

  /** As the adapter, which continues if the circuits' table fails. */
  async #watchCircuits({ publishChange, settingsOf }: Ports, process: Process): Promise<void> {
    const { circuits } = this.services;
    const ignore = () => undefined;
    const all = await process.request('circuits.scan', () => circuits.all, { faults: READ_FAULTS }).catch(() => []);
    await publishLateChanges(all, publishChange, process.now).catch(ignore);
    const context = { store: storeOf(process, circuits), watcher: SILENT_WATCHER, now: process.now };
    await settleCircuits(all, (name) => settingsOf(name)?.circuit, context).catch(ignore);
  }

  /** Invokes the reconciler: for one failed execution, or for all that is overdue. Lambda retries it twice. */
  #reconcile(failed?: FailureRef, retries = 2): void {
    this.#reconciling++;
    const work = this.#invoke('reconciler', async ({ ports, process }) => {
      if (!failed && this.services.alerts) await this.#watchCircuits(ports, process);
      const keys = failed ? [failed.key] : overdue(ports.ledger);
      await reconcileAll(keys, ports, failed?.cycle);
    });
    work.then(
      () => {
        this.#reconciling--;
      },
      () => {
        this.#reconciling--;
        const again = () => this.#reconcile(failed, retries - 1);
        if (retries > 0) this.#world.after(MINUTE_MS * (3 - retries), again);
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
