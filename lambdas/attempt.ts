import { openAttempts } from './adapters/recovery/open-recovery.ts';
import { withFailureIds, withSafeErrors } from './adapters/telemetry.ts';
import { failureRef } from './use-cases/ledger/failure-ref.ts';
import { attemptDurably } from './use-cases/recovery/warm-tier.ts';

const ports = openAttempts();

/** Makes one durable attempt for the Recovery machine. */
export const handler = withSafeErrors(async (event) => {
  const ref = failureRef(event);
  return withFailureIds(ref, () => attemptDurably(ref, ports.settingsOf, ports));
});
