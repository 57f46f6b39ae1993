import { BusyError, GaveUpError, NotYetError, UndoFailedError, UndoGoesOnError } from '../../contract/errors.ts';
import type { LedgerEntry, Outcome } from '../../contract/ledger-entry.ts';
import { deadLetterReason, decide } from '../../domain/recovery/decide.ts';
import { compensationOf, isCompensated } from '../../domain/undo/compensation.ts';
import { initialProgress, nextStep } from '../../domain/undo/undo-plan.ts';
import { type FailureRef, isOver, mustGet } from '../ledger/failure-ref.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { type RetryTools, undoInProcess } from './undo-in-process.ts';
import { isUndoing, type Undoing } from './undo-step.ts';
import { foundOut } from './what-became.ts';

export interface UndoTools extends RetryTools {
  readonly ledger: Ledger;
  /** How long steps are tried at, from the beginning on, in milliseconds. */
  readonly deadlineMs: number;
}

/**
 * Undoes the completed steps of a failure that is given up, the last one first, one at a time; one that can't be undone keeps
 * none of the others from it. Called again, it goes on where it stopped.
 *
 * @throws TransientError, NotYetError, CircuitOpenError or UndoGoesOnError, by which the machine comes back for what is left
 * @throws UndoFailedError where some steps could not be undone
 * @throws GaveUpError where all are undone, and nobody knows whether the operation itself took effect
 * @throws BusyError where somebody else is at it
 */
export async function undoFailure(ref: FailureRef, tools: UndoTools): Promise<{ outcome: Outcome }> {
  const entry = await mustGet(ref.id, tools.ledger);
  if (isOver(entry, ref)) return { outcome: entry.outcome ?? 'dead-lettered' };
  const begun = await begin(entry, tools);
  if (typeof begun === 'string') return { outcome: begun };
  const ended = await undoAll(begun, tools);
  if (isCompensated(ended)) return { outcome: 'compensated' };
  if (compensationOf(ended) === 'done') throw new GaveUpError(ended.undo.reason);
  throw new UndoFailedError('completed steps could not be undone');
}

/** Answers the outcome where the operation turns out to have had one after all. */
async function begin(entry: LedgerEntry, tools: UndoTools): Promise<Undoing | Outcome> {
  const { ledger, notes, deadlineMs } = tools;
  if (isUndoing(entry)) {
    if (entry.undo.cycle === entry.cycle) return entry;
  } else {
    if (entry.inFlight && Date.parse(entry.inFlight.until) > ledger.now) {
      throw new NotYetError(Date.parse(entry.inFlight.until));
    }
    const outcome = await foundOut(entry, tools);
    if (outcome) return outcome;
  }
  const reason = deadLetterReason(decide(entry, ledger.now));
  const begun = await notes.begun(entry, initialProgress(entry, { reason, now: ledger.now, deadlineMs }));
  if (!begun || !isUndoing(begun)) throw new BusyError('the failure has moved on');
  tools.log('undo begun', { reason: begun.undo.reason, steps: begun.undo.steps.length });
  return begun;
}

async function undoAll(entry: Undoing, tools: UndoTools): Promise<Undoing> {
  const steps = entry.failure?.undo ?? [];
  let current = entry;
  for (;;) {
    const index = nextStep(steps, current.undo);
    const step = index === undefined ? undefined : steps[index];
    if (index === undefined || !step) return current;
    const wasTried = (current.undo.steps[index]?.attempts ?? 0) > 0;
    current = await undoInProcess({ entry: current, index, step }, tools);
    // The retries of the machine were those of this step.
    if (wasTried && nextStep(steps, current.undo) !== undefined) throw new UndoGoesOnError('other steps are left');
  }
}
