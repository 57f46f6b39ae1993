import { isBackstopError } from './error-names.ts';
import type { DeadLetterReason } from './reasons.ts';
import { iso } from './time.ts';

/**
 * Errors that the Recovery machine matches by name. Each name is a string literal: minifiers rename classes, and Step
 * Functions compares strings. Messages carry facts only, because execution history shows them.
 */

/** A failure of the dependency that is likely to pass. Native Retry waits and tries again. */
export class TransientError extends Error {
  override readonly name = 'TransientError';
}

/** The dependency asked for no calls before `until` (epoch milliseconds). The Recovery machine waits. */
export class NotYetError extends Error {
  override readonly name = 'NotYetError';
  readonly until: number;
  constructor(until: number) {
    super(`not before ${iso(until)}`);
    this.until = until;
  }
}

/**
 * The time for which the execution was started has not come. The Recovery machine waits until then, without asking for
 * it again.
 */
export class WaitFirstError extends Error {
  override readonly name = 'WaitFirstError';
}

/** Where an error says whose circuit was open. Another copy of the package reads it, too. */
const OPEN_CIRCUIT = Symbol.for('@backstop-cdk/backstop/open-circuit');

/** Notes whose circuit kept a call back. Several callers may get the same error: it is that of one circuit. */
export function noteOpenCircuit(error: unknown, dependency: string): void {
  if (error instanceof CircuitOpenError && !(OPEN_CIRCUIT in error))
    Object.defineProperty(error, OPEN_CIRCUIT, { value: dependency });
}

/** Where an error says how many calls it may be the last one of. */
const CALLS = Symbol.for('@backstop-cdk/backstop/calls');

/** Notes that an error is the last of several, of which an earlier one may have taken effect. */
export function noteCalls(error: unknown, calls: number): void {
  if (typeof error === 'object' && error !== null)
    Reflect.defineProperty(error, CALLS, { value: calls, configurable: true });
}

/** How many calls {@link noteCalls} has noted. */
export function notedCalls(error: object): number {
  try {
    const calls: unknown = Reflect.get(error, CALLS);
    return typeof calls === 'number' ? calls : 1;
  } catch {
    // An error of others may refuse to be read.
    return 1;
  }
}

/** Whether an error says that the circuit of the dependency was open, so that no call was made. */
export function saysThatCircuitIsOpen(error: unknown, dependency: string): boolean {
  return error instanceof Error && Reflect.get(error, OPEN_CIRCUIT) === dependency;
}

/**
 * The circuit of the dependency is open, so the call was not made. The error has no stack, and several callers may get
 * the same object.
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

/** The write lost a race. The next step compares the write with the current state. */
export class ConflictError extends Error {
  override readonly name = 'ConflictError';
}

/** A human must decide. The ledger holds the question. */
export class DecisionDueError extends Error {
  override readonly name = 'DecisionDueError';
}

/** The question already has an answer in the ledger, so the machine must not wait. */
export class DecidedError extends Error {
  override readonly name = 'DecidedError';
}

/** The dependency was unreachable for too long. The fallback answers next. */
export class FallbackDueError extends Error {
  override readonly name = 'FallbackDueError';
}

/** Backstop stops retrying. */
export class GaveUpError extends Error {
  override readonly name = 'GaveUpError';
  readonly reason: DeadLetterReason;
  constructor(reason: DeadLetterReason) {
    super(`gave up: ${reason}`);
    this.reason = reason;
  }
}

/** The failure is given up, and its completed steps must be undone first. */
export class UndoDueError extends Error {
  override readonly name = 'UndoDueError';
}

/** The undo of one step has ended and others remain. Each step gets its own retries. */
export class UndoGoesOnError extends Error {
  override readonly name = 'UndoGoesOnError';
}

/** The undo has ended, and at least one step could not be undone. */
export class UndoFailedError extends Error {
  override readonly name = 'UndoFailedError';
}

/** Another worker processes the failure. No call was made. */
export class BusyError extends Error {
  override readonly name = 'BusyError';
}

/** The machine finished without an outcome to record. */
export class NotSettledError extends Error {
  override readonly name = 'NotSettledError';
}

/**
 * A fault of Backstop, or of an AWS service it uses. Keeps only the cause's name, because the message may quote data.
 */
export class InternalError extends Error {
  override readonly name = 'InternalError';
}

/**
 * Makes an error safe to leave a handler.
 *
 * @returns Backstop's own errors unchanged; any other error as an {@link InternalError} without its message
 */
export function toReportableError(error: unknown): Error {
  if (error instanceof Error && isBackstopError(error.name)) return error;
  return new InternalError(errorName(error));
}

export function errorName(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}
