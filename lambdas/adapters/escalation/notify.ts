import type { SQSBatchResponse, SQSRecord } from 'aws-lambda';
import { errorFacts } from '../../contract/error-facts.ts';
import { readSignal, type Signal } from '../../domain/escalation/signal.ts';
import { type EscalateTools, escalate, subjectOf, UntoldError } from '../../use-cases/escalation/escalate.ts';
import { count, logger } from '../telemetry.ts';
import { NotTakenError } from './post-json.ts';

export interface NotifyTools extends EscalateTools {
  /** Lets a message come back soon. */
  readonly retrySoon: (receiptHandle: string) => Promise<void>;
}

type Message = Pick<SQSRecord, 'messageId' | 'body' | 'receiptHandle'>;

/** Works through a batch: messages about one dependency are one write. Those that could not be taken in come back; one of those of which somebody could not be told. */
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
      const isIngested = error instanceof UntoldError;
      logger.error('humans could not be told', {
        dependency: subject,
        ...errorDetails(isIngested ? error.cause : error),
      });
      count('AlertFailed');
      const records = all.map(({ record }) => record);
      // What is taken in is not to be counted again: one message is enough to try once more.
      failed.push(...(isIngested ? records.slice(0, 1) : records));
    }
  }
  // Where that fails as well they come back all the same, only later.
  await Promise.allSettled(failed.map(({ receiptHandle }) => tools.retrySoon(receiptHandle)));
  return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
}

/** Which service answered what: whoever looks must find out whether the key is wrong, or the service is ill. */
function errorDetails(error: unknown): Record<string, unknown> {
  const answer = error instanceof NotTakenError && { channel: error.service, statusCode: error.statusCode };
  return { ...errorFacts(error), ...answer };
}

function signalOf({ body }: Message): Signal | undefined | 'unreadable' {
  try {
    return readSignal(body);
  } catch (error) {
    logger.error('a signal can not be read', errorFacts(error));
    return 'unreadable';
  }
}
