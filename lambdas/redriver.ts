import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { openRedriver } from './adapters/redrive/open-redriver.ts';
import { withSafeErrors } from './adapters/telemetry.ts';

/** Time to finish open requests before the function's own limit. */
const MARGIN_MS = 20_000;

const redriver = openRedriver();

/**
 * Redrives a lane whose circuit has closed. The message stays in its queue until the redrive is done, so that another
 * invocation continues what takes longer than one.
 */
export const handler = withSafeErrors(async (event: unknown, context: Context): Promise<SQSBatchResponse> => {
  const batchItemFailures: { itemIdentifier: string }[] = [];
  for (const record of (event as SQSEvent).Records) {
    const retryInMs = await redriver.redrive(record, context.getRemainingTimeInMillis() - MARGIN_MS);
    if (retryInMs === undefined) continue;
    await redriver.hide(record, retryInMs);
    batchItemFailures.push({ itemIdentifier: record.messageId });
  }
  return { batchItemFailures };
});
