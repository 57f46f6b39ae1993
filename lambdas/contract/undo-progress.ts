import type { DeadLetterReason } from './errors.ts';

/**
 * Why a step could not be undone.
 *
 * - `permanent`, `conflict`: its dependency refuses the call, every time or because somebody else has changed the resource
 * - `exhausted`, `deadline`: all attempts failed, or time was up
 * - `unknown-result`: a call may have undone it, and may not be repeated
 * - `unregistered`: the config has lost its dependency
 */
export type WhyNotUndone = 'permanent' | 'conflict' | 'exhausted' | 'deadline' | 'unknown-result' | 'unregistered';

/** Where the undo of one step stands. */
export interface StepProgress {
  readonly name: string;
  readonly dependency: string;
  /** `calling`: a call is under way, or was cut off. `skipped`: the operation has had no effect that were to be undone. */
  readonly state: 'open' | 'calling' | 'done' | 'failed' | 'skipped';
  /** Calls begun in this cycle. */
  readonly attempts: number;
  /** RFC 3339: when the call under way must have ended. */
  readonly until?: string;
  /** RFC 3339: no call before this time. */
  readonly notBefore?: string;
  /** RFC 3339: a durable retry is paid for, and may be made from then on. */
  readonly paidFrom?: string;
  /** There where the state is `failed`. */
  readonly because?: WhyNotUndone;
  /** Of the last call: the rule that judged it, and the status that it was answered with. */
  readonly rule?: string;
  readonly statusCode?: number;
}

/** What the ledger knows of an undo. */
export interface UndoProgress {
  /** Cycle that has begun it, or taken it up again. */
  readonly cycle: number;
  /** Why the failure was given up when the undo first began; what follows changes nothing of that. */
  readonly reason: DeadLetterReason;
  /** RFC 3339. */
  readonly begunAt: string;
  /** RFC 3339: after this time no call is made, but for the first of a step whose turn came too late. */
  readonly deadline: string;
  /** Another one with each change, so that of two writers one wins, and knows it. */
  readonly version: string;
  /** In the order in which the failure lists them. */
  readonly steps: readonly StepProgress[];
}
