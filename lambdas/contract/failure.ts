import type { BodyClaim } from './body-claim.ts';
import type { JsonText } from './json-text.ts';
import type { Method } from './methods.ts';
import type { Priority } from './settings.ts';
import type { ReportedError } from './verdict.ts';

/** One call to a dependency, with everything needed to repeat it. */
export interface HttpOperation {
  readonly method: Method;
  /** Path below the dependency's base URL. Starts with exactly one slash. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** A JSON string is sent as its content, anything else as this text. */
  readonly body?: JsonText;
  /** The body, if it is too large for an event: an object with the JSON text that `body` would have. */
  readonly bodyClaim?: BodyClaim;
  readonly resourceId?: string;
  readonly ifMatch?: string;
  /** State that the change was based on. Needed for a three-way merge. */
  readonly base?: JsonText;
  /** Position at which a paginated read continues. */
  readonly checkpoint?: string;
}

/** A step completed before the operation failed, with the operation that undoes it. */
export interface UndoStep {
  /** Shown to humans. */
  readonly name: string;
  /** Name of a registered dependency. */
  readonly dependency: string;
  readonly operation: HttpOperation;
  /** `operation`: undoes the failed operation itself, if that may have taken effect. @default 'completed-step' */
  readonly undoes?: 'completed-step' | 'operation';
}

/** Detail of an `Operation Failed` event, after validation. */
export interface Failure {
  /** 2 if an operation claims its body: a version of Backstop that ignores claims knows 1 only, and rejects it. */
  readonly version: 1 | 2;
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
  /** Steps in the order of their completion. */
  readonly undo?: readonly UndoStep[];
  readonly fallback?: string;
}
