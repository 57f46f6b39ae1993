import type { DynamoDBBatchResponse, DynamoDBRecord } from 'aws-lambda';
import { errorFacts } from '../../contract/error-facts.ts';
import { publishOpenCircuit } from '../circuit/publish-open-circuits.ts';
import { type OutboxPorts, publish } from '../ledger/outbox.ts';
import { readOutboxRecord } from '../ledger/outbox-record.ts';
import { identify, logger } from '../telemetry.ts';

export interface PublisherPorts {
  /** Publishes the outboxes of the ledger. */
  readonly failures: OutboxPorts;
  /** Publishes the outboxes of the circuits table. */
  readonly circuits: OutboxPorts;
  readonly circuitsTable: string;
}

/** Publishes events in the stream's order. After a failed record, the stream delivers all later ones again. */
export async function publishRecords(
  records: readonly DynamoDBRecord[],
  { failures, circuits, circuitsTable }: PublisherPorts,
): Promise<DynamoDBBatchResponse> {
  for (const record of records) {
    const found = readOutboxRecord(record);
    if (!found) continue;
    const { key, failureId, correlationId, outbox } = found;
    const isCircuit = record.eventSourceARN?.includes(`:table/${circuitsTable}/`);
    identify(isCircuit ? {} : { correlationId, failureId: failureId ?? key });
    try {
      await publish(key, outbox, isCircuit ? circuits : failures);
      if (isCircuit) publishOpenCircuit(outbox.detail);
    } catch (error) {
      logger.error('the event stays in the outbox', { detailType: outbox.detailType, ...errorFacts(error) });
      return { batchItemFailures: [{ itemIdentifier: record.dynamodb?.SequenceNumber ?? '' }] };
    }
  }
  return { batchItemFailures: [] };
}
