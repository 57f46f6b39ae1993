import type { SQSBatchResponse, SQSRecord } from 'aws-lambda';
import type { Rejection } from '../boundary/failure-event.ts';
import type { Rejected } from '../boundary/rejects.ts';
import { tellOfConflict } from '../conflict/tell.ts';
import { BusyError } from '../errors.ts';
import type { LedgerEntry } from '../ledger/ledger-entry.ts';
import { count, errorFacts, identify, logger } from '../telemetry.ts';
import { HOT_BUDGET_MS } from './hot-budget.ts';
import { type HotTierTools, recoverInProcess } from './hot-tier.ts';
import { type IntakeOptions, takeIn } from './intake.ts';
import { longestLeaseMs } from './lease.ts';

export interface LaneTools extends HotTierTools {
  readonly intake: IntakeOptions;
  readonly keepRejected: (rejected: Rejected) => Promise<void>;
  /** Sends a message to the lane queue again, invisible for a while. */
  readonly sendBack: (body: string, delayMs: number) => Promise<void>;
}

/**
 * Works through a batch. A message that could not be brought further goes back to its queue; one harms no other.
 *
 * @param remainingMs time that the function has left
 */
export async function processLaneBatch(
  records: readonly SQSRecord[],
  tools: LaneTools,
  remainingMs: () => number,
): Promise<SQSBatchResponse> {
  const needsMs = HOT_BUDGET_MS + longestLeaseMs(tools.intake.settings);
  const batchItemFailures: { itemIdentifier: string }[] = [];
  for (const { messageId, body } of records) {
    const isFirst = records[0]?.messageId === messageId;
    const taken = (isFirst || remainingMs() > needsMs) && (await processMessage(body, tools));
    if (!taken) batchItemFailures.push({ itemIdentifier: messageId });
  }
  return { batchItemFailures };
}

/** Whether the message is taken care of. */
async function processMessage(body: string, tools: LaneTools): Promise<boolean> {
  const { settings } = tools.intake;
  identify({});
  try {
    const taken = await takeIn(body, tools.ledger, tools.intake, identify);
    if (taken.kind === 'rejected') {
      await reject(body, taken.reason, tools);
    } else {
      const { entry: found } = taken;
      if (found.conflict && taken.kind === 'open' && isNew(found)) tellOfConflict(found, settings);
      if (taken.kind === 'duplicate') count('FailureDuplicated', { dependency: settings.name });
      const entry = await recoverInProcess(taken.entry, settings, tools);
      // A copy, since a message that comes back by itself would be a dead letter after a few times.
      if (isHeld(entry)) await tools.sendBack(body, Date.parse(entry.notBefore) - tools.ledger.now);
      report(entry, taken.kind);
    }
    return true;
  } catch (error) {
    if (error instanceof BusyError) {
      logger.info('the message comes back later', { because: error.message });
    } else {
      logger.error('the message goes back to its queue', errorFacts(error));
      count('HandlerFailed', { dependency: settings.name });
    }
    return false;
  }
}

/** Nothing has been done with it in this cycle: what was reported, or has been redriven, is told of here only. */
function isNew({ trail }: LedgerEntry): boolean {
  const last = trail.at(-1)?.step;
  return last === 'received' || last === 'redriven';
}

/** Its dependency's circuit is open, and it waits in the lane. */
function isHeld(entry: LedgerEntry): entry is LedgerEntry & { readonly notBefore: string } {
  return entry.state === 'open' && entry.tier === 'hot' && entry.notBefore !== undefined;
}

async function reject(event: string, reason: Rejection, { intake, ledger, keepRejected }: LaneTools): Promise<void> {
  const dependency = intake.settings.name;
  await keepRejected({ reason, dependency, rejectedAt: new Date(ledger.now).toISOString(), event });
  logger.warn('event rejected', { code: reason.code, path: reason.path });
  count('FailureRejected', { dependency, code: reason.code });
}

function report(entry: LedgerEntry, taken: 'open' | 'duplicate'): void {
  const { dependency, verdict, attempts, outcome } = entry;
  const facts = { dependency, verdict: verdict.kind, rule: verdict.rule, attempts };
  if (isHeld(entry)) {
    logger.info('held, since the circuit is open', { ...facts, until: entry.notBefore });
    count('FailureHeld', { dependency });
  } else if (taken === 'duplicate') {
    logger.info('duplicate, nothing to do', facts);
  } else if (outcome) {
    logger.info('settled in the hot tier', { ...facts, outcome });
    count('FailureSettled', { dependency, outcome });
  } else {
    logger.info('handed over to the Recovery machine', { ...facts, execution: entry.execution });
    count('FailureHandedOver', { dependency });
  }
}
