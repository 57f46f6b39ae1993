import type { SQSBatchResponse, SQSRecord } from 'aws-lambda';
import { errorFacts } from '../../contract/error-facts.ts';
import { BusyError } from '../../contract/errors.ts';
import { longestLeaseMs } from '../../contract/lease.ts';
import type { LedgerEntry } from '../../contract/ledger-entry.ts';
import { HOT_BUDGET_MS } from '../../contract/limits.ts';
import { iso } from '../../contract/time.ts';
import type { Rejection } from '../../domain/boundary/failure-event.ts';
import { isSuperseded } from '../../domain/ledger/lane-transitions.ts';
import type { LaneMessage } from '../../domain/ledger/ledger-changes.ts';
import { reportConflict } from '../../use-cases/conflict/report-conflict.ts';
import { isInWarmTier } from '../../use-cases/recovery/escalate-to-workflow.ts';
import { type HotTierPorts, recoverInProcess } from '../../use-cases/recovery/hot-tier.ts';
import { type Intake, type IntakeOptions, ingest } from '../../use-cases/recovery/ingest.ts';
import type { Parking } from '../redrive/parking.ts';
import { count, identify, logger } from '../telemetry.ts';
import { BUSY_MS, hiddenMs, isPoison, type OrderedLane, receiveCount } from './ordered-lane.ts';
import type { Rejected } from './rejects.ts';

export interface LanePorts extends HotTierPorts {
  readonly intake: IntakeOptions;
  readonly keepRejected: (rejected: Rejected) => Promise<void>;
  /** Keeps dead letters of failures that have used up their cycles. */
  readonly parking: Parking;
  /**
   * Sends a copy of a message to the lane queue, with a delay and its number. Not for an ordered lane, where later
   * messages would overtake it.
   */
  readonly requeue: (message: {
    readonly body: string;
    readonly delayMs: number;
    readonly copy: number;
  }) => Promise<void>;
  /** Present in an ordered lane. */
  readonly ordered?: OrderedLane;
}

/**
 * Processes a batch. A message that fails goes back to its queue and does not affect the others. An ordered lane
 * processes no message after one that stays.
 *
 * @param remainingMs time that the function has left, in milliseconds
 */
export async function processLaneBatch(
  records: readonly SQSRecord[],
  ports: LanePorts,
  remainingMs: () => number,
): Promise<SQSBatchResponse> {
  const needsMs = HOT_BUDGET_MS + longestLeaseMs(ports.intake.settings);
  const batchItemFailures: { itemIdentifier: string }[] = [];
  for (const record of records) {
    const mayBegin = record === records[0] || remainingMs() > needsMs;
    const isBlocked = ports.ordered !== undefined && batchItemFailures.length > 0;
    const taken = mayBegin && !isBlocked && (await processMessage(record, ports));
    if (!taken) batchItemFailures.push({ itemIdentifier: record.messageId });
  }
  return { batchItemFailures };
}

/** Processes a message. True if it may be deleted. */
async function processMessage(record: SQSRecord, ports: LanePorts): Promise<boolean> {
  identify({});
  try {
    return await handleRecord(record, ports);
  } catch (error) {
    if (error instanceof BusyError) {
      logger.info('the message comes back later', { because: error.message });
      await ports.ordered?.hide(record, BUSY_MS);
    } else {
      logger.error('the message goes back to its queue', errorFacts(error));
      count('HandlerFailed', { dependency: ports.intake.settings.name });
    }
    return false;
  }
}

async function handleRecord(record: SQSRecord, ports: LanePorts): Promise<boolean> {
  const { ledger, intake, ordered } = ports;
  if (ordered && (await isPoison(record, ports))) {
    await ordered.sendToDeadLetterQueue(record.body);
    logger.error('received too often, set aside');
    return true;
  }
  const taken = await ingest(record.body, ledger, intake, identify);
  if (taken.kind === 'rejected') {
    await reject(record.body, taken.reason, ports);
    return true;
  }
  if (taken.kind === 'spent') {
    await ports.parking.park(taken.entry);
    return true;
  }
  const { kind, entry: found } = taken;
  if (isSuperseded(found, laneMessageOf(record))) {
    report(found, { kind: 'duplicate', entry: found }, { isAnotherLook: false });
    return true;
  }
  if (kind === 'echo') {
    report(found, taken, { isAnotherLook: false });
    return true;
  }
  if (found.conflict && kind === 'open' && isNew(found)) reportConflict(found, intake.settings, ports.telemetry);
  const entry = await recoverInProcess(found, intake.settings, ports);
  const isDone = await mayDelete(entry, record, ports);
  report(entry, taken, { isAnotherLook: ordered !== undefined && receiveCount(record) > 1 });
  return isDone;
}

