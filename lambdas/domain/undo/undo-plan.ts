import type { UndoStep } from '../../contract/failure.ts';
import type { LedgerEntry } from '../../contract/ledger-entry.ts';
import type { DeadLetterReason } from '../../contract/reasons.ts';
import type { RetrySettings } from '../../contract/settings.ts';
import { iso } from '../../contract/time.ts';
import type { StepProgress, UndoFailureReason, UndoProgress } from '../../contract/undo-progress.ts';
import type { Verdict } from '../../contract/verdict.ts';
import { shownName } from '../disclosure/shown-path.ts';
import { undoesOperation } from './compensation.ts';
import { mayHaveTakenEffect } from './possible-effect.ts';

/** Why and when an undo begins. */
interface UndoStart {
  readonly reason: DeadLetterReason;
  /** Epoch milliseconds. */
  readonly now: number;
  /** Time for retries of the undo, in milliseconds. */
  readonly deadlineMs: number;
}

/** Progress of an undo when it begins, or when a redrive resumes it. Keeps the steps that are already undone. */
export function initialProgress(
  entry: LedgerEntry,
  { reason, now, deadlineMs }: UndoStart,
): Omit<UndoProgress, 'version'> {
  const before = entry.undo?.steps;
  return {
    cycle: entry.cycle,
    reason: entry.undo?.reason ?? reason,
    begunAt: iso(now),
    deadline: iso(now + deadlineMs),
    steps: (entry.failure?.undo ?? []).map((step, index) => {
      const found = carriedOver(before?.[index]);
      return found ?? { ...newProgress(step, entry), possibleEffectAt: earlierEffectAt(before?.[index], entry) };
    }),
  };
}

/**
 * Undefined if the step starts over. A redrive can't tell whether an interrupted call has undone a step, so it keeps
 * that state.
 */
function carriedOver(before: StepProgress | undefined): StepProgress | undefined {
  switch (before?.state) {
    case 'done':
    case 'skipped':
      return before;
    case 'calling':
      return { ...before, attempts: 0 };
    case 'failed':
      return before.because === 'unknown-result' ? before : undefined;
    default:
      return undefined;
  }
}

/** When an earlier cycle may have undone a step that starts over now. */
function earlierEffectAt(before: StepProgress | undefined, { undo }: LedgerEntry): string | undefined {
  if (!before || before.attempts === 0) return undefined;
  // Earlier versions did not note it. The effects table still proves calls without an effect.
  return before.possibleEffectAt ?? undo?.begunAt;
}

function newProgress(step: UndoStep, entry: LedgerEntry): StepProgress {
  const { name, dependency, undoes } = step;
  const hasNothingToUndo = undoes === 'operation' && !(mayHaveTakenEffect(entry) && undoesOperation(step, entry));
  // Alerts, logs, dead letters and events take the name from here.
  return { name: shownName(name), dependency, state: hasNothingToUndo ? 'skipped' : 'open', attempts: 0 };
}

/** Index of the next step: first the one that undoes the operation, then the completed steps in reverse order. */
export function nextStep(steps: readonly UndoStep[], { steps: progress }: UndoProgress): number | undefined {
  const backwards = steps.map((_, index) => index).reverse();
  const isOfOperation = (index: number) => steps[index]?.undoes === 'operation';
  const order = [...backwards.filter(isOfOperation), ...backwards.filter((index) => !isOfOperation(index))];
  return order.find((index) => progress[index]?.state === 'open' || progress[index]?.state === 'calling');
}

/** Facts about a failed undo call. */
interface FailedCall {
  readonly verdict: Verdict;
  readonly statusCode?: number;
  /** The call was a probe of the circuit, which costs no attempt. */
  readonly isProbe: boolean;
  /** Whether the call may be repeated if its result is unknown. */
  readonly isRepeatable: boolean;
}

/** Limits of the undo of one step. */
interface UndoLimits {
  readonly retry: RetrySettings;
  /** Deadline of the undo, in RFC 3339. */
  readonly deadline: string;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** A step's progress after a failed call: open for another call, or failed. */
export function afterFailedCall(step: StepProgress, call: FailedCall, limits: UndoLimits): StepProgress {
  const { verdict, statusCode, isProbe } = call;
  const { name, dependency } = step;
  const attempts = isProbe ? step.attempts - 1 : step.attempts;
  const possibleEffectAt = step.possibleEffectAt ?? (verdict.effect === 'unknown' ? iso(limits.now) : undefined);
  const facts = { name, dependency, attempts, rule: verdict.rule, statusCode, possibleEffectAt };
  const because = undoFailureReason({ ...step, attempts }, call, limits);
  if (because) return { ...facts, state: 'failed', because };
  const notBefore = verdict.retryAfterMs ? iso(limits.now + verdict.retryAfterMs) : undefined;
  return { ...facts, state: 'open', notBefore };
}

function undoFailureReason(step: StepProgress, call: FailedCall, limits: UndoLimits): UndoFailureReason | undefined {
  const { verdict, isRepeatable } = call;
  if (verdict.effect === 'unknown' && !isRepeatable) return 'unknown-result';
  const isFinal = step.attempts >= attemptLimit(limits.retry);
  if (verdict.kind === 'conflict') return isFinal || !isAgainstItself(step, call) ? 'conflict' : undefined;
  if (verdict.kind === 'permanent') return 'permanent';
  if (isFinal) return 'exhausted';
  return limits.now + (verdict.retryAfterMs ?? 0) >= Date.parse(limits.deadline) ? 'deadline' : undefined;
}

/** Whether a 409 may be about an earlier call of this undo: one under the same key is still running. */
function isAgainstItself({ possibleEffectAt }: StepProgress, { statusCode, isRepeatable }: FailedCall): boolean {
  return statusCode === 409 && isRepeatable && possibleEffectAt !== undefined;
}

/** Limit of calls per step. */
export function attemptLimit({ hotAttempts, durableAttempts }: RetrySettings): number {
  return hotAttempts + durableAttempts;
}
