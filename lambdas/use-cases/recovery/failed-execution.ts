import * as v from 'valibot';
import { failureRef, type MachineRef } from '../ledger/failure-ref.ts';

const StatusChange = v.object({
  'detail-type': v.literal('Step Functions Execution Status Change'),
  detail: v.object({ input: v.string() }),
});

/** Reads the failure from the status change of a Recovery execution; undefined for other events, as the schedule's. */
export function failedExecution(event: unknown): MachineRef | undefined {
  const change = v.safeParse(StatusChange, event);
  return change.success ? failureRef(JSON.parse(change.output.detail.input)) : undefined;
}
