import { openFallbacks } from './adapters/recovery/open-recovery.ts';
import { count, logger, withFailureIds, withSafeErrors } from './adapters/telemetry.ts';
import { degradeFailure } from './use-cases/fallback/degrade.ts';
import { failureRef } from './use-cases/ledger/failure-ref.ts';

const ports = openFallbacks();

/** Gets the answer of a dependency's fallback for the Recovery machine. */
export const handler = withSafeErrors(async (event) => {
  const ref = failureRef(event);
  return withFailureIds(ref, async () => {
    const { outcome, entry } = await degradeFailure(ref, ports);
    if (entry) {
      const { dependency, answer } = entry;
      logger.info('settled by a fallback', { dependency, outcome, fallback: answer?.fallback });
      count('FailureSettled', { dependency, outcome });
    }
    return { outcome };
  });
});
