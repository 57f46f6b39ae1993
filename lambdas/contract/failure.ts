import type { Priority } from './settings.ts';
import type { ReportedError } from './verdict.ts';

/** One HTTP call with all that is needed to make it again. */
export interface HttpOperation {
  readonly method: 'GET' | 'HEAD' | 'OPTIONS' | 'PUT' | 'DELETE' | 'POST' | 'PATCH';
  /** Path below the base URL of the dependency; starts with one slash. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON value; a string is sent as it is. */
  readonly body?: unknown;
  readonly resourceId?: string;
  readonly ifMatch?: string;
  /** State that the change was based on, for a three-way merge. */
  readonly base?: unknown;
  /** Where a paginated read goes on. */
  readonly checkpoint?: string;
}

/** A step that was completed before the operation failed, with what undoes it. */
export interface UndoStep {
  /** Shown to humans. */
  readonly name: string;
  /** Name of a registered dependency. */
  readonly dependency: string;
  readonly operation: HttpOperation;
  /** `operation`: undoes the failed operation itself, where that may have taken effect. @default 'completed-step' */
  readonly undoes?: 'completed-step' | 'operation';
}

/** Detail of an `Operation Failed` event, version 1, after validation. */
export interface Failure {
  readonly version: 1;
  /** Idempotency key: 1 to 64 letters, digits, `.`, `_` or `-`. */
  readonly id: string;
  readonly correlationId: string;
  /** Name of a registered dependency. */
  readonly dependency: string;
  readonly tenant?: string;
  readonly priority?: Priority;
  /** RFC 3339 timestamp. */
  readonly occurredAt: string;
  readonly operation: HttpOperation;
  readonly error: ReportedError;
  /** In the order in which the steps were made. */
  readonly undo?: readonly UndoStep[];
  readonly fallback?: string;
}
