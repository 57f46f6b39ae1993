import type { SQSRecord } from 'aws-lambda';
import type { NotifyPorts } from '../../../lambdas/adapters/escalation/notify.ts';
import { type LanePorts, processLaneBatch } from '../../../lambdas/adapters/lane/lane-batch.ts';
import type { OrderedLane } from '../../../lambdas/adapters/lane/ordered-lane.ts';
import { type SorterPorts, sortBatch } from '../../../lambdas/adapters/lane/sort-batch.ts';
import { parking } from '../../../lambdas/adapters/redrive/parking.ts';
import type { SagaPorts } from '../../../lambdas/adapters/saga/continue-saga.ts';
import type { OutboxEntry } from '../../../lambdas/contract/ledger-entry.ts';
import { waitForDecision } from '../../../lambdas/use-cases/conflict/wait-for-decision.ts';
import type { DegradePorts } from '../../../lambdas/use-cases/fallback/degrade.ts';
import { degradeFailure } from '../../../lambdas/use-cases/fallback/degrade.ts';
import { failureRef } from '../../../lambdas/use-cases/ledger/failure-ref.ts';
import type { ConflictPorts } from '../../../lambdas/use-cases/recovery/attempt-operation.ts';
import type { ReconcilePorts } from '../../../lambdas/use-cases/recovery/reconciliation.ts';
import { settleFailure } from '../../../lambdas/use-cases/recovery/settlement.ts';
import { attemptDurably, failureStatus, resolveDurably } from '../../../lambdas/use-cases/recovery/warm-tier.ts';
import { type UndoPorts, undoFailure } from '../../../lambdas/use-cases/undo/undo-failure.ts';
import { statusWhenGivenUp, undoStatus } from '../../../lambdas/use-cases/undo/undo-status.ts';
import type { Message } from '../cloud/queue.ts';
import { READ_FAULTS } from '../world/faults.ts';
import type { Process } from '../world/process.ts';
import { callerOf } from './caller.ts';
import { answersOf, circuitsOf, effectsOf, ledgerOf } from './ports.ts';
import { LANE_DLQ, LAST_RESORT, PARKED, type Services } from './services.ts';
import { DEADLINE_MS } from './settings.ts';
import { RETENTION_MS } from './times.ts';

/** The ports of all functions, as one process has them. */
export type Ports = LanePorts &
  ReconcilePorts &
  Pick<DegradePorts, 'answers' | 'settingsOf'> &
  Omit<UndoPorts, 'remainingMs'> & {
    /** Of the sorter. */
    readonly forward: SorterPorts['forward'];
    readonly publishChange: (key: string, outbox: OutboxEntry) => Promise<void>;
    readonly saga: SagaPorts | undefined;
    /** Whether the process runs an earlier version. */
    readonly isOlder: boolean;
    /** Of the notifier; undefined if the story has none. */
    readonly notifier: NotifyPorts | undefined;
  };

const RUNBOOK_URL = 'runbook';

/** Opens the ports in a process. What reaches a service goes over the network of the world. */
export function openPorts(services: Services, process: Process): Ports {
  // A process keeps the config and the version of its start.
  const { world, settings, machine, isOlder } = services;
  const random = () => world.chance.next('random of code');
  const newToken = () => services.newToken();
  const { missing, operations } = services;
  const ledger = ledgerOf(process, services.entries, { newToken, missing, isOlder, operations });
  // The worker of a removed lane ends with its queue, and still knows its dependency.
  const payments = settings.get('payments') ?? services.lastPayments;
  const call = callerOf(world, process, services.dependencies);
  const send = (queue: string, body: string) => process.request(`sqs.send ${queue}`, () => services.send(queue, body));
  return {
    ledger,
    effects: effectsOf(process, services.effects, isOlder),
    circuits: circuitsOf(process, services.circuits, { random, newToken }),
    answers: answersOf(process, services.goodAnswers),
    call,
    conflicts: { ...NO_RESOLVER, read: call },
    ordered: payments.ordered ? orderedPorts(services, process) : undefined,
    log: (message, facts) => world.note(process.name, () => `${message} ${JSON.stringify(facts)}`),
    telemetry: { count: () => undefined, warn: () => undefined, error: () => undefined },
    newToken,
    random,
    sleep: (ms) => process.sleep(ms),
    isOlder,
    settingsOf: (name) => settings.get(name),
    deadlineMs: DEADLINE_MS,
    runbookUrl: RUNBOOK_URL,
    startRecovery: (entry) => process.request('sfn.start', () => services.startRecovery(entry)),
    executionStatus: (name) => process.request('sfn.describe', () => machine.status(name), { faults: READ_FAULTS }),
    wake: (token) => process.request('sfn.wake', () => services.wake(token)),
    intake: {
      settings: payments,
      deadLetterQueueUrl: LANE_DLQ,
      deadlineMs: DEADLINE_MS,
      retentionMs: RETENTION_MS,
      isRegistered: (name) => settings.has(name),
      kindOf: (name) => settings.get(name)?.kind,
    },
    keepRejected: (rejected) => process.request('sqs.send rejects', () => void services.rejected.push(rejected)),
    parking: parking({ ledger, runbookUrl: RUNBOOK_URL, keep: (body) => send(PARKED, body) }),
    requeue: ({ body, delayMs, copy }) =>
      process.request(
        'sqs.send lane',
        () => void services.lane.send(body, { delayMs: Math.max(0, Math.min(900_000, delayMs)), copy }),
      ),
    publish: async (id, outbox) => {
      await process.request('bus.put', () => services.publish(outbox));
      await ledger.clearOutbox(id, outbox.eventId);
    },
    publishChange: async (key, outbox) => {
      await process.request('bus.put', () => services.publish(outbox));
      await process.request('circuits.clear', () => services.circuits.clearOutbox(key, outbox.eventId));
    },
    saga: services.orders?.ports(process),
    notifier: services.alerts?.ports(process, { settingsOf: (name) => settings.get(name), newToken }),
    forward: ({ body, group, name }) => process.request('sqs.send ordered', () => services.forward(body, group, name)),
    send,
    lastResortQueueUrl: LAST_RESORT,
    durableAttempts: (name) => settings.get(name)?.retry.durableAttempts ?? 0,
    isRegistered: (name) => settings.has(name),
  };
}

