import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { env } from './shared/environment.ts';
import type { LedgerEntry } from './shared/ledger/ledger-entry.ts';
import { openLedger } from './shared/ledger/open-ledger.ts';
import { publish } from './shared/ledger/outbox.ts';
import { about, errorFacts, guarded, logger } from './shared/telemetry.ts';

const tools = {
  events: new EventBridgeClient(),
  busName: env('EVENT_BUS_NAME'),
  ledger: openLedger(new DynamoDBClient()),
};

/** Publishes what the outbox holds. The stream is in order: after a record that fails, all that follow come again. */
export const handler = guarded(async (event): Promise<DynamoDBBatchResponse> => {
  for (const { dynamodb } of (event as DynamoDBStreamEvent).Records) {
    const image = unmarshall((dynamodb?.NewImage ?? {}) as Record<string, AttributeValue>);
    const { id, correlationId, outbox } = image as LedgerEntry;
    if (!outbox) continue;
    try {
      await about({ correlationId, failureId: id }, () => publish(id, outbox, tools));
    } catch (error) {
      logger.error('the event stays in the outbox', errorFacts(error));
      return { batchItemFailures: [{ itemIdentifier: dynamodb?.SequenceNumber ?? '' }] };
    }
  }
  return { batchItemFailures: [] };
});
