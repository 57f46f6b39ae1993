import type { CircuitPolicy } from './circuit-policy.ts';
import type { Method } from './methods.ts';
import type { Category, Effect, VerdictKind } from './verdict.ts';

/** How urgent a failure is: P1 wakes someone; P2 and P3 wait for the morning. */
export type Priority = 'P1' | 'P2' | 'P3';

/**
 * Your classification rule for the errors of a dependency. It matches when all given conditions hold, and at least one
 * must be given.
 *
 * @example
 * const rules: OwnRule[] = [
 *   { name: 'card declined', when: { statusCodes: [402] }, verdict: 'expected', effect: 'none' },
 *   { name: 'ledger locked', when: { codes: ['LOCKED'] }, verdict: 'transient', effect: 'none', retryAfterMs: 500 },
 * ];
 * const payments: DependencyConfig = { kind: 'http', baseUrl: 'https://payments.example.com', rules };
 */
export interface OwnRule {
  /** Appears in each verdict of the rule. */
  readonly name: string;
  /** The conditions; within a list, one match is enough. */
  readonly when: {
    /** HTTP statuses, 100 to 999. */
    readonly statusCodes?: readonly number[];
    /** Error names, compared exactly. */
    readonly errorNames?: readonly string[];
    /** Error codes, compared exactly. */
    readonly codes?: readonly string[];
    /** Part of the error message, in upper or lower case. */
    readonly messageIncludes?: string;
    /**
     * Part of the body of a success, whatever its case and spaces: `"ok":false`. The call has failed then. Only
     * `statusCodes` may go along. For `http` and `lambda`.
     */
    readonly successIncludes?: string;
  };
  /** How Backstop treats the error. */
  readonly verdict: VerdictKind;
  /** Names the section of the runbook. @default 'external-dependency' */
  readonly category?: Category;
  /** Whether the failed call may have changed something. @default - what the other rules prove, else 'unknown' */
  readonly effect?: Effect;
  /**
   * Milliseconds to wait before the next attempt, unless the dependency names a time itself, 0 to 86,400,000.
   * @default - the usual backoff
   */
  readonly retryAfterMs?: number;
}

/** Where a dependency's credentials are stored, and how calls carry them. */
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

/**
 * The role of another account in which Backstop calls a dependency there.
 *
 * @example
 * const billing: DependencyConfig = {
 *   kind: 'state-machine',
 *   stateMachineArn: 'arn:aws:states:eu-west-1:222222222222:stateMachine:billing',
 *   assumeRole: { roleArn: 'arn:aws:iam::222222222222:role/backstop-calls', externalId: 'backstop-production' },
 * };
 */
export interface AssumeRoleSettings {
  /** ARN of the role, in the account of the dependency. Its trust policy must admit the account of Backstop. */
  readonly roleArn: string;
  /** External id that the trust policy asks for, 2 to 1,224 characters. It is not a secret. @default - none */
  readonly externalId?: string;
}

/** Limits of the retries of one failure. */
export interface RetrySettings {
  /** Attempts in process. */
  readonly hotAttempts: number;
  /** Attempts by the Recovery machine. */
  readonly durableAttempts: number;
  /** Cap of the first in-process delay, in milliseconds. Doubles with each attempt. */
  readonly initialDelayMs: number;
  /** Cap of every in-process delay, in milliseconds. */
  readonly maxDelayMs: number;
}

export interface CircuitSettings extends CircuitPolicy {
  /** Gives each tenant its own circuit. Calls without a tenant share the dependency's circuit. */
  readonly perTenant: boolean;
}

/** Limits the durable retries of one dependency, across all its failures. */
export interface RetryBudgetSettings {
  /** Retries for each normal call. */
  readonly share: number;
  /** Retries per second that are always granted. */
  readonly perSecond: number;
}

/**
 * What answers in place of an unreachable dependency.
 *
 * - `static`: a fixed JSON value
 * - `last-good`: the last successful answer to the same `GET`, unless it is older than `maxAgeMs`
 * - `backup`: another registered dependency receives the operation; changes only if no earlier call may have taken
 *   effect
 * - `read-only`: reads as `last-good`; refuses changes, and says so
 * - `skip`: nothing; the operation is left out
 */
export type FallbackSettings = {
  /**
   * How long a failure waits for its dependency before the fallback answers, in milliseconds. Absent: until its
   * deadline.
   */
  readonly afterMs?: number;
} & (
  | { readonly kind: 'static'; readonly answer: unknown }
  | { readonly kind: 'backup'; readonly dependency: string }
  | { readonly kind: 'last-good' | 'read-only'; readonly maxAgeMs: number }
  | { readonly kind: 'skip' }
);

