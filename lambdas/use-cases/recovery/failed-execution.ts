import * as v from 'valibot';
import { failureRef, type MachineRef } from '../ledger/failure-ref.ts';

const StatusChange = v.object({
  'detail-type': v.literal('Step Functions Execution Status Change'),
  detail: v.object({ input: v.string() }),
});

/** The failure that an execution of ours worked on when it failed; undefined for any other event, such as the schedule's. */
export function failedExecution(event: unknown): MachineRef | undefined {
  const change = v.safeParse(StatusChange, event);
  return change.success ? failureRef(JSON.parse(change.output.detail.input)) : undefined;
}
