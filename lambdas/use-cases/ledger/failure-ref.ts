import * as v from 'valibot';
import { InternalError } from '../../contract/errors.ts';
import type { LedgerEntry } from '../../contract/ledger-entry.ts';
import type { Ledger } from './ledger.ts';

/** What the Recovery machine says of the failure that it works on. */
const Ref = v.object({
  id: v.string(),
  cycle: v.pipe(v.number(), v.integer(), v.minValue(1)),
  correlationId: v.string(),
});

export interface MachineRef {
  readonly id: string;
  readonly cycle: number;
  readonly correlationId: string;
  /** The same as `id`, under the name that log lines use. */
  readonly failureId: string;
}

export function failureRef(input: unknown): MachineRef {
  const { id, cycle, correlationId } = v.parse(Ref, input);
  return { id, cycle, correlationId, failureId: id };
}

/** Which failure, and which time through. */
export interface FailureRef {
  readonly id: string;
  readonly cycle: number;
}

/** Whether the cycle has its outcome. A later cycle follows only on a dead letter. */
export function isOver(entry: LedgerEntry, { cycle }: FailureRef): boolean {
  return entry.state === 'settled' || entry.cycle > cycle;
}

export async function mustGet(id: string, ledger: Ledger): Promise<LedgerEntry> {
  const entry = await ledger.get(id);
  if (!entry) throw new InternalError('the ledger has no such failure');
  return entry;
}
