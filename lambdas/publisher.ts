import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { openPublisher } from './adapters/publisher/open-publisher.ts';
import { publishRecords } from './adapters/publisher/publish-records.ts';
import { withSafeErrors } from './adapters/telemetry.ts';

const ports = openPublisher();

/** Publishes the events of outboxes. */
export const handler = withSafeErrors(async (event): Promise<DynamoDBBatchResponse> => {
  return publishRecords((event as DynamoDBStreamEvent).Records, ports);
});
