import { openSettling } from './adapters/recovery/open-settling.ts';
import { count, logger, withFailureIds, withSafeErrors } from './adapters/telemetry.ts';
import { failureRef } from './use-cases/ledger/failure-ref.ts';
import { settleFailure } from './use-cases/recovery/settlement.ts';

const ports = openSettling();

/** Records the outcome of a failure. What the machine gave up becomes a dead letter. */
export const handler = withSafeErrors(async (state) =>
  withFailureIds(failureRef(state), async () => {
    const { entry, isNew } = await settleFailure(state, ports);
    const { dependency, outcome, reason } = entry;
    if (isNew && outcome) {
      logger.info('settled in the warm tier', { dependency, outcome, reason });
      count('FailureSettled', { dependency, outcome });
    }
    return { outcome };
  }),
);
