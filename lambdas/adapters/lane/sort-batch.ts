import type { SQSBatchResponse, SQSRecord } from 'aws-lambda';
import { errorFacts } from '../../contract/error-facts.ts';
import { type ParseOptions, parseLaneMessage } from '../../domain/boundary/failure-event.ts';
import { digest } from '../../domain/digest.ts';
import { resourceKey } from '../../domain/recovery/resource-key.ts';
import type { Ledger } from '../../use-cases/ledger/ledger.ts';
import { count, identify, logger } from '../telemetry.ts';

/** A message for the ordered queue. */
export interface Sorted {
  readonly body: string;
  /** Message group: SQS delivers one message of a group at a time. */
  readonly group: string;
  /** Deduplication id: SQS drops a second message with it within 5 minutes. */
  readonly name: string;
}

export interface SorterPorts {
  /** Name of the lane's dependency. */
  readonly dependency: string;
  /** How long the ledger keeps an entry, in milliseconds. */
  readonly retentionMs: number;
  /** Kind of a dependency. @default - every dependency is an HTTP API */
  readonly kindOf?: ParseOptions['kindOf'];
  readonly takesEncodedSlashes?: ParseOptions['takesEncodedSlashes'];
  readonly ledger: Pick<Ledger, 'get' | 'now'>;
  readonly forward: (message: Sorted) => Promise<void>;
}

/** Forwards messages to the ordered queue in the order received. A message that fails does not affect the others. */
export async function sortBatch(records: readonly SQSRecord[], ports: SorterPorts): Promise<SQSBatchResponse> {
  const batchItemFailures: { itemIdentifier: string }[] = [];
  for (const { messageId, body } of records) {
    identify({});
    try {
      // The message id as deduplication id: SQS drops what a crash makes the sorter send twice, but no new message.
      await ports.forward({ body, group: await groupOf(body, ports), name: messageId });
    } catch (error) {
      logger.error('the message goes back to its queue', errorFacts(error));
      count('HandlerFailed', { dependency: ports.dependency });
      batchItemFailures.push({ itemIdentifier: messageId });
    }
  }
  return { batchItemFailures };
}

/** Chooses the message group. Forwards an invalid message in a group of its own, because the worker rejects it. */
async function groupOf(body: string, ports: SorterPorts): Promise<string> {
  const { dependency, retentionMs, ledger, kindOf, takesEncodedSlashes } = ports;
  const parsed = parseLaneMessage(body, { dependency, retentionMs, now: ledger.now, kindOf, takesEncodedSlashes });
  switch (parsed.kind) {
    case 'failure': {
      const { id: failureId, correlationId, operation, tenant } = parsed.failure;
      identify({ failureId, correlationId });
      return resourceKey(operation, tenant);
    }
    case 'redrive': {
      identify({ failureId: parsed.deadLetter.id });
      const failure = (await ledger.get(parsed.deadLetter.key))?.failure;
      return failure ? resourceKey(failure.operation, failure.tenant) : digest(body);
    }
    case 'reject':
      return digest(body);
    default:
      return parsed satisfies never;
  }
}
