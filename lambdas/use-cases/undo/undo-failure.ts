import { BusyError, GaveUpError, NotYetError, UndoFailedError, UndoGoesOnError } from '../../contract/errors.ts';
import type { LedgerEntry } from '../../contract/ledger-entry.ts';
import type { Outcome } from '../../contract/outcomes.ts';
import { isBoundToUndo } from '../../domain/ledger/bound-to-undo.ts';
import type { Undoing } from '../../domain/ledger/ledger-changes.ts';
import { deadLetterReason } from '../../domain/recovery/decide.ts';
import { compensationOf, isCompensated, isOperationMissing } from '../../domain/undo/compensation.ts';
import { initialProgress, nextStep } from '../../domain/undo/undo-plan.ts';
import { findCompletedCall } from '../fallback/find-completed-call.ts';
import { type FailureRef, isOver, mustGet } from '../ledger/failure-ref.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { withdrawUnsentChange } from '../ledger/withdraw-unsent-change.ts';
import { type RetryPorts, undoInProcess } from './undo-in-process.ts';
import { isUndoing } from './undo-step.ts';

export interface UndoPorts extends RetryPorts {
  readonly ledger: Ledger;
  /** Time for all steps together, from the beginning of the undo, in milliseconds. */
  readonly deadlineMs: number;
}

/**
 * Undoes the completed steps of a failure that was given up, one at a time, last step first. A step that cannot be
 * undone does not stop the others. Each call continues where the last one stopped.
 *
 * @throws TransientError, NotYetError, CircuitOpenError or UndoGoesOnError, by which the machine retries the remaining
 * steps
 * @throws UndoFailedError if some steps could not be undone
 * @throws GaveUpError if all steps are undone, but the operation itself may have taken effect
 * @throws BusyError if another call is in flight
 */
export async function undoFailure(ref: FailureRef, ports: UndoPorts): Promise<{ outcome: Outcome }> {
  const entry = await mustGet(ref.key, ports.ledger);
  if (isOver(entry, ref)) return { outcome: entry.outcome ?? 'dead-lettered' };
  const begun = await beginUndo(entry, ports);
  if (typeof begun === 'string') return { outcome: begun };
  const ended = await undoAll(begun, ports);
  if (isCompensated(ended)) return { outcome: 'compensated' };
  if (compensationOf(ended) === 'done') throw new GaveUpError(ended.undo.reason);
  throw new UndoFailedError('completed steps could not be undone');
}

/** Begins or resumes the undo. Returns the outcome instead if the operation has succeeded after all. */
async function beginUndo(entry: LedgerEntry, ports: UndoPorts): Promise<Undoing | Outcome> {
  const { ledger } = ports;
  if (isUndoing(entry) && entry.undo.cycle === entry.cycle) return entry;
  if (entry.inFlight && Date.parse(entry.inFlight.until) > ledger.now) {
    throw new NotYetError(Date.parse(entry.inFlight.until));
  }
  return isBoundToUndo(entry) ? planUndo(entry, ports) : undoUnlessDone(entry, ports);
}

/** Looks first, because a call that was cut off may have succeeded since. */
async function undoUnlessDone(found: LedgerEntry, ports: UndoPorts): Promise<Undoing | Outcome> {
  const entry = await withdrawUnsentChange(found, ports);
  return (await findCompletedCall(entry, ports)) ?? planUndo(entry, ports);
}

async function planUndo(entry: LedgerEntry, ports: UndoPorts): Promise<Undoing> {
  const { ledger, deadlineMs } = ports;
  // A plan without steps would count as done.
  if (isOperationMissing(entry)) throw new UndoFailedError('the operation is missing, so nobody knows its steps');
  const isRegistered = ports.settingsOf(entry.dependency) !== undefined;
  const reason = deadLetterReason(entry, { now: ledger.now, isRegistered });
  const begun = await ledger.beginUndo(entry, initialProgress(entry, { reason, now: ledger.now, deadlineMs }));
  if (!begun || !isUndoing(begun)) throw new BusyError('the failure has moved on');
  ports.log('undo begun', { reason: begun.undo.reason, steps: begun.undo.steps.length });
  return begun;
}

async function undoAll(entry: Undoing, ports: UndoPorts): Promise<Undoing> {
  const steps = entry.failure?.undo ?? [];
  let current = entry;
  for (;;) {
    const index = nextStep(steps, current.undo);
    const step = index === undefined ? undefined : steps[index];
    if (index === undefined || !step) return current;
    const wasTried = (current.undo.steps[index]?.attempts ?? 0) > 0;
    current = await undoInProcess({ entry: current, index, step }, ports);
    // The machine's retries so far belong to this step. End here, so that the next step has all of its own.
    if (wasTried && nextStep(steps, current.undo) !== undefined) throw new UndoGoesOnError('other steps remain');
  }
}
