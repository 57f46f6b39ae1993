import { openReconciler } from './adapters/recovery/open-reconciler.ts';
import { reconcileAll } from './adapters/recovery/reconcile-all.ts';
import { withSafeErrors } from './adapters/telemetry.ts';
import { failedExecution } from './use-cases/ledger/failure-ref.ts';
import { findOverdue } from './use-cases/recovery/reconciliation.ts';

const ports = openReconciler();

/** Finishes open failures: that of a failed execution, or, on schedule, all that are overdue. */
export const handler = withSafeErrors(async (event) => {
  const failed = failedExecution(event);
  if (!failed) await ports.watchCircuits();
  const keys = failed ? [failed.key] : await findOverdue(ports.ledger);
  await reconcileAll(keys, ports, failed?.cycle);
});
