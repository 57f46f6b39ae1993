import type { CircuitPolicy } from './circuit-policy.ts';
import type { Category, Effect, VerdictKind } from './verdict.ts';

/** How urgent a failure is: P1 wakes someone; P2 and P3 wait for the morning. */
export type Priority = 'P1' | 'P2' | 'P3';

/**
 * Your classification rule for the errors of a dependency. It matches when all given conditions hold, and at least one must be given.
 *
 * @example
 * const rules: OwnRule[] = [
 *   { name: 'card declined', when: { statusCodes: [402] }, verdict: 'expected', effect: 'none' },
 *   { name: 'ledger locked', when: { codes: ['LEDGER_LOCKED'] }, verdict: 'transient', effect: 'none', retryAfterMs: 500 },
 * ];
 * const payments: DependencyConfig = { kind: 'http', baseUrl: 'https://payments.example.com', rules };
 */
export interface OwnRule {
  /** Appears in each verdict of the rule. */
  readonly name: string;
  /** The conditions; within a list, one match is enough. */
  readonly when: {
    /** HTTP statuses, 100 to 599. */
    readonly statusCodes?: readonly number[];
    /** Error names, compared exactly. */
    readonly errorNames?: readonly string[];
    /** Error codes, compared exactly. */
    readonly codes?: readonly string[];
    /** Part of the error message, in upper or lower case. */
    readonly messageIncludes?: string;
  };
  /** How Backstop treats the error. */
  readonly verdict: VerdictKind;
  /** Names the section of the runbook. @default 'external-dependency' */
  readonly category?: Category;
  /** Whether the failed call may have changed something. @default 'unknown' */
  readonly effect?: Effect;
  /** Milliseconds to wait before the next attempt, unless the dependency names a time itself. @default - the usual backoff */
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

export interface CircuitSettings extends CircuitPolicy {
  /** Each tenant has a circuit of its own; calls without a tenant share the dependency's. */
  readonly perTenant: boolean;
}

/** How many durable retries a dependency gets, over all its failures. */
export interface RetryBudgetSettings {
  /** Retries for each normal call, 0 to 1. */
  readonly share: number;
  /** Retries a second that are granted in any case, 0.1 to 1,000. */
  readonly perSecond: number;
}

/**
 * What answers in place of a dependency that could not be reached in time.
 *
 * - `static`: always the same JSON
 * - `last-good`: the answer to the same read (`GET`) when it last succeeded, unless it is older than `maxAgeMs`
 * - `backup`: another registered dependency, which gets the same operation; changes only where no call may have taken effect
 * - `read-only`: reads as `last-good`; changes are refused, and said to be
 * - `skip`: nothing; the operation is left out
 */
export type FallbackSettings = {
  /** How long a failure may wait for its dependency until the fallback answers, in milliseconds. Absent: until its deadline. */
  readonly afterMs?: number;
} & (
  | { readonly kind: 'static'; readonly answer: unknown }
  | { readonly kind: 'last-good'; readonly maxAgeMs: number }
  | { readonly kind: 'backup'; readonly dependency: string }
  | { readonly kind: 'read-only'; readonly maxAgeMs: number }
  | { readonly kind: 'skip' }
);

/** What is done where a write has lost a race (409, 412, 428). */
export type ConflictSettings = {
  /** JSON Pointers of fields that nobody is shown, beside those whose names tell; `*` stands for any member. */
  readonly sensitive: readonly string[];
} & (
  | { readonly strategy: 'reject' | 'ask' | 'function' }
  /** `timestamp`: JSON Pointer of the time of the last change within the state; absent: `Last-Modified` and `occurredAt`. */
  | { readonly strategy: 'last-writer-wins'; readonly timestamp?: string }
  /** `arrayKeys`: by the JSON Pointer of an array, in which `*` stands for any member, the field that names its elements. */
  | { readonly strategy: 'merge'; readonly arrayKeys: Readonly<Record<string, string>> }
);

/** What becomes of dead letters that are redriven. */
export interface RedriveSettings {
  /** Cycles that a failure gets in all, the first way through included, 1 to 20; then its letter is parked. */
  readonly maxCycles: number;
  /** Whether its dead letters are redriven when its circuit closes. */
  readonly automatic: boolean;
  /** Letters a second that such a redrive comes to, 0.1 to 100. */
  readonly rate: number;
}

/** What the handlers know of any dependency. */
export interface CommonSettings {
  readonly name: string;
  readonly timeoutMs: number;
  readonly retry: RetrySettings;
  readonly circuit: CircuitSettings;
  readonly retryBudget: RetryBudgetSettings;
  readonly fallback?: FallbackSettings;
  readonly conflict: ConflictSettings;
  readonly redrive: RedriveSettings;
  /** Failures of one resource are worked on one at a time. */
  readonly ordered: boolean;
  readonly priority: Priority;
  readonly rules: readonly OwnRule[];
}

/** An HTTP API. */
export interface HttpSettings extends CommonSettings {
  readonly kind: 'http';
  /** No trailing slash. */
  readonly baseUrl: string;
  readonly auth?: AuthSettings;
  /** The dependency honours the `Idempotency-Key` header. */
  readonly idempotencyKeys: boolean;
}

/** A resource of AWS that is called by its service's API. */
export interface AwsSettings extends CommonSettings {
  readonly kind: 'lambda' | 'state-machine' | 'queue';
  /** Absent in the file where it stands only when deployed: the environment of the function has it then. */
  readonly targetArn?: string;
  /** Key of a team's own that a queue is encrypted with. */
  readonly keyArn?: string;
  /**
   * A call whose result is unknown may be repeated: the function may run, the message come twice. Of a state machine: where an execution
   * can't be redriven, a new one may repeat its finished steps.
   */
  readonly repeatable: boolean;
}

/** What the handlers know of a dependency. Written to `dependencies.json` beside the bundled handlers. */
export type DependencySettings = HttpSettings | AwsSettings;

export type DependencyKind = DependencySettings['kind'];
