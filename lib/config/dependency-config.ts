import type { Duration } from 'aws-cdk-lib';
import type {
  AcceptSettings,
  AssumeRoleSettings,
  AuthSettings,
  OwnRule,
  Priority,
  ReporterSettings,
} from '../../lambdas/contract/settings.ts';
import type { ConflictConfig } from './conflict-config.ts';
import type { RedriveConfig } from './redrive-config.ts';
import type { CircuitConfig, FallbackConfig, RetryBudgetConfig } from './resilience-config.ts';

/** The dependencies whose failures Backstop recovers. */
export interface BackstopConfig {
  /**
   * Dependencies by name: a lower-case letter, then at most 39 lower-case letters, digits or hyphens. At least one.
   * An event names its dependency in `detail.dependency`. Backstop calls no other system.
   */
  readonly dependencies: Readonly<Record<string, DependencyConfig>>;

  /**
   * Characters of the masked excerpt of an error that ledger, tool and alerts show, 0 to 500; 0 for none. Applies to
   * each dependency without its own.
   * @default 200
   */
  readonly excerpt?: number;
}

/**
 * A system that operations call, of any kind; `kind` tells which. A wrong setting fails the synth with a
 * {@link ConfigError}.
 *
 * @example
 * const dependencies: Record<string, DependencyConfig> = {
 *   payments: { kind: 'http', baseUrl: 'https://payments.example.com' },
 *   mail: { kind: 'queue', queueArn: 'arn:aws:sqs:eu-west-1:123456789012:mail' },
 * };
 * new ResiliencePipeline(stack, 'Backstop', { dependencies });
 */
export type DependencyConfig =
  | HttpDependencyConfig
  | LambdaDependencyConfig
  | StateMachineDependencyConfig
  | QueueDependencyConfig;

/** The settings that dependencies of every kind have. */
export interface CommonDependencyConfig {
  /** Timeout of one call, 100 ms to 60 s. @default Duration.seconds(5) */
  readonly timeout?: Duration;

  /** How often and how fast Backstop retries. @default - the defaults of {@link RetryConfig} */
  readonly retry?: RetryConfig;

  /** When the circuit opens, and how it closes. @default - the defaults of {@link CircuitConfig} */
  readonly circuit?: CircuitConfig;

  /** How many durable retries it gets, over all its failures. @default - a fifth of its calls, and 10 a second */
  readonly retryBudget?: RetryBudgetConfig;

  /** What answers when the dependency stays unreachable. @default - nothing; the failure becomes a dead letter */
  readonly fallback?: FallbackConfig;

  /** How Backstop redrives dead letters. @default - the defaults of {@link RedriveConfig} */
  readonly redrive?: RedriveConfig;

  /** Batches that run at once: the bulkhead of this dependency, 2 (the SQS minimum) to 1000. @default 5 */
  readonly maxConcurrency?: number;

  /**
   * Processes the failures of one resource one at a time, in order of arrival. Other resources continue meanwhile. The
   * resource is the operation's `resourceId`, or else its path, of one tenant.
   * @default false
   */
  readonly ordered?: boolean;

  /** Priority of failures whose event has none. @default 'P2' */
  readonly priority?: Priority;

  /** Your classification rules, tried before the built-in ones; the first match wins. @default - none */
  readonly rules?: readonly OwnRule[];

  /**
   * Characters of the masked excerpt of an error that ledger, tool and alerts show, 0 to 500; 0 for none.
   * @default - the pipeline's `excerpt`
   */
  readonly excerpt?: number;
}

/**
 * An HTTP API.
 *
 * @example
 * const payments: HttpDependencyConfig = {
 *   kind: 'http',
 *   baseUrl: 'https://payments.example.com/v1',
 *   timeout: Duration.seconds(10),
 *   auth: { scheme: 'bearer', secretName: 'backstop/payments' },
 *   idempotencyKeys: true,
 * };
 */
export interface HttpDependencyConfig extends CommonDependencyConfig {
  /** Tells the kinds of dependencies apart. */
  readonly kind: 'http';

  /**
   * The address that each operation's path extends: an absolute URL with `https` (`http` for loopback hosts only),
   * without user info, query or fragment. It may be a token, such as `url` of another construct. Backstop then checks
   * the value before each call.
   */
  readonly baseUrl: string;

  /**
   * Allows `http` to a private host: an address of RFC 1918 or `fc00::/7`. A name must end with `.internal` or
   * `.local`, and have such addresses only. Everybody in that network can read the calls, their credentials included.
   * @default false
   */
  readonly privateHttp?: boolean;

  /**
   * Credentials of each call. The secret is in the account and region of Backstop. If your own key encrypts it, let
   * Backstop's functions decrypt with that key.
   * @default - calls carry none
   */
  readonly auth?: AuthSettings;

  /**
   * Who may report failures of this API, and which methods and paths may be replayed. Set it where `auth` is set:
   * otherwise every producer can use these credentials for every call.
   * @default - every producer, tenant, method and path; a warning at synth if `auth` is set
   */
  readonly accepts?: AcceptSettings;

  /**
   * Headers that an event may set, beside `accept`, `content-type`, `idempotency-key` and `if-match`. Safer than the
   * default for a new dependency.
   * @default - every header but those of the connection, of routing and of credentials
   */
  readonly allowHeaders?: readonly string[];

