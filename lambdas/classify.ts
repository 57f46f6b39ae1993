import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { failureRef } from './shared/failure-ref.ts';
import { openLedger } from './shared/open-ledger.ts';
import { about, guarded } from './shared/telemetry.ts';
import { standing } from './shared/warm-tier.ts';

const ledger = openLedger(new DynamoDBClient());

/** Tells the Recovery machine where a failure stands: until when to wait, or why to give up. */
export const handler = guarded(async (event) => {
  const ref = failureRef(event);
  return about(ref, () => standing(ref, ledger));
});
