import { openUndo } from './adapters/recovery/open-recovery.ts';
import { withFailureIds, withSafeErrors } from './adapters/telemetry.ts';
import { failureRef } from './use-cases/ledger/failure-ref.ts';
import { undoFailure } from './use-cases/undo/undo-failure.ts';

const ports = openUndo();

/** Undoes the completed steps of a failure that was given up, for the Recovery machine. */
export const handler = withSafeErrors(async (event, context) => {
  const ref = failureRef(event);
  const remainingMs = () => context.getRemainingTimeInMillis();
  return withFailureIds(ref, () => undoFailure(ref, { ...ports, remainingMs }));
});
