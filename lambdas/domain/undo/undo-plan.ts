import type { DeadLetterReason } from '../../contract/errors.ts';
import type { UndoStep } from '../../contract/failure.ts';
import type { LedgerEntry } from '../../contract/ledger-entry.ts';
import type { RetrySettings } from '../../contract/settings.ts';
import type { StepProgress, UndoFailureReason, UndoProgress } from '../../contract/undo-progress.ts';
import type { Verdict } from '../../contract/verdict.ts';
import { undoesOperation } from './compensation.ts';
import { mayHaveTakenEffect } from './possible-effect.ts';

export interface Beginning {
  readonly reason: DeadLetterReason;
  /** Epoch milliseconds. */
  readonly now: number;
  /** How long steps are tried at, in milliseconds. */
  readonly deadlineMs: number;
}

/** Where an undo stands when it begins, or when a redrive takes it up again: what is undone already stays so. */
export function beginning(entry: LedgerEntry, { reason, now, deadlineMs }: Beginning): Omit<UndoProgress, 'version'> {
  const before = entry.undo?.steps;
  return {
    cycle: entry.cycle,
    reason: entry.undo?.reason ?? reason,
    begunAt: new Date(now).toISOString(),
    deadline: new Date(now + deadlineMs).toISOString(),
    steps: (entry.failure?.undo ?? []).map((step, index) => takenUp(before?.[index]) ?? afresh(step, entry)),
  };
}

/** Nothing where a step begins afresh. Whether a call has undone it is not answered by redriving. */
function takenUp(before: StepProgress | undefined): StepProgress | undefined {
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

function afresh(step: UndoStep, entry: LedgerEntry): StepProgress {
  const { name, dependency, undoes } = step;
  const hasNothingToUndo = undoes === 'operation' && !(mayHaveTakenEffect(entry) && undoesOperation(step, entry));
  return { name, dependency, state: hasNothingToUndo ? 'skipped' : 'open', attempts: 0 };
}

/** The step that comes next: what undoes the operation first, then the last of the completed steps, and so on back to the first. */
export function nextStep(steps: readonly UndoStep[], { steps: progress }: UndoProgress): number | undefined {
  const backwards = steps.map((_, index) => index).reverse();
  const isOfOperation = (index: number) => steps[index]?.undoes === 'operation';
  const order = [...backwards.filter(isOfOperation), ...backwards.filter((index) => !isOfOperation(index))];
  return order.find((index) => progress[index]?.state === 'open' || progress[index]?.state === 'calling');
}

export interface FailedCall {
  readonly verdict: Verdict;
  readonly statusCode?: number;
  /** It was a probe of the circuit, which costs the step no attempt. */
  readonly isProbe: boolean;
  /** Whether the call may be made again where nobody knows if it took effect. */
  readonly isRepeatable: boolean;
}

export interface Limits {
  readonly retry: RetrySettings;
  /** Of the undo: RFC 3339. */
  readonly deadline: string;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** Where a step stands after a call that has failed: open to another, or failed. */
export function afterFailedCall(step: StepProgress, call: FailedCall, limits: Limits): StepProgress {
  const { verdict, statusCode, isProbe } = call;
  const { name, dependency } = step;
  const attempts = isProbe ? step.attempts - 1 : step.attempts;
  const learned = { rule: verdict.rule, ...(statusCode !== undefined && { statusCode }) };
  const because = whyNot(attempts, call, limits);
  if (because) return { name, dependency, state: 'failed', attempts, because, ...learned };
  const notBefore = verdict.retryAfterMs && new Date(limits.now + verdict.retryAfterMs).toISOString();
  return { name, dependency, state: 'open', attempts, ...learned, ...(notBefore && { notBefore }) };
}

function whyNot(
  attempts: number,
  { verdict, isRepeatable }: FailedCall,
  limits: Limits,
): UndoFailureReason | undefined {
  if (verdict.effect === 'unknown' && !isRepeatable) return 'unknown-result';
  if (verdict.kind === 'permanent' || verdict.kind === 'conflict') return verdict.kind;
  if (attempts >= attemptLimit(limits.retry)) return 'exhausted';
  return limits.now + (verdict.retryAfterMs ?? 0) >= Date.parse(limits.deadline) ? 'deadline' : undefined;
}

/** Calls that a step may have begun when it is given up. */
export function attemptLimit({ hotAttempts, durableAttempts }: RetrySettings): number {
  return hotAttempts + durableAttempts;
}
