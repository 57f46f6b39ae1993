/**
 * Errors that the Recovery machine matches by name. The names are literal: a minifier renames classes, and Step Functions
 * compares strings. Messages carry facts only, since they show in execution history.
 */

/** Why nothing more is tried; the `reason` of a dead letter. */
export type GiveUpReason =
  | 'permanent'
  | 'conflict'
  | 'no-decision'
  | 'abandoned'
  | 'exhausted'
  | 'deadline'
  | 'unknown-result';

/** `handler-failed`: Backstop itself could not bring the failure to an end. */
export type DeadLetterReason = GiveUpReason | 'handler-failed';

/** The dependency failed in a way that passes: native Retry waits and tries again. */
export class TransientError extends Error {
  override readonly name = 'TransientError';
}

/** The dependency asked to be left alone until a named time, which the Recovery machine waits for. */
export class NotYetError extends Error {
  override readonly name = 'NotYetError';
  readonly until: number;
  constructor(until: number) {
    super(`not before ${new Date(until).toISOString()}`);
    this.until = until;
  }
}

/**
 * The circuit of the dependency is open, so the call was not made. The error has no stack, and several callers may get the same
 * object.
 *
 * @example
 * declare const charge: (order: { id: string }) => Promise<string>;
 * const answer = await charge({ id: 'order-1' }).catch((error) => {
 *   if (error instanceof CircuitOpenError) return `not before ${new Date(error.retryAt).toISOString()}`;
 *   throw error;
 * });
 */
export class CircuitOpenError extends Error {
  /** Stays when a bundler renames the class. */
  override readonly name = 'CircuitOpenError';
  /** When to call again, in epoch milliseconds; spread at random, so that not all callers come back at once. */
  readonly retryAt: number;

  constructor(retryAt: number) {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super('the circuit of the dependency is open');
    Error.stackTraceLimit = stackTraceLimit;
    this.retryAt = retryAt;
  }
}

/** The write has lost a race: it goes on by comparing what it would make with what stands. */
export class ConflictError extends Error {
  override readonly name = 'ConflictError';
}

/** A human must decide, and the question is in the ledger. */
export class DecisionDueError extends Error {
  override readonly name = 'DecisionDueError';
}

/** Nobody needs to be waited for: the answer is in the ledger. */
export class DecidedError extends Error {
  override readonly name = 'DecidedError';
}

/** The dependency could not be reached in time, and its fallback is to answer. */
export class FallbackDueError extends Error {
  override readonly name = 'FallbackDueError';
}

/** Nothing more is tried; `unregistered` where the config has lost the dependency. */
export class GaveUpError extends Error {
  override readonly name = 'GaveUpError';
  readonly reason: DeadLetterReason | 'unregistered';
  constructor(reason: DeadLetterReason | 'unregistered') {
    super(`gave up: ${reason}`);
    this.reason = reason;
  }
}

/** The failure is given up, and completed steps are to be undone first. */
export class UndoDueError extends Error {
  override readonly name = 'UndoDueError';
}

/** A step has come to its end, and others are left: each begins with retries of its own. */
export class UndoGoesOnError extends Error {
  override readonly name = 'UndoGoesOnError';
}

/** The undo has come to its end, and some steps could not be undone. */
export class UndoFailedError extends Error {
  override readonly name = 'UndoFailedError';
}

/** Somebody else works on the failure at this moment; no call was made. */
export class BusyError extends Error {
  override readonly name = 'BusyError';
}

/** A call was cut off midway and may not be repeated, because nobody knows whether it took effect. */
export class UnknownResultError extends Error {
  override readonly name = 'UnknownResultError';
}

/** The machine reached its end without an outcome to record. */
export class NotSettledError extends Error {
  override readonly name = 'NotSettledError';
}

/** A fault of Backstop itself or of a service that it stands on. Only the cause's name is kept: its message may quote data. */
export class InternalError extends Error {
  override readonly name = 'InternalError';
}

const OURS: ReadonlySet<string> = new Set([
  'TransientError',
  'NotYetError',
  'CircuitOpenError',
  'ConflictError',
  'DecisionDueError',
  'DecidedError',
  'FallbackDueError',
  'GaveUpError',
  'UndoDueError',
  'UndoGoesOnError',
  'UndoFailedError',
  'UnregisteredDependencyError',
  'BusyError',
  'UnknownResultError',
  'NotSettledError',
  'InternalError',
]);

/** What may leave a handler: our own errors as they are, any other as an {@link InternalError} without its message. */
export function presentable(error: unknown): Error {
  if (error instanceof Error && OURS.has(error.name)) return error;
  return new InternalError(errorName(error));
}

export function errorName(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}
