import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DYNAMODB, within } from './adapters/budgets.ts';
import { openLedger } from './adapters/ledger/dynamodb-ledger.ts';
import { count, logger, withFailureIds, withSafeErrors } from './adapters/telemetry.ts';
import { failureRef } from './use-cases/ledger/failure-ref.ts';
import { settleFailure } from './use-cases/recovery/settlement.ts';

const ledger = openLedger(new DynamoDBClient(within(DYNAMODB)));

/** Records the outcome of a Recovery execution. */
export const handler = withSafeErrors(async (state) =>
  withFailureIds(failureRef(state), async () => {
    const { entry, isNew } = await settleFailure(state, ledger);
    const { dependency, outcome, reason } = entry;
    if (isNew && outcome) {
      logger.info('settled in the warm tier', { dependency, outcome, reason });
      count('FailureSettled', { dependency, outcome });
    }
    return { outcome };
  }),
);
