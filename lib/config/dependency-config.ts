import type { Duration } from 'aws-cdk-lib';
import type { AuthSettings, OwnRule, Priority } from '../../lambdas/contract/settings.ts';
import type { ConflictConfig } from './conflict-config.ts';
import type { RedriveConfig } from './redrive-config.ts';
import type { CircuitConfig, FallbackConfig, RetryBudgetConfig } from './resilience-config.ts';

/** The dependencies whose failures Backstop takes care of. */
export interface BackstopConfig {
  /**
   * Dependencies by name: a lower-case letter, then at most 39 lower-case letters, digits or hyphens. At least one.
   * An event names its dependency in `detail.dependency`; no other is ever called.
   */
  readonly dependencies: Readonly<Record<string, DependencyConfig>>;
}

/** What operations call. */
export type DependencyConfig =
  | HttpDependencyConfig
  | LambdaDependencyConfig
  | StateMachineDependencyConfig
  | QueueDependencyConfig;

/** What dependencies of every kind can be told. */
export interface CommonDependencyConfig {
  /** How long one call may take until it has failed, 100 ms to 60 s. @default Duration.seconds(5) */
  readonly timeout?: Duration;

  /** How often and how fast a failed operation is tried again. @default - as its settings say */
  readonly retry?: RetryConfig;

  /** When calls are held back because the dependency is down. @default - as its settings say */
  readonly circuit?: CircuitConfig;

  /** How many durable retries it gets, over all its failures. @default - as its settings say */
  readonly retryBudget?: RetryBudgetConfig;

  /** What answers where it could not be reached in time. @default - nothing does; the failure becomes a dead letter */
  readonly fallback?: FallbackConfig;

  /** What becomes of dead letters that are redriven. @default - as its settings say */
  readonly redrive?: RedriveConfig;

  /** Batches in work at once: the bulkhead of this dependency, 2 (the least that SQS can limit to) to 1000. @default 5 */
  readonly maxConcurrency?: number;

  /**
   * Failures of one resource (`resourceId` of the operation, or else its path, of one tenant) are worked on one at a time, in the
   * order in which they have arrived; others go on meanwhile. @default false
   */
  readonly ordered?: boolean;

  /** Priority of failures whose event names none. @default 'P2' */
  readonly priority?: Priority;

  /** Classification rules of its own, tried before the built-in ones; the first match wins. @default - none */
  readonly rules?: readonly OwnRule[];
}

/** An HTTP API. */
export interface HttpDependencyConfig extends CommonDependencyConfig {
  readonly kind: 'http';

  /**
   * Address that the path of every operation is added to. Absolute, `https` (`http` for loopback hosts only), without
   * user info, query or fragment. A trailing slash makes no difference.
   */
  readonly baseUrl: string;

  /**
   * Credentials that go along with each call. The secret lies in the account and region of Backstop; where it is encrypted
   * with a key of your own, that key must let Backstop's functions decrypt. @default - calls carry none
   */
  readonly auth?: AuthSettings;

  /**
   * The dependency honours the `Idempotency-Key` header, so that a call whose result is unknown may be repeated
   * whatever its method. @default false
   */
  readonly idempotencyKeys?: boolean;

  /** What is done where a write has lost a race (409, 412, 428). @default - it becomes a dead letter, `{ strategy: 'reject' }` */
  readonly conflict?: ConflictConfig;
}

/** How often and how fast a failed operation is tried again. */
export interface RetryConfig {
  /** Attempts in process, right after the failure has come in, 0 to 10. @default 3 */
  readonly hotAttempts?: number;

  /** Attempts by the Recovery machine, 1 to 20. @default 4 */
  readonly durableAttempts?: number;

  /** Cap of the first delay in process, which doubles with each attempt, 1 ms to 60 s. @default Duration.millis(100) */
  readonly initialDelay?: Duration;

  /** Cap of every delay in process, at least `initialDelay` and at most 60 s. @default Duration.seconds(5) */
  readonly maxDelay?: Duration;
}

/** What dependencies of AWS's own kinds can be told beside their target. */
interface AwsDependencyConfig extends CommonDependencyConfig {
  /**
   * Queue of a team's own, in the account and region of Backstop, whose messages are failures of the dependency. Its visibility timeout
   * must be at least 15 s. @default - none
   */
  readonly deadLetterQueueArn?: string;

  /** Key that this queue is encrypted with, if it is one of your own; it must let Backstop decrypt. @default - none */
  readonly deadLetterQueueKeyArn?: string;
}

/** A Lambda function. An operation of it is an invocation with the body of the operation, which is waited for. */
export interface LambdaDependencyConfig extends AwsDependencyConfig {
  readonly kind: 'lambda';

  /** ARN of the function, or of a version or an alias of it; it may stand only when deployed. */
  readonly functionArn: string;

  /** The function may run again where nobody knows whether it has run to its end, as Lambda's own retries would let it. @default true */
  readonly repeatable?: boolean;
}

/** A Step Functions state machine of the Standard type. Its executions that fail or time out are redriven from the step that failed. */
export interface StateMachineDependencyConfig extends CommonDependencyConfig {
  readonly kind: 'state-machine';

  /** ARN of the machine, in the account and region of Backstop; it may stand only when deployed. */
  readonly stateMachineArn: string;

  /**
   * Where an execution can't be redriven any more, another of the same input may be started, which repeats the steps that were finished.
   * @default false
   */
  readonly repeatable?: boolean;
}

/** An SQS queue. An operation of it is a message that is sent. */
export interface QueueDependencyConfig extends AwsDependencyConfig {
  readonly kind: 'queue';

  /** ARN of the queue; it may stand only when deployed. */
  readonly queueArn: string;

  /** Key that the queue is encrypted with, if it is one of your own; it must let Backstop encrypt. @default - none */
  readonly queueKeyArn?: string;

  /** A message may be there twice where nobody knows whether it has arrived, as with SQS's own deliveries. @default true */
  readonly repeatable?: boolean;
}
