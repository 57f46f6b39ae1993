import type { LedgerEntry, OutboxEntry } from '../../contract/ledger-entry.ts';
import { type DeadLetter, deadLetter } from '../../domain/ledger/dead-letter.ts';
import { PENDING_SHARDS } from '../../domain/ledger/pending-shard.ts';
import { deadLetterReason, decide } from '../../domain/recovery/decide.ts';
import { executionName } from '../../domain/recovery/execution-name.ts';
import { isCompensated } from '../../domain/undo/compensation.ts';
import type { Wake } from '../conflict/decisions.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Telemetry } from '../telemetry.ts';
import { conclude } from './conclude.ts';
import { handOver, type StartRecovery } from './hand-over.ts';

export interface ReconcileTools {
  readonly ledger: Ledger;
  readonly startRecovery: StartRecovery;
  /** Status of an execution by its name; undefined where there is none. */
  readonly executionStatus: (name: string) => Promise<string | undefined>;
  /** Publishes the event of an entry, and empties the outbox. */
  readonly publish: (id: string, outbox: OutboxEntry) => Promise<void>;
  /** Sends a message to a queue. */
  readonly send: (queueUrl: string, body: string) => Promise<void>;
  readonly wake: Wake;
  readonly telemetry: Pick<Telemetry, 'count'>;
  /** Takes the letter of a lane that is no more. */
  readonly lastResortQueueUrl: string;
  /** Durable attempts of a dependency; none where the config has lost it. */
  readonly durableAttempts: (dependency: string) => number;
  /** Where the runbook is to be read. */
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

/** Executions started in place of one that failed; after that many the failure is dead-lettered from outside the machine. */
const MAX_RESCUES = 3;
/** Entries of a shard looked at in one run. */
const DUE_LIMIT = 100;
const UNDER_WAY: ReadonlySet<string> = new Set(['RUNNING', 'PENDING_REDRIVE']);

/** Ids of the entries that should have been finished by now. */
export async function overdue(ledger: Pick<Ledger, 'due'>): Promise<string[]> {
  const shards = await Promise.all(PENDING_SHARDS.map((shard) => ledger.due(shard, DUE_LIMIT)));
  return shards.flat();
}

/** Finds what an entry lacks to its end, and does it. Doing it twice does no harm. */
export async function reconcile(entry: LedgerEntry, tools: ReconcileTools): Promise<Repair> {
  if (entry.outbox) {
    await tools.publish(entry.id, entry.outbox);
    return 'published';
  }
  if (entry.state === 'settled') return 'none';
  if (entry.tier === 'warm') return checkExecution(entry, tools);
  // The lane's worker never came to an end with it.
  await handOver(entry, tools.durableAttempts(entry.dependency), tools);
  return 'handed-over';
}

async function checkExecution(entry: LedgerEntry, tools: ReconcileTools): Promise<Repair> {
  const status = entry.execution === undefined ? undefined : await tools.executionStatus(entry.execution);
  if (status === undefined) {
    await tools.startRecovery({ ...entry, execution: entry.execution ?? executionName(entry) });
    await tools.ledger.postpone(entry);
    return 'restarted';
  }
  if (UNDER_WAY.has(status)) {
    const isWoken = await wakeWhereOver(entry, tools);
    await tools.ledger.postpone(entry);
    return isWoken ? 'woken' : 'still-running';
  }
  return entry.rescues < MAX_RESCUES ? rescue(entry, tools) : giveUp(entry, tools);
}

/**
 * Whoever has decided may not have lived to say so to the machine; and an execution that has taken the question over from another
 * would wait for longer than the question does.
 */
async function wakeWhereOver({ question }: LedgerEntry, { ledger, wake }: ReconcileTools): Promise<boolean> {
  const isOver = question !== undefined && (question.answer || ledger.now >= Date.parse(question.until));
  if (!isOver || question.token === undefined) return false;
  await wake(question.token);
  return true;
}

async function rescue(entry: LedgerEntry, { ledger, startRecovery }: ReconcileTools): Promise<Repair> {
  const rescued = await ledger.rescue(entry, executionName(entry, entry.rescues + 1));
  if (rescued.state === 'open') await startRecovery(rescued);
  return 'rescued';
}

/** The machine can't end it, so it is ended here: letter first, so that a letter lost is never an outcome recorded. */
async function giveUp(entry: LedgerEntry, tools: ReconcileTools): Promise<Repair> {
  const { ledger, runbookUrl } = tools;
  const decision = decide(entry, ledger.now);
  if (decision.action === 'discard') {
    await conclude(entry, 'discarded', ledger, 'abandoned');
    return 'given-up';
  }
  const reason = deadLetterReason(decision);
  if (isCompensated(entry)) {
    await conclude(entry, 'compensated', ledger, reason);
    return 'given-up';
  }
  const letter = deadLetter(entry, { reason, now: ledger.now, runbookUrl });
  await keep(letter, entry.deadLetterQueueUrl, tools);
  // No machine could tell a human of it, so the alarm does; before the outcome, after which nobody looks again.
  if (letter.compensation === 'incomplete' || letter.compensation === 'not-run') {
    tools.telemetry.count('UndoFailed', { dependency: entry.dependency });
  }
  await conclude(entry, 'dead-lettered', ledger, reason);
  return 'given-up';
}

/** In the last resort where the lane's queue does not take it, because the lane has been removed. */
async function keep(letter: DeadLetter, queueUrl: string, { send, lastResortQueueUrl }: ReconcileTools): Promise<void> {
  const body = JSON.stringify(letter);
  try {
    await send(queueUrl, body);
  } catch {
    await send(lastResortQueueUrl, body);
  }
}
