import type { SQSBatchResponse, SQSRecord } from 'aws-lambda';
import { count, errorFacts, logger } from '../telemetry.ts';
import { type EscalateTools, escalate, subjectOf } from './escalate.ts';
import { readSignal, type Signal } from './signal.ts';

export interface NotifyTools extends EscalateTools {
  /** Lets a message come back soon. */
  readonly putOff: (receiptHandle: string) => Promise<void>;
}

type Message = Pick<SQSRecord, 'messageId' | 'body' | 'receiptHandle'>;

/** Works through a batch: messages about one dependency are one write. Those of whom nobody could be told come back. */
export async function notify(records: readonly Message[], tools: NotifyTools): Promise<SQSBatchResponse> {
  const failed: Message[] = [];
  const bySubject = new Map<string, { readonly record: Message; readonly signal: Signal }[]>();
  for (const record of records) {
    const read = signalOf(record);
    if (read === 'unreadable') failed.push(record);
    else if (read) {
      const subject = subjectOf(read);
      bySubject.set(subject, [...(bySubject.get(subject) ?? []), { record, signal: read }]);
    }
  }
  for (const [subject, all] of bySubject) {
    try {
      await escalate(
        subject,
        all.map(({ signal }) => signal),
        tools,
      );
    } catch (error) {
      logger.error('humans could not be told', { dependency: subject, ...errorFacts(error) });
      count('AlertFailed');
      failed.push(...all.map(({ record }) => record));
    }
  }
  // Where that fails as well they come back all the same, only later.
  await Promise.allSettled(failed.map(({ receiptHandle }) => tools.putOff(receiptHandle)));
  return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
}

function signalOf({ body }: Message): Signal | undefined | 'unreadable' {
  try {
    return readSignal(body);
  } catch (error) {
    logger.error('a signal can not be read', errorFacts(error));
    return 'unreadable';
  }
}
