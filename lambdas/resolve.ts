import { openAttempts } from './adapters/recovery/open-recovery.ts';
import { withFailureIds, withSafeErrors } from './adapters/telemetry.ts';
import { failureRef } from './use-cases/ledger/failure-ref.ts';
import { resolveDurably } from './use-cases/recovery/warm-tier.ts';

const ports = openAttempts();

/** Runs one round of fetch, compare, resubmit for the Recovery machine. */
export const handler = withSafeErrors(async (event) => {
  const ref = failureRef(event);
  return withFailureIds(ref, () => resolveDurably(ref, ports.settingsOf, ports));
});
