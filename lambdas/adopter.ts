import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { adoptBatch } from './adapters/lane/adopt-batch.ts';
import { openAdopter } from './adapters/lane/open-adopter.ts';
import { withSafeErrors } from './adapters/telemetry.ts';

const ports = openAdopter();

/** Forwards messages of your dead-letter queue to the lane of their dependency. */
export const handler = withSafeErrors(async (event: unknown): Promise<SQSBatchResponse> => {
  const { Records } = event as SQSEvent;
  return adoptBatch(Records, ports);
});
