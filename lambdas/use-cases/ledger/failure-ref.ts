import * as v from 'valibot';
import { EXECUTION_CHANGED } from '../../contract/aws-events.ts';
import { InternalError } from '../../contract/errors.ts';
import { asFailureKey, type FailureKey } from '../../contract/failure-key.ts';
import type { LedgerEntry } from '../../contract/ledger-entry.ts';
import type { Ledger } from './ledger.ts';

/** Fields by which the Recovery machine names its failure. */
const Ref = v.object({
  key: v.string(),
  id: v.string(),
  cycle: v.pipe(v.number(), v.integer(), v.minValue(1)),
  correlationId: v.string(),
  waitUntil: v.optional(v.string()),
});

interface MachineRef extends FailureRef {
  readonly correlationId: string;
  /** The failure's id, under the name that log lines use. */
  readonly failureId: string;
  /** Time for which the execution was started, in epoch milliseconds. */
  readonly waitUntil?: number | undefined;
}

/** @throws ValiError if the input names no failure */
export function failureRef(input: unknown): MachineRef {
  const { key, id, cycle, correlationId, waitUntil } = v.parse(Ref, input);
  return {
    key: asFailureKey(key),
    cycle,
    correlationId,
    failureId: id,
    waitUntil: waitUntil === undefined ? undefined : Date.parse(waitUntil),
  };
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
  readonly key: FailureKey;
  readonly cycle: number;
}

/** Whether the cycle has its outcome. A later cycle implies that this one was dead-lettered. */
export function isOver(entry: LedgerEntry, { cycle }: Pick<FailureRef, 'cycle'>): boolean {
  return entry.state === 'settled' || entry.cycle > cycle;
}

/** @throws InternalError if the ledger has no entry with this key */
export async function mustGet(key: FailureKey, ledger: Pick<Ledger, 'get'>): Promise<LedgerEntry> {
  const entry = await ledger.get(key);
  if (!entry) throw new InternalError('the ledger has no such failure');
  return entry;
}
