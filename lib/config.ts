import { Duration } from 'aws-cdk-lib';
import type {
  AuthSettings,
  AwsSettings,
  CommonSettings,
  ConflictSettings,
  DependencySettings,
  HttpSettings,
  OwnRule,
  Priority,
} from '../lambdas/shared/boundary/settings.ts';
import { longestLeaseMs } from '../lambdas/shared/recovery/lease.ts';
import {
  type LambdaDependencyConfig,
  type QueueDependencyConfig,
  type StateMachineDependencyConfig,
  targetArnOf,
} from './aws-config.ts';
import { ConfigError, configMistakes, dependencyMistakes } from './config-mistakes.ts';
import { type ConflictConfig, toConflictSettings } from './conflict-config.ts';
import { type RedriveConfig, toRedriveSettings } from './redrive-config.ts';
import {
  type CircuitConfig,
  type FallbackConfig,
  type RetryBudgetConfig,
  toCircuitSettings,
  toFallbackSettings,
  toRetryBudgetSettings,
} from './resilience-config.ts';

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

const DEFAULTS = {
  timeout: Duration.seconds(5),
  idempotencyKeys: false,
  hotAttempts: 3,
  durableAttempts: 4,
  initialDelay: Duration.millis(100),
  maxDelay: Duration.seconds(5),
  maxConcurrency: 5,
  ordered: false,
  priority: 'P2',
} as const;

/** A dependency with every default filled in: what the handlers know of it, and the limit of its lane. */
export interface ResolvedDependency {
  readonly settings: DependencySettings;
  /** Batches in work at once, 2 to 1000. */
  readonly maxConcurrency: number;
  /** The function of the team's own that resolves its conflicts. */
  readonly resolverArn?: string;
  /** Queue of the team's own whose messages are its failures. */
  readonly deadLetterQueue?: { readonly queueArn: string; readonly keyArn?: string };
}

/**
 * Fills in the defaults of every dependency, in the order of the config.
 *
 * @throws ConfigError naming every mistake of the whole config
 */
export function resolveConfig(config: BackstopConfig): readonly ResolvedDependency[] {
  ConfigError.throwIfAny(configMistakes(config));
  return Object.entries(config.dependencies).map(([name, dependency]) => resolveDependency(name, dependency));
}

/**
 * Fills in the defaults of one dependency.
 *
 * @throws ConfigError naming every mistake
 */
export function resolveDependency(name: string, config: DependencyConfig): ResolvedDependency {
  ConfigError.throwIfAny(dependencyMistakes(name, config));
  const { maxConcurrency = DEFAULTS.maxConcurrency } = config;
  const settings = toSettings(name, config);
  if (config.kind === 'state-machine') return { settings, maxConcurrency };
  if (config.kind !== 'http') return { settings, maxConcurrency, ...adopted(config) };
  const { conflict } = config;
  return { settings, maxConcurrency, ...(conflict?.strategy === 'function' && { resolverArn: conflict.functionArn }) };
}

function adopted(config: LambdaDependencyConfig | QueueDependencyConfig): Pick<ResolvedDependency, 'deadLetterQueue'> {
  const { deadLetterQueueArn: queueArn, deadLetterQueueKeyArn: keyArn } = config;
  return queueArn === undefined ? {} : { deadLetterQueue: { queueArn, ...(keyArn !== undefined && { keyArn }) } };
}

/**
 * What the handlers know of a dependency, with every default filled in.
 *
 * @throws ConfigError naming every mistake
 */
export function toSettings(name: string, config: HttpDependencyConfig): HttpSettings;
export function toSettings(name: string, config: DependencyConfig): DependencySettings;
export function toSettings(name: string, config: DependencyConfig): DependencySettings {
  ConfigError.throwIfAny(dependencyMistakes(name, config));
  return config.kind === 'http' ? httpSettings(name, config) : awsSettings(name, config);
}

function httpSettings(name: string, config: HttpDependencyConfig): HttpSettings {
  return {
    ...commonSettings(name, config, toConflictSettings(config.conflict)),
    kind: 'http',
    baseUrl: new URL(config.baseUrl).href.replace(/\/+$/, ''),
    ...(config.auth && { auth: config.auth }),
    idempotencyKeys: config.idempotencyKeys ?? DEFAULTS.idempotencyKeys,
  };
}

function awsSettings(name: string, config: Exclude<DependencyConfig, HttpDependencyConfig>): AwsSettings {
  const keyArn = config.kind === 'queue' ? config.queueKeyArn : undefined;
  return {
    // Nothing is written there upon a version that could be compared.
    ...commonSettings(name, config, toConflictSettings()),
    kind: config.kind,
    targetArn: targetArnOf(config),
    ...(keyArn !== undefined && { keyArn }),
    repeatable: config.repeatable ?? config.kind !== 'state-machine',
  };
}

function commonSettings(name: string, config: CommonDependencyConfig, conflict: ConflictSettings): CommonSettings {
  const { retry = {}, fallback } = config;
  const timeoutMs = (config.timeout ?? DEFAULTS.timeout).toMilliseconds();
  return {
    name,
    timeoutMs,
    retry: {
      hotAttempts: retry.hotAttempts ?? DEFAULTS.hotAttempts,
      durableAttempts: retry.durableAttempts ?? DEFAULTS.durableAttempts,
      initialDelayMs: (retry.initialDelay ?? DEFAULTS.initialDelay).toMilliseconds(),
      maxDelayMs: (retry.maxDelay ?? DEFAULTS.maxDelay).toMilliseconds(),
    },
    circuit: toCircuitSettings(config.circuit, longestLeaseMs({ timeoutMs, conflict })),
    retryBudget: toRetryBudgetSettings(config.retryBudget),
    ...(fallback && { fallback: toFallbackSettings(fallback) }),
    conflict,
    redrive: toRedriveSettings(config.redrive),
    ordered: config.ordered ?? DEFAULTS.ordered,
    priority: config.priority ?? DEFAULTS.priority,
    rules: config.rules ?? [],
  };
}
