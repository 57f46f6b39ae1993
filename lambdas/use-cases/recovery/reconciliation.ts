import { hasStepsLeft } from '../../contract/compensation.ts';
import { NotYetError } from '../../contract/errors.ts';
import { type FailureKey, failureKey } from '../../contract/failure-key.ts';
import type { LedgerEntry, OutboxEntry } from '../../contract/ledger-entry.ts';
import { createDeadLetter, type DeadLetter } from '../../domain/ledger/dead-letter.ts';
import { PENDING_SHARDS } from '../../domain/ledger/pending-shard.ts';
import { deadLetterReason, decide } from '../../domain/recovery/decide.ts';
import { executionName } from '../../domain/recovery/execution-name.ts';
import { isCompensated } from '../../domain/undo/compensation.ts';
import type { Wake } from '../conflict/answer-question.ts';
import type { Effects } from '../ledger/effects.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { withdrawUnsentChange } from '../ledger/withdraw-unsent-change.ts';
import type { Telemetry } from '../telemetry.ts';
import { escalateToWorkflow, type StartRecovery } from './escalate-to-workflow.ts';
import { finishUnrecorded } from './finish-unrecorded.ts';
import { recordOutcome } from './record-outcome.ts';

export interface ReconcilePorts {
  readonly ledger: Ledger;
  readonly effects: Pick<Effects, 'read'>;
  readonly startRecovery: StartRecovery;
  /** Reads the status of an execution by its name; undefined if it does not exist. */
  readonly executionStatus: (name: string) => Promise<string | undefined>;
  /** Publishes the event of an entry and clears its outbox. */
  readonly publish: (key: FailureKey, outbox: OutboxEntry) => Promise<void>;
  readonly send: (queueUrl: string, body: string) => Promise<void>;
  readonly wake: Wake;
  readonly telemetry: Pick<Telemetry, 'count'>;
  /** Receives the dead letter of a lane that no longer exists. */
  readonly lastResortQueueUrl: string;
  /** Durable attempts of a dependency; 0 if the config no longer has it. */
  readonly durableAttempts: (dependency: string) => number;
  /** Whether the config has the dependency. */
  readonly isRegistered: (dependency: string) => boolean;
  /** Base URL of the runbook. */
  readonly runbookUrl: string;
}

export type Repair =
  | 'none'
  | 'woken'
  | 'published'
  | 'handed-over'
  | 'restarted'
  | 'rescued'
  | 'given-up'
  | 'still-running';

/** Most executions started in place of failed ones. After that, the reconciler dead-letters the failure itself. */
const MAX_RESCUES = 3;
/** Most entries of a shard that one request lists. */
const PAGE = 100;
const UNDER_WAY: ReadonlySet<string> = new Set(['RUNNING', 'PENDING_REDRIVE']);

/**
 * Keys of open or unpublished entries whose check is overdue, page by page. The shards take turns, so that none waits
 * for the others. Reconcile each entry before you ask for the next, because that takes it off its page.
 *
 * @param mayGoOn whether there is time for another entry
 */
export async function* overdue(
  ledger: Pick<Ledger, 'due'>,
  mayGoOn: () => boolean = () => true,
): AsyncGenerator<FailureKey, undefined> {
  const seen = new Set<FailureKey>();
  let shards = PENDING_SHARDS;
  while (shards.length > 0 && mayGoOn()) {
    const pages = await Promise.all(shards.map((shard) => ledger.due(shard, PAGE)));
    const fresh = pages.map((keys) => keys.filter((key) => !seen.has(key)));
    for (const key of inTurns(fresh)) {
      if (!mayGoOn()) return undefined;
      seen.add(key);
      yield key;
    }
    // A page that is not full is the last one. One without a new entry has only what could not be taken off.
    shards = shards.filter((_, n) => pages[n]?.length === PAGE && (fresh[n]?.length ?? 0) > 0);
  }
  return undefined;
}

function* inTurns<T>(lists: readonly (readonly T[])[]): Generator<T> {
  const longest = Math.max(...lists.map(({ length }) => length));
  for (let turn = 0; turn < longest; turn++) {
    for (const { [turn]: each } of lists) if (each !== undefined) yield each;
  }
}

/**
 * Repairs an overdue entry: publishes its event, escalates it, or starts, wakes or replaces its execution.
 * Idempotent.
 *
 * @param key of the item, which may be no failure but another item with an outbox. @default - that of the failure
 */
