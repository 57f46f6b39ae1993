import type { SQSBatchResponse, SQSRecord } from 'aws-lambda';
import { errorFacts } from '../../contract/error-facts.ts';
import { type ParseOptions, parseLaneMessage } from '../../domain/boundary/failure-event.ts';
import { digest, resourceKey } from '../../domain/recovery/resource-key.ts';
import type { Ledger } from '../../use-cases/ledger/ledger.ts';
import { count, identify, logger } from '../telemetry.ts';

/** A message on its way into the ordered queue. */
export interface Sorted {
  readonly body: string;
  /** Messages of one group are worked on one at a time. */
  readonly group: string;
  /** A second message of the same name within 5 minutes is dropped by SQS. */
  readonly name: string;
}

export interface SorterTools {
  /** Name of the lane's dependency. */
  readonly dependency: string;
  /** How long the ledger remembers, in milliseconds. */
  readonly retentionMs: number;
  /** What a dependency is. @default - all are HTTP APIs */
  readonly kindOf?: ParseOptions['kindOf'];
  readonly ledger: Pick<Ledger, 'get' | 'now'>;
  readonly pass: (message: Sorted) => Promise<void>;
}

/** Passes messages on to the ordered queue, in the order in which they came. One that can't be passed on harms no other. */
export async function sortBatch(records: readonly SQSRecord[], tools: SorterTools): Promise<SQSBatchResponse> {
  const batchItemFailures: { itemIdentifier: string }[] = [];
  for (const { messageId, body } of records) {
    identify({});
    try {
      // Named after the message at hand: SQS drops what a crash makes the sorter send twice, and nothing that was sent anew.
      await tools.pass({ body, group: await groupOf(body, tools), name: messageId });
    } catch (error) {
      logger.error('the message goes back to its queue', errorFacts(error));
      count('HandlerFailed', { dependency: tools.dependency });
      batchItemFailures.push({ itemIdentifier: messageId });
    }
  }
  return { batchItemFailures };
}

/** The worker judges what a message is worth: what can't be read here, it rejects. */
async function groupOf(body: string, { dependency, retentionMs, ledger, kindOf }: SorterTools): Promise<string> {
  const parsed = parseLaneMessage(body, { dependency, retentionMs, now: ledger.now, ...(kindOf && { kindOf }) });
  switch (parsed.kind) {
    case 'failure': {
      const { id: failureId, correlationId, operation, tenant } = parsed.failure;
      identify({ failureId, correlationId });
      return resourceKey(operation, tenant);
    }
    case 'redrive': {
      identify({ failureId: parsed.deadLetter.id });
      const failure = (await ledger.get(parsed.deadLetter.id))?.failure;
      return failure ? resourceKey(failure.operation, failure.tenant) : digest(body);
    }
    case 'reject':
      return digest(body);
    default:
      return parsed satisfies never;
  }
}
