import { UndoDueError } from '../../contract/errors.ts';
import { undoAlertText } from '../../domain/escalation/undo-alert.ts';
import { isUndoDue } from '../../domain/undo/compensation.ts';
import { nextStep } from '../../domain/undo/undo-plan.ts';
import { type FailureRef, isOver, mustGet } from '../ledger/failure-ref.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { type Standing, type StandingOptions, spread, standingOf } from '../recovery/warm-tier.ts';
import { isUndoing, type Undoing } from './undo-step.ts';

/**
 * Why a failure is given up: the letter to keep.
 *
 * @throws UndoDueError where completed steps are to be undone before
 */
export async function whyItFailed(ref: FailureRef, ledger: Ledger, options: StandingOptions): Promise<Standing> {
  const entry = await mustGet(ref.id, ledger);
  if (!isOver(entry, ref) && isUndoDue(entry)) throw new UndoDueError('completed steps are to be undone');
  return standingOf(entry, ledger.now, options);
}

/** Where an undo stands: until when the machine waits, and should it wait no longer, what to tell humans and the letter to keep. */
export async function undoStanding(
  ref: FailureRef,
  ledger: Ledger,
  options: StandingOptions,
): Promise<Standing & { readonly alert: string }> {
  const entry = await mustGet(ref.id, ledger);
  const { now } = ledger;
  const { letter } = standingOf(entry, now, options);
  const until = latestOf(...(isUndoing(entry) ? nextCallOf(entry) : [entry.inFlight?.until]));
  const deadline = entry.undo?.deadline ?? entry.deadline;
  const waitUntil = until > now ? spread(until, { deadline }, now, options.random ?? Math.random) : now;
  return { waitUntil: new Date(waitUntil).toISOString(), letter, alert: undoAlertText(letter, options) };
}

/** What the next call waits for. */
function nextCallOf({ failure, undo }: Undoing): readonly (string | undefined)[] {
  const step = undo.steps[nextStep(failure?.undo ?? [], undo) ?? -1];
  return [step?.state === 'calling' ? step.until : undefined, step?.notBefore];
}

function latestOf(...times: readonly (string | undefined)[]): number {
  return Math.max(...times.map((time) => (time === undefined ? 0 : Date.parse(time))));
}
