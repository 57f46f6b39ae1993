import type { Context } from 'aws-lambda';
import { openReconciler } from './adapters/recovery/open-reconciler.ts';
import { reconcileAll } from './adapters/recovery/reconcile-all.ts';
import { withSafeErrors } from './adapters/telemetry.ts';
import { failedExecution } from './use-cases/ledger/failure-ref.ts';
import { overdue } from './use-cases/recovery/reconciliation.ts';

/** Time to finish an entry before the function's own limit. */
const MARGIN_MS = 20_000;

const ports = openReconciler();

/** Finishes open failures: that of a failed execution, or, on schedule, all that are overdue. */
export const handler = withSafeErrors(async (event, context: Context) => {
  const failed = failedExecution(event);
  if (!failed) await ports.watchCircuits();
  const hasTime = () => context.getRemainingTimeInMillis() > MARGIN_MS;
  const keys = failed ? [failed.key] : overdue(ports.ledger, hasTime);
  await reconcileAll(keys, ports, failed?.cycle);
});