/** Whether to delete the message: its failure is settled, the machine has it, or a delayed copy waits. */
async function mayDelete(entry: LedgerEntry, record: SQSRecord, ports: LanePorts): Promise<boolean> {
  const { ledger, ordered, requeue } = ports;
  if (ordered) {
    const hideForMs = hiddenMs(entry, ledger.now);
    if (hideForMs !== undefined) await ordered.hide(record, hideForMs);
    return hideForMs === undefined;
  }
  if (!isHeld(entry)) return true;
  const message = laneMessageOf(record);
  // After a crash, a message and its copy are both in the lane. Only one of them may send the next copy.
  if (!(await ledger.passOn(entry, message))) return true;
  // Send a copy: a message that returns by itself becomes a dead letter after a few receives.
  const delayMs = Date.parse(entry.notBefore) - ledger.now;
  await requeue({ body: record.body, delayMs, copy: message.copy + 1 });
  return true;
}

/** Attribute of a message with its number among the copies. */
export const COPY_ATTRIBUTE = 'copy';

function laneMessageOf({ messageId, messageAttributes }: SQSRecord): LaneMessage {
  const copy = Number(messageAttributes?.[COPY_ATTRIBUTE]?.stringValue ?? 0);
  return { messageId, copy: Number.isSafeInteger(copy) && copy > 0 ? copy : 0 };
}

/** Whether the cycle has no attempt yet, so that nothing else has reported the conflict of the received failure. */
function isNew({ trail }: LedgerEntry): boolean {
  const last = trail.at(-1)?.step;
  return last === 'received' || last === 'redriven';
}

/** Whether the failure waits in the lane for its circuit, the retry budget or an execution. */
function isHeld(entry: LedgerEntry): entry is LedgerEntry & { readonly notBefore: string } {
  return entry.state === 'open' && entry.tier === 'hot' && entry.notBefore !== undefined;
}

async function reject(event: string, reason: Rejection, { intake, ledger, keepRejected }: LanePorts): Promise<void> {
  const dependency = intake.settings.name;
  await keepRejected({ reason, dependency, rejectedAt: iso(ledger.now), event });
  logger.warn('event rejected', { code: reason.code, path: reason.path });
  count('FailureRejected', { dependency, code: reason.code });
}

function report(
  entry: LedgerEntry,
  { kind, entry: before }: Exclude<Intake, { readonly kind: 'rejected' | 'spent' }>,
  { isAnotherLook }: { readonly isAnotherLook: boolean },
): void {
  const { dependency, verdict, attempts, outcome } = entry;
  const facts = { dependency, verdict: verdict.kind, rule: verdict.rule, attempts };
  if (kind === 'echo') {
    logger.info('execution already awaited, nothing to do', facts);
    count('FailureDuplicated', { dependency });
  } else if (isHeld(entry)) {
    logger.info('held in the lane', { ...facts, because: entry.held, until: entry.notBefore });
    count('FailureHeld', { dependency });
  } else if (isAnotherLook && (kind === 'duplicate' || isInWarmTier(before))) {
    logger.info(outcome ? 'settled, the next failure of its resource may start' : 'not settled yet', {
      ...facts,
      outcome,
    });
  } else if (kind === 'duplicate') {
    logger.info('duplicate, nothing to do', facts);
    count('FailureDuplicated', { dependency });
  } else if (outcome) {
    logger.info('settled in the hot tier', { ...facts, outcome });
    count('FailureSettled', { dependency, outcome });
  } else {
    logger.info('handed over to the Recovery machine', { ...facts, execution: entry.execution });
    count('FailureHandedOver', { dependency });
  }
}
