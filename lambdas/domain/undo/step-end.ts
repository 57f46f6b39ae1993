import type { UndoStep } from '../../contract/failure.ts';
import type { RetrySettings } from '../../contract/settings.ts';
import { iso } from '../../contract/time.ts';
import type { StepProgress, UndoFailureReason, UndoProgress } from '../../contract/undo-progress.ts';
import type { Verdict } from '../../contract/verdict.ts';
import { afterFailedCall } from './undo-plan.ts';

/** How the call that undoes a step ended. */
export type StepEnd =
  /** `isOld`: an earlier call undid the step. A `statusCode` of 0 means that the answer had none. */
  | { readonly kind: 'done'; readonly statusCode: number; readonly rule?: string; readonly isOld?: true }
  | { readonly kind: 'failed'; readonly verdict: Verdict; readonly statusCode?: number }
  /** Nothing was sent to the dependency. */
  | { readonly kind: 'not-made'; readonly verdict: Verdict }
  /** The dependency does not know the operation, which may arrive until `settlesAt`, in epoch milliseconds. */
  | { readonly kind: 'too-early'; readonly statusCode: number; readonly rule: string; readonly settlesAt: number }
  /** An earlier call has no result, and Backstop may make no other. */
  | { readonly kind: 'cut-off'; readonly because: UndoFailureReason; readonly rule: string };

/** What a step's progress depends on, beside the end of its call. */
interface StepContext {
  readonly retry: RetrySettings;
  /** Deadline of the undo, in RFC 3339. */
  readonly deadline: string;
  /** Epoch milliseconds. */
  readonly now: number;
  /** The last time before the deadline at which a call may be made, in epoch milliseconds. */
  readonly lastTryAt: number;
  /** The call was a probe of the circuit, which costs no attempt. */
  readonly isProbe: boolean;
  /** Whether the call may be repeated if its result is unknown. */
  readonly isRepeatable: boolean;
}

/** The step's progress after its call. */
export function progressAfter(progress: StepProgress, end: StepEnd, context: StepContext): StepProgress {
  const { name, dependency, attempts, possibleEffectAt } = progress;
  const { isProbe, isRepeatable, ...limits } = context;
  switch (end.kind) {
    case 'done': {
      const { statusCode, rule } = end;
      return { name, dependency, state: 'done', attempts, rule, statusCode: statusCode > 0 ? statusCode : undefined };
    }
    case 'too-early': {
      const { statusCode, rule, settlesAt } = end;
      const notBefore = iso(Math.min(settlesAt, limits.lastTryAt));
      // The dependency has answered, so it costs no attempt.
      return { name, dependency, state: 'open', attempts: attempts - 1, rule, statusCode, possibleEffectAt, notBefore };
    }
    case 'cut-off': {
      const { because, rule } = end;
      return { name, dependency, state: 'failed', attempts, because, rule, possibleEffectAt };
    }
    case 'not-made':
      return afterFailedCall(progress, { verdict: end.verdict, isProbe: false, isRepeatable }, limits);
    case 'failed':
      return afterFailedCall(progress, { ...end, isProbe, isRepeatable }, limits);
    default:
      return end satisfies never;
  }
}

const GONE: readonly number[] = [404, 410];

/** Whether the resource that the undo would remove is gone already, so that the step counts as undone. */
export function isAlreadyGone({ operation, undoes }: UndoStep, statusCode = 0): boolean {
  return GONE.includes(statusCode) && (operation.method === 'DELETE' || undoes === 'operation');
}

/**
 * How long after the last call an operation without an answer may still take effect, in milliseconds. Proxies and load
 * balancers give up a request after at most a minute by default: this is twice that.
 */
const SETTLING_MS = 120_000;

/**
 * Until when an answer that knows no effect of the operation proves nothing, in epoch milliseconds. Only an undo of the
 * operation itself can come before what it undoes. No call of the operation is made once the undo has begun.
 */
export function settlesAt({ undoes }: UndoStep, { begunAt }: UndoProgress): number {
  return undoes === 'operation' ? Date.parse(begunAt) + SETTLING_MS : 0;
}
