import * as v from 'valibot';
import { EXECUTION_CHANGED } from '../../contract/aws-events.ts';
import { InternalError } from '../../contract/errors.ts';
import type { LedgerEntry } from '../../contract/ledger-entry.ts';
import type { Ledger } from './ledger.ts';

/** Fields by which the Recovery machine names its failure. */
const Ref = v.object({
  id: v.string(),
  cycle: v.pipe(v.number(), v.integer(), v.minValue(1)),
  correlationId: v.string(),
});

interface MachineRef {
  readonly id: string;
  readonly cycle: number;
  readonly correlationId: string;
  /** Equals `id`, under the key of log lines. */
  readonly failureId: string;
}

/** @throws ValiError if the input names no failure */
export function failureRef(input: unknown): MachineRef {
  const { id, cycle, correlationId } = v.parse(Ref, input);
  return { id, cycle, correlationId, failureId: id };
}

const StatusChange = v.object({
  'detail-type': v.literal(EXECUTION_CHANGED),
  detail: v.object({ input: v.string() }),
});

/** Reads the failure from the status change of a Recovery execution; undefined for other events, as the schedule's. */
export function failedExecution(event: unknown): MachineRef | undefined {
  const change = v.safeParse(StatusChange, event);
  return change.success ? failureRef(JSON.parse(change.output.detail.input)) : undefined;
}

/** A failure and one of its cycles; each redrive begins another cycle. */
export interface FailureRef {
  readonly id: string;
  readonly cycle: number;
}

/** Whether the cycle has its outcome. A later cycle implies that this one was dead-lettered. */
export function isOver(entry: LedgerEntry, { cycle }: FailureRef): boolean {
  return entry.state === 'settled' || entry.cycle > cycle;
}

/** @throws InternalError if the ledger has no entry with this id */
export async function mustGet(id: string, ledger: Pick<Ledger, 'get'>): Promise<LedgerEntry> {
  const entry = await ledger.get(id);
  if (!entry) throw new InternalError('the ledger has no such failure');
  return entry;
}