export async function reconcile(
  entry: LedgerEntry,
  ports: ReconcilePorts,
  key: FailureKey = failureKey(entry),
): Promise<Repair> {
  if (entry.outbox) {
    await ports.publish(key, entry.outbox);
    return 'published';
  }
  if (entry.state === 'settled') return 'none';
  if (entry.tier === 'warm') return checkExecution(entry, ports);
  // The lane's worker stopped before it finished this failure.
  await escalateToWorkflow(entry, ports.durableAttempts(entry.dependency), ports);
  return 'handed-over';
}

async function checkExecution(entry: LedgerEntry, ports: ReconcilePorts): Promise<Repair> {
  const status = entry.execution === undefined ? undefined : await ports.executionStatus(entry.execution);
  if (status === undefined) {
    await ports.startRecovery({ ...entry, execution: entry.execution ?? executionName(entry) });
    await ports.ledger.postpone(entry);
    return 'restarted';
  }
  if (UNDER_WAY.has(status)) {
    const isWoken = await wakeIfQuestionEnded(entry, ports);
    await ports.ledger.postpone(entry);
    return isWoken ? 'woken' : 'still-running';
  }
  return entry.rescues < MAX_RESCUES ? rescue(entry, ports) : giveUp(entry, ports);
}

/**
 * Wakes the execution if its question is answered or has expired. The operator's tool may have stopped between answer
 * and wake-up, and an execution that replaced another would wait for longer than the question lasts.
 */
async function wakeIfQuestionEnded({ question }: LedgerEntry, { ledger, wake }: ReconcilePorts): Promise<boolean> {
  const isOver = question !== undefined && (question.answer || ledger.now >= Date.parse(question.until));
  if (!isOver || question.token === undefined) return false;
  await wake(question.token);
  return true;
}

async function rescue(entry: LedgerEntry, { ledger, startRecovery }: ReconcilePorts): Promise<Repair> {
  const rescued = await ledger.rescue(entry, executionName(entry, entry.rescues + 1));
  if (rescued.state === 'open') await startRecovery(rescued);
  return 'rescued';
}

/** Settles a failure that the machine cannot. Sends the dead letter before it records the outcome, so none is lost. */
async function giveUp(found: LedgerEntry, ports: ReconcilePorts): Promise<Repair> {
  const { ledger, runbookUrl } = ports;
  // A call whose lease runs is in progress; the next check finds it over.
  const entry = found.undo ? found : await withdrawUnsentChange(found, ports).catch(undefinedIfNotYet);
  if (!entry) {
    await ledger.postpone(found);
    return 'still-running';
  }
  const unrecorded = entry.undo ? undefined : await finishUnrecorded(entry, ports);
  if (unrecorded?.kind === 'done') return 'given-up';
  if (unrecorded?.kind === 'under-way') {
    await ledger.postpone(entry);
    return 'still-running';
  }
  if (decide(entry, ledger.now).action === 'discard') {
    await recordOutcome(entry, 'discarded', ledger, 'abandoned');
    return 'given-up';
  }
  const isRegistered = ports.isRegistered(entry.dependency);
  const reason = deadLetterReason(entry, { now: ledger.now, isRegistered, hadNoEffect: unrecorded?.hadNoEffect });
  if (isCompensated(entry)) {
    await recordOutcome(entry, 'compensated', ledger, reason);
    return 'given-up';
  }
  const deadLetter = createDeadLetter(entry, { reason, now: ledger.now, runbookUrl });
  await sendDeadLetter(deadLetter, entry.deadLetterQueueUrl, ports);
  // No execution alerted a human, so the alarm on this metric does. Count first: nobody checks a settled entry again.
  if (hasStepsLeft(deadLetter)) {
    ports.telemetry.count('UndoFailed', { dependency: entry.dependency });
  }
  await recordOutcome(entry, 'dead-lettered', ledger, reason);
  return 'given-up';
}

function undefinedIfNotYet(error: unknown): undefined {
  if (!(error instanceof NotYetError)) throw error;
}

/** Sends to the last-resort queue if the lane's queue fails, because the lane may have been removed. */
async function sendDeadLetter(
  message: DeadLetter,
  queueUrl: string,
  { send, lastResortQueueUrl }: ReconcilePorts,
): Promise<void> {
  const body = JSON.stringify(message);
  try {
    await send(queueUrl, body);
  } catch {
    await send(lastResortQueueUrl, body);
  }
}
