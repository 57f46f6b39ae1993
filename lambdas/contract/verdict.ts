/** What the classifier says of an error, and so what happens next. */
export type VerdictKind = 'transient' | 'throttled' | 'conflict' | 'permanent' | 'expected';

/** Where the cause lies. It names the section of the runbook. */
export type Category =
  | 'external-dependency'
  | 'data-integrity'
  | 'resource-exhaustion'
  | 'timeout-or-deadlock'
  | 'authentication';

/**
 * Whether the failed call may have changed something at the dependency.
 * `none`: it was refused or never sent. `unknown`: it may have been carried out, and the answer was lost.
 */
export type Effect = 'none' | 'unknown';

export interface Verdict {
  readonly kind: VerdictKind;
  readonly category: Category;
  readonly effect: Effect;
  /** Name of the rule that matched. */
  readonly rule: string;
  /** How long the dependency asked to be left alone, in milliseconds. */
  readonly retryAfterMs?: number;
}

/** An error as a failure event reports it, or as an attempt of ours met it. */
export interface ReportedError {
  /** Literal error name, for example `TimeoutError` or `ThrottlingException`. */
  readonly name?: string;
  readonly message?: string;
  /** Machine-readable code, for example `ECONNRESET`, or a gRPC status such as `UNAVAILABLE` or `14`. */
  readonly code?: string;
  /** HTTP status, 100 to 599. */
  readonly statusCode?: number;
  /** Response headers, names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly stack?: string;
}

/** Statuses that no rule of a dependency's own can make transient or throttled. */
export const NEVER_RETRIED: readonly number[] = [400, 401, 403, 404, 410, 422];
