import { ChangeMessageVisibilityCommand, SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { SQSRecord } from 'aws-lambda';
import { errorFacts } from '../../contract/error-facts.ts';
import type { LedgerEntry } from '../../contract/ledger-entry.ts';
import { MAX_RECEIVE_COUNT } from '../../contract/limits.ts';
import { parseLaneMessage } from '../../domain/boundary/failure-event.ts';
import type { Ledger } from '../../use-cases/ledger/ledger.ts';
import { isInWarmTier } from '../../use-cases/recovery/hand-over.ts';
import type { IntakeOptions } from '../../use-cases/recovery/intake.ts';
import { logger } from '../telemetry.ts';

/**
 * What an ordered lane can do with a message. As long as it stays, hidden or not, nothing of its group comes after it.
 */
export interface OrderedLane {
  /** Hides a message for a while; where that fails, the queue does for a time of its own. */
  readonly hide: (record: SQSRecord, forMs: number) => Promise<void>;
  /** Puts a message into the dead-letter queue as it is. */
  readonly setAside: (body: string) => Promise<void>;
}

export function orderedLane(
  sqs: SQSClient,
  { queueUrl, deadLetterQueueUrl }: { readonly queueUrl: string; readonly deadLetterQueueUrl: string },
): OrderedLane {
  return {
    async hide({ receiptHandle }, forMs) {
      const VisibilityTimeout = Math.ceil(forMs / 1_000);
      const change = { QueueUrl: queueUrl, ReceiptHandle: receiptHandle, VisibilityTimeout };
      try {
        await sqs.send(new ChangeMessageVisibilityCommand(change));
      } catch (error) {
        logger.warn('the message stays hidden for longer', errorFacts(error));
      }
    },
    async setAside(MessageBody) {
      await sqs.send(new SendMessageCommand({ QueueUrl: deadLetterQueueUrl, MessageBody }));
    },
  };
}

const SHORTEST_STAY_MS = 1_000;
/** Far below the 12 h for which SQS hides a message, and as long as the ones of other lanes wait at once. */
const LONGEST_STAY_MS = 900_000;
/** Who waits for the machine looks again after so much of the time that it has waited. */
const SHARE_OF_WAIT = 1 / 4;

/**
 * How long a message stays hidden after it was worked on, in milliseconds; undefined where it is done with, because its failure has
 * its outcome, or waits for a human: that may take days, and a change by hand is likely to be a part of it.
 *
 * While the machine has the failure, waits grow with the time that it has had it, since each look costs a few requests: these are 35
 * looks in the first hour and 127 in a day, and the next of the group begins at most a quarter later than it could.
 */
export function stayMs(entry: LedgerEntry, now: number): number | undefined {
  if (entry.state === 'settled' || waitsForHuman(entry)) return undefined;
  if (isInWarmTier(entry)) return within((now - handedOverAt(entry)) * SHARE_OF_WAIT);
  return within(Date.parse(entry.notBefore ?? entry.receivedAt) - now);
}

function waitsForHuman({ question }: LedgerEntry): boolean {
  return question !== undefined && question.answer === undefined;
}

function handedOverAt({ trail, receivedAt }: LedgerEntry): number {
  return Date.parse(trail.findLast(({ step }) => step === 'handed-over')?.at ?? receivedAt);
}

function within(ms: number): number {
  return Math.min(LONGEST_STAY_MS, Math.max(SHORTEST_STAY_MS, ms));
}

/** How long a message stays hidden whose failure somebody else works on at this moment. */
export const BUSY_MS = SHORTEST_STAY_MS;

export function receiveCount({ attributes }: SQSRecord): number {
  return Number(attributes.ApproximateReceiveCount);
}

/**
 * Whether a message fails, or crashes its worker, each time. SQS itself can't tell, since one that waits is received as well. But one
 * that waits is in the ledger, and what is there comes to its end: attempts are counted before they are made, and the reconciler takes
 * over what stands still.
 */
export async function isPoison(
  record: SQSRecord,
  { ledger, intake }: { readonly ledger: Pick<Ledger, 'get' | 'now'>; readonly intake: IntakeOptions },
) {
  if (receiveCount(record) <= MAX_RECEIVE_COUNT) return false;
  const { retentionMs, settings, kindOf } = intake;
  const about = { dependency: settings.name, now: ledger.now, retentionMs, ...(kindOf && { kindOf }) };
  const parsed = parseLaneMessage(record.body, about);
  switch (parsed.kind) {
    case 'failure':
      return (await ledger.get(parsed.failure.id)) === undefined;
    case 'redrive':
      return (await ledger.get(parsed.deadLetter.id)) === undefined;
    case 'reject':
      return true;
    default:
      return parsed satisfies never;
  }
}