/** How to settle a write that lost a race (409, 412, 428). */
export type ConflictSettings = {
  /** JSON Pointers of fields to mask, in addition to those with sensitive names. `*` matches any member. */
  readonly sensitive: readonly string[];
} & (
  | { readonly strategy: 'reject' | 'ask' | 'function' }
  /**
   * `timestamp`: JSON Pointer to the time of the last change in the state. @default - `Last-Modified` and `occurredAt`
   */
  | { readonly strategy: 'last-writer-wins'; readonly timestamp?: string }
  /** `arrayKeys`: maps an array's JSON Pointer to the field that identifies its elements. `*` matches any member. */
  | { readonly strategy: 'merge'; readonly arrayKeys: Readonly<Record<string, string>> }
);

/** How dead letters of a dependency are redriven. */
export interface RedriveSettings {
  /** Cycles per failure, including the first pass. After the last one, the dead letter is parked. */
  readonly maxCycles: number;
  /** Redrives dead letters when the circuit closes. */
  readonly automatic: boolean;
  /** Dead letters per second of an automatic redrive. */
  readonly rate: number;
}

/** Who may report failures of a dependency, as its own or as steps to undo. An absent list admits everybody. */
export interface ReporterSettings {
  /** Sources of events, compared exactly. A sender's IAM policy decides which it may use. */
  readonly sources?: readonly string[];
  /** AWS accounts that put the event on the bus. EventBridge vouches for them. */
  readonly accounts?: readonly string[];
  /** Tenants. Then an event without a tenant is refused. */
  readonly tenants?: readonly string[];
}

/** Who may report failures of an API, and what Backstop may replay, edited operations included. */
export interface AcceptSettings extends ReporterSettings {
  /** HTTP methods. */
  readonly methods?: readonly Method[];
  /** Paths, each with all below it. They end at a segment: `/charges` covers `/charges/1`, not `/charges-old`. */
  readonly paths?: readonly string[];
}

/** Settings common to all kinds of dependency. */
export interface CommonSettings {
  readonly name: string;
  readonly timeoutMs: number;
  readonly retry: RetrySettings;
  readonly circuit: CircuitSettings;
  readonly retryBudget: RetryBudgetSettings;
  readonly fallback?: FallbackSettings;
  readonly conflict: ConflictSettings;
  readonly redrive: RedriveSettings;
  /** Processes failures of one resource one at a time. */
  readonly ordered: boolean;
  readonly priority: Priority;
  readonly rules: readonly OwnRule[];
  /** Characters of the masked excerpt of an error that the ledger keeps. 0: none. */
  readonly excerpt: number;
  readonly accepts?: AcceptSettings;
}

/** An HTTP API. */
export interface HttpSettings extends CommonSettings {
  readonly kind: 'http';
  /** Absent in the file if only the deployment knows it. The function's environment holds it then. */
  readonly baseUrl?: string;
  /** Allows `http` to private hosts. @default false */
  readonly privateHttp?: boolean;
  readonly auth?: AuthSettings;
  /** Headers that an event may set, beside those that every dependency takes. @default - all that are not refused */
  readonly allowHeaders?: readonly string[];
  /** The dependency honours the `Idempotency-Key` header. */
  readonly idempotencyKeys: boolean;
  /** How long it keeps a key from the first call on, in milliseconds. @default 24 hours */
  readonly idempotencyKeyLifetimeMs?: number;
  /** The dependency takes `%2F` as part of a path segment. @default false */
  readonly encodedSlashes?: boolean;
}

/** An AWS resource, called through its service's API. */
export interface AwsSettings extends CommonSettings {
  readonly kind: 'lambda' | 'state-machine' | 'queue';
  readonly accepts?: ReporterSettings;
  /** Absent in the file if only the deployment knows the ARN. The function's environment holds it then. */
  readonly targetArn?: string;
  /** Your own KMS key that encrypts the queue. */
  readonly keyArn?: string;
  /** The role that calls are made in. @default - the function's own role */
  readonly assumeRole?: AssumeRoleSettings;
  /**
   * Allows repeating a call with an unknown result: the function may run twice, or the message may arrive twice. For a
   * state machine: if an execution can't be redriven, a new execution may repeat its finished steps.
   */
  readonly repeatable: boolean;
}

/** Settings of a dependency as the handlers read them from `dependencies.json`, which is bundled with them. */
export type DependencySettings = HttpSettings | AwsSettings;

export type DependencyKind = DependencySettings['kind'];

/** What the config accepts in events about a dependency. */
export type AcceptedInput = Partial<Pick<HttpSettings, 'accepts' | 'allowHeaders'>> & {
  readonly auth?: Pick<AuthSettings, 'header'>;
};
