import type { Category, Effect, VerdictKind } from '../classification/verdict.ts';

export type Priority = 'P1' | 'P2' | 'P3';

/** A classification rule of a dependency's own. All conditions that are given must hold. */
export interface OwnRule {
  /** Shown with each verdict that the rule gives. */
  readonly name: string;
  readonly when: {
    /** HTTP statuses, 100 to 599. */
    readonly statusCodes?: readonly number[];
    /** Error names, compared exactly. */
    readonly errorNames?: readonly string[];
    /** Error codes, compared exactly. */
    readonly codes?: readonly string[];
    /** Part of the error message, compared without case. */
    readonly messageIncludes?: string;
  };
  readonly verdict: VerdictKind;
  /** @default 'external-dependency' */
  readonly category?: Category;
  /** @default 'unknown' */
  readonly effect?: Effect;
  /** Milliseconds to leave the dependency alone, where it does not say so itself. */
  readonly retryAfterMs?: number;
}

/** Where the credentials of a dependency rest, and how they go along with a call. */
export interface AuthSettings {
  /**
   * `bearer`: the secret is the token. `basic`: the secret is `user:password`.
   * `api-key`: the secret is the value of {@link header}.
   */
  readonly scheme: 'bearer' | 'basic' | 'api-key';
  /** Name of the secret in AWS Secrets Manager. */
  readonly secretName: string;
  /** Header of an `api-key`. @default 'x-api-key' */
  readonly header?: string;
}

export interface RetrySettings {
  /** Attempts in process, 0 to 10. */
  readonly hotAttempts: number;
  /** Attempts by the Recovery machine, 1 to 20. */
  readonly durableAttempts: number;
  /** Cap of the first delay in process, in milliseconds; it doubles with each attempt. */
  readonly initialDelayMs: number;
  /** Cap of every delay in process, in milliseconds. */
  readonly maxDelayMs: number;
}

/** What the handlers know of a dependency. Written to `dependencies.json` beside the bundled handlers. */
export interface DependencySettings {
  readonly name: string;
  readonly kind: 'http';
  /** No trailing slash. */
  readonly baseUrl: string;
  readonly timeoutMs: number;
  readonly auth?: AuthSettings;
  /** The dependency honours the `Idempotency-Key` header. */
  readonly idempotencyKeys: boolean;
  readonly retry: RetrySettings;
  readonly priority: Priority;
  readonly rules: readonly OwnRule[];
}
