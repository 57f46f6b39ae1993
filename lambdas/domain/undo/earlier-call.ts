import type { UndoStep } from '../../contract/failure.ts';
import type { LedgerEntry } from '../../contract/ledger-entry.ts';
import type { StepProgress, UndoProgress } from '../../contract/undo-progress.ts';
import type { Verdict } from '../../contract/verdict.ts';

const GONE: readonly number[] = [404, 410];
/** Longest time in which a call that timed out may still become visible, in milliseconds. */
const SETTLING_MS = 60_000;

/** Whether the resource that the undo would remove is gone already, so that the step counts as undone. */
export function isAlreadyGone({ operation, undoes }: UndoStep, statusCode = 0): boolean {
  return GONE.includes(statusCode) && (operation.method === 'DELETE' || undoes === 'operation');
}

/**
 * The verdict if an operation with an unknown result is not there, but may still come. Its call may wait in a queue of
 * the dependency. The undo is tried again after a minute.
 *
 * @returns undefined if the minute has passed, or the deadline comes first
 */
export function mayStillCome(
  { undoes }: UndoStep,
  { begunAt, deadline }: Pick<UndoProgress, 'begunAt' | 'deadline'>,
  now: number,
): Verdict | undefined {
  const retryAfterMs = Date.parse(begunAt) + SETTLING_MS - now;
  if (undoes !== 'operation' || retryAfterMs <= 0 || now + retryAfterMs >= Date.parse(deadline)) return undefined;
  return {
    kind: 'transient',
    category: 'timeout-or-deadlock',
    effect: 'none',
    rule: 'operation-may-still-come',
    retryAfterMs,
  };
}

/** Whether an earlier call that undoes the step, of this cycle or one before, may still be under way. */
export function isRepeatedUndo({
  entry: { cycle },
  progress: { attempts, state },
}: {
  readonly entry: Pick<LedgerEntry, 'cycle'>;
  readonly progress: Pick<StepProgress, 'attempts' | 'state'>;
}): boolean {
  return attempts > 0 || state === 'calling' || cycle > 1;
}
