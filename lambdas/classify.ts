import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { env } from './shared/environment.ts';
import { openLedger } from './shared/ledger/open-ledger.ts';
import { failureRef } from './shared/recovery/failure-ref.ts';
import { standing } from './shared/recovery/warm-tier.ts';
import { about, guarded } from './shared/telemetry.ts';

const ledger = openLedger(new DynamoDBClient());
const runbookUrl = env('RUNBOOK_URL');

/** Tells the Recovery machine where a failure stands: until when to wait, or why to give up. */
export const handler = guarded(async (event) => {
  const ref = failureRef(event);
  return about(ref, () => standing(ref, ledger, { runbookUrl }));
});
