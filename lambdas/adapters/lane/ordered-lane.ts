import { ChangeMessageVisibilityCommand, SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { SQSRecord } from 'aws-lambda';
import { errorFacts } from '../../contract/error-facts.ts';
import { failureKey } from '../../contract/failure-key.ts';
import type { LedgerEntry } from '../../contract/ledger-entry.ts';
import { MAX_RECEIVE_COUNT } from '../../contract/limits.ts';
import { parseLaneMessage } from '../../domain/boundary/failure-event.ts';
import type { Ledger } from '../../use-cases/ledger/ledger.ts';
import { isInWarmTier } from '../../use-cases/recovery/escalate-to-workflow.ts';
import type { IntakeOptions } from '../../use-cases/recovery/ingest.ts';
import { logger } from '../telemetry.ts';

/** Operations on messages of an ordered lane. While a message stays, even hidden, its group delivers no later one. */
export interface OrderedLane {
  /** Hides a message for `forMs`. If that fails, the queue's visibility timeout applies. */
  readonly hide: (record: SQSRecord, forMs: number) => Promise<void>;
  /** Sends a message unchanged to the dead-letter queue. */
  readonly sendToDeadLetterQueue: (body: string) => Promise<void>;
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
    async sendToDeadLetterQueue(MessageBody) {
      await sqs.send(new SendMessageCommand({ QueueUrl: deadLetterQueueUrl, MessageBody }));
    },
  };
}

const MIN_HIDDEN_MS = 1_000;
/** Far below the 12 h that SQS allows, and equal to the longest delay of messages in other lanes. */
const MAX_HIDDEN_MS = 900_000;
/** A message that waits for the machine returns after this share of the time since its escalation. */
const SHARE_OF_WAIT = 1 / 4;

/**
 * How long a message stays hidden after processing, in milliseconds; undefined if it may be deleted. That is so if its
 * failure has its outcome, or waits for a human. A decision may take days and often includes a change by hand.
 *
 * While the machine has the failure, the waits grow with the time since its escalation, because each check costs some
 * requests. That makes 35 checks in the first hour and 127 in a day. The next message of the group starts at most a
 * quarter late.
 */
export function hiddenMs(entry: LedgerEntry, now: number): number | undefined {
  if (entry.state === 'settled' || waitsForHuman(entry)) return undefined;
  if (isInWarmTier(entry)) return clamp((now - escalatedAt(entry)) * SHARE_OF_WAIT);
  return clamp(Date.parse(entry.notBefore ?? entry.receivedAt) - now);
}

function waitsForHuman({ question }: LedgerEntry): boolean {
  return question !== undefined && question.answer === undefined;
}

function escalatedAt({ trail, receivedAt }: LedgerEntry): number {
  return Date.parse(trail.findLast(({ step }) => step === 'handed-over')?.at ?? receivedAt);
}

function clamp(ms: number): number {
  return Math.min(MAX_HIDDEN_MS, Math.max(MIN_HIDDEN_MS, ms));
}

/** How long a message stays hidden while another attempt of its failure is in flight. */
export const BUSY_MS = MIN_HIDDEN_MS;

export function receiveCount({ attributes }: SQSRecord): number {
  return Number(attributes.ApproximateReceiveCount);
}

/**
 * Whether a message fails or crashes its worker on every receive. The receive count alone does not tell, because a
 * waiting message is received often too. But a waiting message has a ledger entry, and every entry reaches an outcome.
 * The ledger counts attempts before the call, and the reconciler finishes stalled entries.
 */
export async function isPoison(
  record: SQSRecord,
  { ledger, intake }: { readonly ledger: Pick<Ledger, 'get' | 'now'>; readonly intake: IntakeOptions },
) {
  if (receiveCount(record) <= MAX_RECEIVE_COUNT) return false;
  const { retentionMs, settings, kindOf, takesEncodedSlashes, acceptedBy } = intake;
  const about = { dependency: settings.name, now: ledger.now, retentionMs, kindOf, takesEncodedSlashes, acceptedBy };
  const parsed = parseLaneMessage(record.body, about);
  switch (parsed.kind) {
    case 'failure':
      return (await ledger.get(failureKey(parsed.failure))) === undefined;
    case 'redrive':
      return (await ledger.get(parsed.deadLetter.key)) === undefined;
    case 'reject':
      return true;
    default:
      return parsed satisfies never;
  }
}
