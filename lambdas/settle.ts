import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { openLedger } from './shared/ledger/open-ledger.ts';
import { failureRef } from './shared/recovery/failure-ref.ts';
import { settleFailure } from './shared/recovery/settlement.ts';
import { about, count, guarded, logger } from './shared/telemetry.ts';

const ledger = openLedger(new DynamoDBClient());

/** Records the outcome that the Recovery machine has come to. */
export const handler = guarded(async (state) =>
  about(failureRef(state), async () => {
    const { entry, isNew } = await settleFailure(state, ledger);
    const { dependency, outcome, reason } = entry;
    if (isNew && outcome) {
      logger.info('settled in the warm tier', { dependency, outcome, reason });
      count('FailureSettled', { dependency, outcome });
    }
    return { outcome };
  }),
);
