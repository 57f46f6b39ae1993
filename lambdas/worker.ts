import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { processLaneBatch } from './adapters/lane/lane-batch.ts';
import { openLane } from './adapters/lane/open-lane.ts';
import { withSafeErrors } from './adapters/telemetry.ts';

const ports = openLane();

/** The hot tier: processes the lane queue's failures one after another, so that the lane's concurrency limit holds. */
export const handler = withSafeErrors(async (event: unknown, context: Context): Promise<SQSBatchResponse> => {
  const { Records } = event as SQSEvent;
  return processLaneBatch(Records, ports, () => context.getRemainingTimeInMillis());
});
