import type { SQSBatchResponse, SQSRecord } from 'aws-lambda';
import { errorFacts } from '../../contract/error-facts.ts';
import type { KnownDependencies } from '../../domain/escalation/control-event.ts';
import { readSignal, type Signal } from '../../domain/escalation/signal.ts';
import {
  type EscalatePorts,
  EscalationBusyError,
  escalate,
  subjectOf,
  UntoldError,
} from '../../use-cases/escalation/escalate.ts';
import { count, logger } from '../telemetry.ts';
import { NotTakenError } from './post-json.ts';

export interface NotifyPorts extends EscalatePorts, KnownDependencies {
  /** Shortens a message's visibility timeout, so that it comes back soon. */
  readonly retrySoon: (receiptHandle: string) => Promise<void>;
}

type Message = Pick<SQSRecord, 'messageId' | 'body' | 'receiptHandle' | 'attributes'>;

/**
 * Processes a batch of signals, with one write per dependency. Signals that could not be stored come back. If an alert
 * is pending, one message of the dependency comes back, to send it.
 */
export async function notify(records: readonly Message[], ports: NotifyPorts): Promise<SQSBatchResponse> {
  const failed: Message[] = [];
  const bySubject = new Map<string, readonly Read[]>();
  for (const record of records) {
    const read = signalOf(record, ports);
    if (read === 'unreadable') failed.push(record);
    else if (read) {
      const subject = subjectOf(read);
      bySubject.set(subject, [...(bySubject.get(subject) ?? []), { record, signal: read }]);
    }
  }
  // One after another, the first dependency's hanging channel would take the time of all others.
  const unsent = await Promise.all([...bySubject].map(([subject, all]) => tell(subject, all, ports)));
  failed.push(...unsent.flat());
  // If that fails too, the messages come back at their normal visibility timeout.
  await Promise.allSettled(failed.map(({ receiptHandle }) => ports.retrySoon(receiptHandle)));
  return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
}

interface Read {
  readonly record: Message;
  readonly signal: Signal;
}

/** Stores and sends the signals of one dependency. @returns the messages that must come back */
async function tell(subject: string, all: readonly Read[], ports: NotifyPorts): Promise<readonly Message[]> {
  const signals = all.map(({ signal }) => signal);
  try {
    await escalate(subject, signals, ports);
    return [];
  } catch (error) {
    const isIngested = error instanceof UntoldError;
    const cause = isIngested ? error.cause : error;
    if (isIngested && cause instanceof EscalationBusyError)
      logger.debug('alert left to another instance', { dependency: subject });
    else {
      logger.error('alert not delivered', { dependency: subject, ...errorDetails(cause) });
      count('AlertFailed');
    }
    const records = all.map(({ record }) => record);
    // The signals are stored, and must not count twice: one message is enough to send what is pending.
    return isIngested ? records.slice(0, 1) : records;
  }
}

/** Adds the service and its status, so that the log tells a wrong key from an outage of the service. */
function errorDetails(error: unknown): Record<string, unknown> {
  const answer = error instanceof NotTakenError && { channel: error.service, statusCode: error.statusCode };
  return { ...errorFacts(error), ...answer };
}

function signalOf({ body, attributes }: Message, { settingsOf }: KnownDependencies): Signal | undefined | 'unreadable' {
  try {
    return readSignal(body, { settingsOf, arrivedAt: Number(attributes.SentTimestamp) });
  } catch (error) {
    logger.error('unreadable signal', errorFacts(error));
    return 'unreadable';
  }
}
