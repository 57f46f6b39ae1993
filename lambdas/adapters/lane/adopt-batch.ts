import type { SQSBatchResponse, SQSRecord } from 'aws-lambda';
import { errorFacts } from '../../contract/error-facts.ts';
import type { DependencySettings } from '../../contract/settings.ts';
import { type ParseOptions, parseLaneMessage, type Rejection } from '../../domain/boundary/failure-event.ts';
import { adoptDeadLetter } from '../../domain/boundary/foreign-dead-letter.ts';
import { count, identify, logger } from '../telemetry.ts';
import type { Rejected } from './rejects.ts';

export interface AdopterTools {
  /** Of the lane's dependency. */
  readonly settings: DependencySettings;
  /** How long the ledger remembers, in milliseconds. */
  readonly retentionMs: number;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Sends a message to the lane queue. */
  readonly send: (body: string) => Promise<void>;
  readonly keepRejected: (rejected: Rejected) => Promise<void>;
}

/**
 * Takes messages of somebody else's dead-letter queue into the lane. The queue loses a message only once the lane has it, or the
 * rejects queue. One that can't be passed on harms no other.
 */
export async function adoptBatch(records: readonly SQSRecord[], tools: AdopterTools): Promise<SQSBatchResponse> {
  const { name } = tools.settings;
  const batchItemFailures: { itemIdentifier: string }[] = [];
  for (const record of records) {
    identify({});
    try {
      // A message of a FIFO queue must not overtake the one before it in its group.
      if (isBehind(record, batchItemFailures, records)) throw new Error('the message before it was not passed on');
      await adopt(record, tools);
    } catch (error) {
      logger.error('the message goes back to its queue', errorFacts(error));
      count('HandlerFailed', { dependency: name });
      batchItemFailures.push({ itemIdentifier: record.messageId });
    }
  }
  return { batchItemFailures };
}

function isBehind(
  { attributes: { MessageGroupId } }: SQSRecord,
  failures: readonly { readonly itemIdentifier: string }[],
  records: readonly SQSRecord[],
): boolean {
  if (MessageGroupId === undefined) return false;
  return records.some(
    ({ messageId, attributes }) =>
      attributes.MessageGroupId === MessageGroupId &&
      failures.some(({ itemIdentifier }) => itemIdentifier === messageId),
  );
}

async function adopt(record: SQSRecord, tools: AdopterTools): Promise<void> {
  const { name, kind } = tools.settings;
  const adopted = adoptDeadLetter(record, name, kind);
  if (adopted.kind === 'reject') return reject(record, adopted.reason, tools);
  identify({ failureId: adopted.detail.id });
  const body = JSON.stringify(adopted.detail);
  const reason = whyNot(body, tools);
  if (reason) return reject(record, reason, tools);
  await tools.send(body);
  logger.info('taken over from another dead-letter queue', { dependency: name });
  count('FailureAdopted', { dependency: name });
}

/** Judged here already: what has no place in the lane is kept as it came, not as it was written anew. */
function whyNot(body: string, { settings, retentionMs, now }: AdopterTools): Rejection | undefined {
  const kindOf: ParseOptions['kindOf'] = (name) => (name === settings.name ? settings.kind : undefined);
  const judged = parseLaneMessage(body, { dependency: settings.name, now: now(), retentionMs, kindOf });
  return judged.kind === 'reject' ? judged.reason : undefined;
}

async function reject(
  { body: event, messageAttributes: attributes }: SQSRecord,
  reason: Rejection,
  { settings, now, keepRejected }: AdopterTools,
): Promise<void> {
  const dependency = settings.name;
  const had = Object.keys(attributes).length > 0 && { attributes };
  await keepRejected({ reason, dependency, rejectedAt: new Date(now()).toISOString(), event, ...had });
  logger.warn('message rejected', { code: reason.code, path: reason.path });
  count('FailureRejected', { dependency, code: reason.code });
}
