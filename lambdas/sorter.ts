import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { openSorter } from './adapters/lane/open-sorter.ts';
import { sortBatch } from './adapters/lane/sort-batch.ts';
import { withSafeErrors } from './adapters/telemetry.ts';

const ports = openSorter();

/** Sorts failures of an ordered lane into one message group per resource. An EventBridge rule has one fixed group. */
export const handler = withSafeErrors(async (event: unknown): Promise<SQSBatchResponse> => {
  const { Records } = event as SQSEvent;
  return sortBatch(Records, ports);
});
