import * as v from 'valibot';
import { NotSettledError, UndoDueError } from '../../contract/errors.ts';
import { asFailureKey } from '../../contract/failure-key.ts';
import type { LedgerEntry } from '../../contract/ledger-entry.ts';
import { OUTCOMES, type Outcome } from '../../contract/outcomes.ts';
import { createDeadLetter } from '../../domain/ledger/dead-letter.ts';
import { deadLetterReason, decide } from '../../domain/recovery/decide.ts';
import { isUndoDue } from '../../domain/undo/compensation.ts';
import { isOver, mustGet } from '../ledger/failure-ref.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { recordOutcome } from './record-outcome.ts';

/** State of the Recovery machine at its last step. */
const MachineState = v.object({
  key: v.string(),
  cycle: v.number(),
  settlement: v.optional(v.object({ outcome: v.picklist(OUTCOMES) })),
  decision: v.optional(v.object({ letter: v.object({ reason: v.string() }) })),
  /** Error of the step that ended the recovery. */
  error: v.optional(v.unknown()),
  /** Error of a step behind that, such as the undo. */
  catchError: v.optional(v.unknown()),
});

export interface SettlePorts {
  readonly ledger: Ledger;
  readonly send: (queueUrl: string, body: string) => Promise<void>;
  /** Base URL of the runbook. */
  readonly runbookUrl: string;
  /** Whether the config has the dependency. */
  readonly isRegistered: (dependency: string) => boolean;
}

interface Settled {
  readonly entry: LedgerEntry;
  /** Whether this call recorded the outcome. */
  readonly isNew: boolean;
}

/**
 * Records the outcome of a Recovery execution. The first outcome stands: a second settlement changes nothing. A failure
 * that the machine gave up becomes a dead letter here, if nothing else is due.
 *
 * @throws UndoDueError if completed steps must be undone before the failure can end
 * @throws NotSettledError if the execution has no outcome, because its undo failed
 */
export async function settleFailure(state: unknown, ports: SettlePorts): Promise<Settled> {
  const { key, cycle, settlement, decision, error, catchError } = v.parse(MachineState, state);
  const entry = await mustGet(asFailureKey(key), ports.ledger);
  if (isOver(entry, { cycle })) return { entry, isNew: false };
  if (!settlement) {
    if (error === undefined || catchError !== undefined)
      throw new NotSettledError('the machine ended without an outcome');
    return { entry: await keepAsDeadLetter(entry, ports), isNew: true };
  }
  const { outcome } = settlement;
  const reasons: Partial<Record<Outcome, string | undefined>> = {
    'dead-lettered': decision?.letter.reason,
    compensated: entry.undo?.reason,
    discarded: 'abandoned',
  };
  return { entry: await recordOutcome(entry, outcome, ports.ledger, reasons[outcome]), isNew: true };
}

/**
 * Sends the dead letter before it records the outcome. After a crash in between, the next call sends it once more, so
 * none is lost. A redrive takes the first one only.
 */
async function keepAsDeadLetter(
  entry: LedgerEntry,
  { ledger, send, runbookUrl, isRegistered }: SettlePorts,
): Promise<LedgerEntry> {
  if (isUndoDue(entry)) throw new UndoDueError('completed steps must be undone');
  const { now } = ledger;
  const reason = deadLetterReason(decide(entry, now), isRegistered(entry.dependency));
  const letter = createDeadLetter(entry, { reason, now, runbookUrl });
  await send(entry.deadLetterQueueUrl, JSON.stringify(letter));
  return recordOutcome(entry, 'dead-lettered', ledger, reason);
}