const NO_RESOLVER: Omit<ConflictPorts, 'read'> = {
  askResolver: () => Promise.reject(new Error('no scenario has a resolver')),
  decisionMs: 3 * DEADLINE_MS,
  deadlineMs: DEADLINE_MS,
};

/** As the adapter's, which logs and continues if a message can't be hidden. */
function orderedPorts(services: Services, process: Process): OrderedLane {
  const hide = (id: string, ms: number) => process.request('sqs.hide', () => services.ordered.hide(id, ms));
  return {
    hide: ({ messageId }, ms) => hide(messageId, Math.ceil(ms / 1_000) * 1_000).catch(() => undefined),
    sendToDeadLetterQueue: (body) => process.request(`sqs.send ${LANE_DLQ}`, () => services.send(LANE_DLQ, body)),
  };
}

/** Moves one message of an ordered lane into its group. True if it may be deleted. */
export async function sortLaneMessage({ id, body }: Message, { ledger, forward }: SortPorts): Promise<boolean> {
  const record = { messageId: id, body } as SQSRecord;
  const ports = { dependency: 'payments', retentionMs: RETENTION_MS, ledger, forward };
  return (await sortBatch([record], ports)).batchItemFailures.length === 0;
}

type SortPorts = Pick<SorterPorts, 'ledger' | 'forward'>;

type Handler = (input: unknown, ports: Ports, remainingMs: () => number) => Promise<unknown>;

const STATUS_QUESTIONS = { attempt: failureStatus, 'why-it-failed': statusWhenGivenUp, undo: undoStatus };

/** What the functions of the Recovery machine do, by role: what their handlers in `lambdas/` do. */
export const MACHINE_HANDLERS: Readonly<Record<string, Handler>> = {
  attempt: (input, ports) => attemptDurably(failureRef(input), ports.settingsOf, ports),
  resolve: (input, ports) => resolveDurably(failureRef(input), ports.settingsOf, ports),
  ask: (input, ports) => waitForDecision(failureRef(input), (input as { token: string }).token, ports.ledger),
  classify: (input, { ledger, runbookUrl, random, settingsOf }) => {
    const { about = 'attempt' } = input as { readonly about?: keyof typeof STATUS_QUESTIONS };
    return STATUS_QUESTIONS[about](failureRef(input), ledger, {
      runbookUrl,
      random,
      isRegistered: (name) => settingsOf(name) !== undefined,
    });
  },
  degrade: async (input, ports) => ({ outcome: (await degradeFailure(failureRef(input), ports)).outcome }),
  settle: async (input, ports) => ({ outcome: (await settleFailure(input, ports)).entry.outcome }),
  undo: (input, ports, remainingMs) => undoFailure(failureRef(input), { ...ports, remainingMs }),
};

/** Processes one message of the lane. True if it may be deleted. */
export async function handleLaneMessage(
  message: Message,
  receive: number,
  ports: LanePorts,
  remainingMs: () => number,
): Promise<boolean> {
  const attributes = { ApproximateReceiveCount: String(receive) };
  const { id, body, copy } = message;
  const messageAttributes = copy === undefined ? {} : { copy: { dataType: 'Number', stringValue: String(copy) } };
  const record = { messageId: id, body, receiptHandle: id, attributes, messageAttributes } as unknown as SQSRecord;
  const { batchItemFailures } = await processLaneBatch([record], ports, remainingMs);
  return batchItemFailures.length === 0;
}
