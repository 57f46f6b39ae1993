import type { DeadLetterReason } from './reasons.ts';

/**
 * Why a step could not be undone.
 *
 * - `permanent`, `conflict`: the dependency refuses the call, always or because the resource has changed
 * - `exhausted`, `deadline`: all attempts failed, or time ran out
 * - `unknown-result`: a call may have undone the step, and repeating it is not safe
 * - `unregistered`: the dependency is no longer in the config
 */
export type UndoFailureReason =
  | Exclude<DeadLetterReason, 'no-decision' | 'abandoned' | 'handler-failed'>
  | 'unregistered';

/** Progress of the undo of one step. */
export interface StepProgress {
  readonly name: string;
  readonly dependency: string;
  /** `calling`: a call is in flight or was interrupted. `skipped`: the operation had no effect to undo. */
  readonly state: 'open' | 'calling' | 'done' | 'failed' | 'skipped';
  /** Calls begun in this cycle. */
  readonly attempts: number;
  /** RFC 3339: end of the lease of the call in flight. */
  readonly until?: string;
  /** Whether that call may be repeated if its result is unknown. Absent in progress of earlier versions. */
  readonly repeatable?: boolean;
  /** RFC 3339: when the first call was made that may have had an effect, or shortly after. Kept across cycles. */
  readonly possibleEffectAt?: string;
  /** RFC 3339: earliest time of the next call. */
  readonly notBefore?: string;
  /** RFC 3339: time from which a durable retry, already drawn from the budget, may run. */
  readonly paidFrom?: string;
  /** Present only if the state is `failed`. */
  readonly because?: UndoFailureReason;
  /** Rule that classified the last call's error, and the HTTP status of its answer. */
  readonly rule?: string;
  readonly statusCode?: number;
}

/** Progress of an undo in the ledger. */
export interface UndoProgress {
  /** Cycle that began or resumed the undo. */
  readonly cycle: number;
  /** Why the failure was given up when the undo first began. Later cycles don't change it. */
  readonly reason: DeadLetterReason;
  /** RFC 3339. */
  readonly begunAt: string;
  /** RFC 3339: no calls after this time, except the first call of a step that has not had one. */
  readonly deadline: string;
  /** Changes with every write, so that of two concurrent writers one wins and the other notices. */
  readonly version: string;
  /** Steps in the order of the failure's list. */
  readonly steps: readonly StepProgress[];
}
