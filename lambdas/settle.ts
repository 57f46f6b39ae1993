import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { env, envNumber } from './shared/environment.ts';
import { failureRef } from './shared/failure-ref.ts';
import { Ledger } from './shared/ledger.ts';
import { settleFailure } from './shared/settlement.ts';
import { about, count, guarded, logger } from './shared/telemetry.ts';

const ledger = new Ledger({
  client: new DynamoDBClient(),
  table: env('LEDGER_TABLE'),
  reconcileAfterMs: envNumber('RECONCILE_AFTER_MS'),
});

/** Records the outcome that the Recovery machine has come to. */
export const handler = guarded(async (state) =>
  about(failureRef(state), async () => {
    const { dependency, outcome = 'ignored', reason } = await settleFailure(state, ledger);
    logger.info('settled in the warm tier', { dependency, outcome, reason });
    count('FailureSettled', { dependency, outcome });
    return { outcome };
  }),
);
