import * as v from 'valibot';
import { NotSettledError } from '../../contract/errors.ts';
import { asFailureKey } from '../../contract/failure-key.ts';
import type { LedgerEntry } from '../../contract/ledger-entry.ts';
import { OUTCOMES, type Outcome } from '../../contract/outcomes.ts';
import { isOver, mustGet } from '../ledger/failure-ref.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { recordOutcome } from './record-outcome.ts';

/** State of the Recovery machine at its last step. */
const MachineState = v.object({
  key: v.string(),
  cycle: v.number(),
  settlement: v.optional(v.object({ outcome: v.picklist(OUTCOMES) })),
  decision: v.optional(v.object({ letter: v.object({ reason: v.string() }) })),
});

interface Settled {
  readonly entry: LedgerEntry;
  /** Whether this call recorded the outcome. */
  readonly isNew: boolean;
}

/**
 * Records the outcome of a Recovery execution. The first outcome stands: a second settlement changes nothing.
 *
 * @throws NotSettledError if the execution has no outcome, because its catch block failed
 */
export async function settleFailure(state: unknown, ledger: Ledger): Promise<Settled> {
  const { key, cycle, settlement, decision } = v.parse(MachineState, state);
  const entry = await mustGet(asFailureKey(key), ledger);
  if (isOver(entry, { cycle })) return { entry, isNew: false };
  if (!settlement) throw new NotSettledError('the machine ended without an outcome');
  const { outcome } = settlement;
  const reasons: Partial<Record<Outcome, string | undefined>> = {
    'dead-lettered': decision?.letter.reason,
    compensated: entry.undo?.reason,
    discarded: 'abandoned',
  };
  return { entry: await recordOutcome(entry, outcome, ledger, reasons[outcome]), isNew: true };
}
