import { UndoDueError } from '../../contract/errors.ts';
import { iso } from '../../contract/time.ts';
import { undoAlertText } from '../../domain/escalation/undo-alert.ts';
import type { Undoing } from '../../domain/ledger/ledger-changes.ts';
import { isUndoDue } from '../../domain/undo/compensation.ts';
import { nextStep } from '../../domain/undo/undo-plan.ts';
import { type FailureRef, isOver, mustGet } from '../ledger/failure-ref.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { addJitter, type FailureStatus, type StatusOptions, spaced, statusOf } from '../recovery/warm-tier.ts';
import { isUndoing } from './undo-step.ts';

/**
 * Gives the dead letter to keep for a failure that is given up.
 *
 * @throws UndoDueError if completed steps must be undone first
 */
export async function statusWhenGivenUp(
  ref: FailureRef,
  ledger: Ledger,
  options: StatusOptions,
): Promise<FailureStatus> {
  const entry = await mustGet(ref.key, ledger);
  if (!isOver(entry, ref) && isUndoDue(entry)) throw new UndoDueError('completed steps must be undone');
  return statusOf(entry, ledger.now, options);
}

/** Tells the machine until when to wait, and gives alert and dead letter in case the machine gives up instead. */
export async function undoStatus(
  ref: FailureRef,
  ledger: Ledger,
  options: StatusOptions,
): Promise<FailureStatus & { readonly alert: string }> {
  const entry = await mustGet(ref.key, ledger);
  const { now } = ledger;
  const { letter } = statusOf(entry, now, options);
  const until = latestOf(...(isUndoing(entry) ? nextCallTimes(entry) : [entry.inFlight?.until]));
  const deadline = entry.undo?.deadline ?? entry.deadline;
  const jittered = until > now ? addJitter(until, { deadline }, now, options.random) : now;
  const waitUntil = spaced(jittered, entry, deadline, now);
  return { waitUntil: iso(waitUntil), letter, alert: undoAlertText(letter, options) };
}

/** Times that the next call must wait for, as RFC 3339. */
function nextCallTimes({ failure, undo }: Undoing): readonly (string | undefined)[] {
  const step = undo.steps[nextStep(failure?.undo ?? [], undo) ?? -1];
  return [step?.state === 'calling' ? step.until : undefined, step?.notBefore];
}

function latestOf(...times: readonly (string | undefined)[]): number {
  return Math.max(...times.map((time) => (time === undefined ? 0 : Date.parse(time))));
}
