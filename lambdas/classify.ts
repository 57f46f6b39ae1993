import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { env, envNumber } from './shared/environment.ts';
import { failureRef } from './shared/failure-ref.ts';
import { Ledger } from './shared/ledger.ts';
import { about, guarded } from './shared/telemetry.ts';
import { standing } from './shared/warm-tier.ts';

const ledger = new Ledger({
  client: new DynamoDBClient(),
  table: env('LEDGER_TABLE'),
  reconcileAfterMs: envNumber('RECONCILE_AFTER_MS'),
});

/** Tells the Recovery machine where a failure stands: until when to wait, or why to give up. */
export const handler = guarded(async (event) => {
  const ref = failureRef(event);
  return about(ref, () => standing(ref, ledger));
});
