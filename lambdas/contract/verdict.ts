/** The classifier's decision on an error. It selects the next action. */
export type VerdictKind = 'transient' | 'throttled' | 'conflict' | 'permanent' | 'expected';

/** Where the cause lies. */
export type Category =
  | 'external-dependency'
  | 'data-integrity'
  | 'resource-exhaustion'
  | 'timeout-or-deadlock'
  | 'authentication';

/**
 * Whether the failed call may have changed the dependency. `none`: it was refused or never sent. `unknown`: it may have
 * run, and the answer was lost.
 */
export type Effect = 'none' | 'unknown';

/** Result of the classification of an error. */
export interface Verdict {
  readonly kind: VerdictKind;
  readonly category: Category;
  readonly effect: Effect;
  /** Name of the rule that matched. */
  readonly rule: string;
  /** Wait that the dependency asked for, in milliseconds. */
  readonly retryAfterMs?: number;
}

/** An error from a failure event, or from one of Backstop's own attempts. */
export interface ReportedError {
  /** Literal error name, for example `TimeoutError` or `ThrottlingException`. */
  readonly name?: string;
  readonly message?: string;
  /** Machine-readable code, for example `ECONNRESET`, or a gRPC status such as `UNAVAILABLE`. */
  readonly code?: string;
  /** HTTP status, 100 to 999. */
  readonly statusCode?: number;
  /** Response headers, names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly stack?: string;
  /** The system call that failed, such as `connect`. */
  readonly syscall?: string;
  /** Further names and numbers of the same error, such as the SQLSTATE. */
  readonly words?: readonly string[];
  /** The protocol that a number in `code` belongs to, if the client says so. */
  readonly protocol?: 'grpc' | 'smtp';
  /** The client that made the call marks the error as worth a retry. */
  readonly retryable?: boolean;
  /** Calls that the client made before it gave up. Each may have had another result than the last one. */
  readonly attempts?: number;
  /** The error that this one wraps. */
  readonly cause?: ReportedError;
  /** Further errors that this one wraps. */
  readonly causes?: readonly ReportedError[];
  /** Errors of calls that failed side by side. */
  readonly errors?: readonly ReportedError[];
}

/** HTTP statuses that are never retried if the answer says no more. */
export const NEVER_RETRIED: readonly number[] = [400, 401, 403, 404, 410, 422];

/** Those by which some APIs refuse a call for its rate. A dependency's own rule may say so. */
const THROTTLES: readonly number[] = [400, 403];

/** Whether a dependency's own rule may give an answer with this status the verdict. */
export function mayClassify(status: number, verdict: VerdictKind): boolean {
  if (verdict !== 'transient' && verdict !== 'throttled') return true;
  return !NEVER_RETRIED.includes(status) || (verdict === 'throttled' && THROTTLES.includes(status));
}