  /**
   * The dependency honours the `Idempotency-Key` header. Backstop then repeats a call with unknown result, whatever its
   * method.
   * @default false
   */
  readonly idempotencyKeys?: boolean;

  /**
   * How long the dependency keeps an idempotency key after the first call, 1 h to 365 days. Only with
   * {@link idempotencyKeys}. From 15 minutes before, Backstop repeats no call under it, because that could be a second
   * effect: a human decides.
   * @default Duration.hours(24)
   */
  readonly idempotencyKeyLifetime?: Duration;

  /**
   * Paths may hold an encoded slash (`%2F`) as part of a segment, as in `/projects/group%2Fname`. Set it only if the
   * API keeps the slash within its segment. Dot segments stay refused.
   * @default false
   */
  readonly encodedSlashes?: boolean;

  /**
   * What to do when a write loses a race (409, 412, 428).
   * @default - it becomes a dead letter, `{ strategy: 'reject' }`
   */
  readonly conflict?: ConflictConfig;
}

/**
 * How often and how fast Backstop retries an operation: first in process, then durably by the Recovery state machine.
 *
 * @example
 * const patient: RetryConfig = { hotAttempts: 1, durableAttempts: 8 };
 * const ledger: DependencyConfig = { kind: 'http', baseUrl: 'https://ledger.example.com', retry: patient };
 */
export interface RetryConfig {
  /** Attempts in process, right after the failure has arrived, 0 to 10. @default 3 */
  readonly hotAttempts?: number;

  /** Attempts by the Recovery machine, 1 to 20. @default 4 */
  readonly durableAttempts?: number;

  /** Cap of the first delay in process, 1 ms to 60 s; it doubles with each attempt. @default Duration.millis(100) */
  readonly initialDelay?: Duration;

  /** Cap of every delay in process, 1 ms to 60 s and at least `initialDelay`. @default Duration.seconds(5) */
  readonly maxDelay?: Duration;
}

/** The settings that functions and queues share. */
interface AwsDependencyConfig extends CommonDependencyConfig {
  /** Who may report failures of it. @default - every producer */
  readonly accepts?: ReporterSettings;

  /**
   * The role of another account in which Backstop calls it. Backstop may assume that role and call nothing there
   * itself.
   * @default - Backstop calls in its own roles
   */
  readonly assumeRole?: AssumeRoleSettings;

  /**
   * Your dead-letter queue, in the account and region of Backstop; its messages are failures of the dependency. Its
   * visibility timeout must be at least 15 s.
   * @default - none
   */
  readonly deadLetterQueueArn?: string;

  /** Your key that encrypts this queue, if any; it must let Backstop decrypt. @default - none */
  readonly deadLetterQueueKeyArn?: string;
}

/**
 * A Lambda function. An operation invokes it with the operation's body, and waits for the result.
 *
 * @example
 * const resize: LambdaDependencyConfig = {
 *   kind: 'lambda',
 *   functionArn: 'arn:aws:lambda:eu-west-1:123456789012:function:resize',
 *   deadLetterQueueArn: 'arn:aws:sqs:eu-west-1:123456789012:resize-failed',
 * };
 */
export interface LambdaDependencyConfig extends AwsDependencyConfig {
  /** Tells the kinds of dependencies apart. */
  readonly kind: 'lambda';

  /** ARN of the function, or of a version or an alias; a CDK token is allowed. */
  readonly functionArn: string;

  /** The function may run again after a call with unknown result, as with Lambda's own retries. @default true */
  readonly repeatable?: boolean;
}

/**
 * A Step Functions state machine of the Standard type. Backstop redrives its failed and timed-out executions from the
 * failed step.
 *
 * @example
 * const billing: StateMachineDependencyConfig = {
 *   kind: 'state-machine',
 *   stateMachineArn: 'arn:aws:states:eu-west-1:123456789012:stateMachine:billing',
 * };
 */
export interface StateMachineDependencyConfig extends CommonDependencyConfig {
  /** Who may report failures of it. @default - every producer */
  readonly accepts?: ReporterSettings;

  /**
   * The role of another account in which Backstop calls it. Backstop may assume that role and call nothing there
   * itself.
   * @default - Backstop calls in its own roles
   */
  readonly assumeRole?: AssumeRoleSettings;

  /** Tells the kinds of dependencies apart. */
  readonly kind: 'state-machine';

  /** ARN of the machine, in the account and region of Backstop unless you set `assumeRole`; may be a CDK token. */
  readonly stateMachineArn: string;

  /**
   * Backstop may start a new execution with the same input when one can't be redriven any more. It repeats the finished
   * steps.
   * @default false
   */
  readonly repeatable?: boolean;
}

/**
 * An SQS queue, standard or FIFO. An operation sends a message.
 *
 * @example
 * const mail: QueueDependencyConfig = {
 *   kind: 'queue',
 *   queueArn: 'arn:aws:sqs:eu-west-1:123456789012:mail',
 *   repeatable: false,
 * };
 */
export interface QueueDependencyConfig extends AwsDependencyConfig {
  /** Tells the kinds of dependencies apart. */
  readonly kind: 'queue';

  /** ARN of the queue; a CDK token is allowed. */
  readonly queueArn: string;

  /** Your key that encrypts the queue, if any; it must let Backstop encrypt. @default - none */
  readonly queueKeyArn?: string;

  /** A message may arrive twice after a send with unknown result, as with SQS's own deliveries. @default true */
  readonly repeatable?: boolean;
}
