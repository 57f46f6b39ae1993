import type { UndoStep } from '../../contract/failure.ts';
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
 * @param begunAt when the undo began, in epoch milliseconds
 * @returns undefined if the minute has passed, or the deadline comes first
 */
export function mayStillCome(
  { undoes }: UndoStep,
  { begunAt, deadline, now }: { readonly begunAt: number; readonly deadline: number; readonly now: number },
): Verdict | undefined {
  const retryAfterMs = begunAt + SETTLING_MS - now;
  if (undoes !== 'operation' || retryAfterMs <= 0 || now + retryAfterMs >= deadline) return undefined;
  return {
    kind: 'transient',
    category: 'timeout-or-deadlock',
    effect: 'none',
    rule: 'operation-may-still-come',
    retryAfterMs,
  };
}
