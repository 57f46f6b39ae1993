import type { SQSBatchResponse, SQSRecord } from 'aws-lambda';
import { errorFacts } from '../../contract/error-facts.ts';
import type { DependencySettings } from '../../contract/settings.ts';
import { type Clock, iso } from '../../contract/time.ts';
import { type ParseOptions, parseLaneMessage, type Rejection } from '../../domain/boundary/failure-event.ts';
import { writeFailure } from '../../domain/boundary/failure-json.ts';
import { adoptDeadLetter } from '../../domain/boundary/foreign-dead-letter.ts';
import { count, identify, logger } from '../telemetry.ts';
import type { Rejected } from './rejects.ts';

export interface AdopterPorts {
  /** Settings of the lane's dependency. */
  readonly settings: DependencySettings;
  /** How long the ledger keeps an entry, in milliseconds. */
  readonly retentionMs: number;
  readonly now: Clock;
  /** Sends a message to the lane queue. */
  readonly send: (body: string) => Promise<void>;
  readonly keepRejected: (rejected: Rejected) => Promise<void>;
}

/**
 * Forwards messages of your dead-letter queue to the lane. A message leaves its queue only once the lane or the
 * rejects queue has it. A message that fails does not affect the others.
 */
export async function adoptBatch(records: readonly SQSRecord[], ports: AdopterPorts): Promise<SQSBatchResponse> {
  const { name } = ports.settings;
  const batchItemFailures: { itemIdentifier: string }[] = [];
  for (const record of records) {
    identify({});
    try {
      // A FIFO message must not overtake an earlier message of its group.
      if (followsFailedMessage(record, batchItemFailures, records))
        throw new Error('an earlier message was not passed on');
      await adopt(record, ports);
    } catch (error) {
      logger.error('the message goes back to its queue', errorFacts(error));
      count('HandlerFailed', { dependency: name });
      batchItemFailures.push({ itemIdentifier: record.messageId });
    }
  }
  return { batchItemFailures };
}

function followsFailedMessage(
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

async function adopt(record: SQSRecord, ports: AdopterPorts): Promise<void> {
  const { name, kind } = ports.settings;
  const adopted = adoptDeadLetter(record, name, kind);
  if (adopted.kind === 'reject') return reject(record, adopted.reason, ports);
  identify({ failureId: adopted.detail.id });
  const body = writeFailure({ ...adopted.detail, adopted: true });
  const reason = rejectionOf(body, ports);
  if (reason) return reject(record, reason, ports);
  await ports.send(body);
  logger.info('adopted from your dead-letter queue', { dependency: name });
  count('FailureAdopted', { dependency: name });
}

/** Validates before the lane does, so that the rejects queue keeps the original message and not the rewritten one. */
function rejectionOf(body: string, { settings, retentionMs, now }: AdopterPorts): Rejection | undefined {
  const kindOf: ParseOptions['kindOf'] = (name) => (name === settings.name ? settings.kind : undefined);
  const acceptedBy = () => settings;
  const judged = parseLaneMessage(body, { dependency: settings.name, now: now(), retentionMs, kindOf, acceptedBy });
  return judged.kind === 'reject' ? judged.reason : undefined;
}

async function reject(
  { body: event, messageAttributes: attributes }: SQSRecord,
  reason: Rejection,
  { settings, now, keepRejected }: AdopterPorts,
): Promise<void> {
  const dependency = settings.name;
  const sourceAttributes = Object.keys(attributes).length > 0 && { attributes };
  await keepRejected({ reason, dependency, rejectedAt: iso(now()), event, ...sourceAttributes });
  logger.warn('message rejected', { code: reason.code, path: reason.path });
  count('FailureRejected', { dependency, code: reason.code });
}
