import { Duration } from 'aws-cdk-lib';
import { longestLeaseMs } from '../../lambdas/contract/lease.ts';
import type {
  AwsSettings,
  CommonSettings,
  ConflictSettings,
  DependencySettings,
  HttpSettings,
} from '../../lambdas/contract/settings.ts';
import { targetArnOf } from './aws-config.ts';
import { toConflictSettings } from './conflict-config.ts';
import type {
  BackstopConfig,
  CommonDependencyConfig,
  DependencyConfig,
  HttpDependencyConfig,
  LambdaDependencyConfig,
  QueueDependencyConfig,
} from './dependency-config.ts';
import { toRedriveSettings } from './redrive-config.ts';
import { toCircuitSettings, toFallbackSettings, toRetryBudgetSettings } from './resilience-config.ts';
import { ConfigError, validateConfig, validateDependency } from './validate-config.ts';

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

/** A dependency with every default filled in: the settings of its handlers and its lane. */
export interface ResolvedDependency {
  readonly settings: DependencySettings;
  /** Batches that run at once, 2 to 1000. */
  readonly maxConcurrency: number;
  /** Your function that resolves conflicts. */
  readonly resolverArn?: string;
  /** Your dead-letter queue, whose messages are failures of this dependency. */
  readonly deadLetterQueue?: { readonly queueArn: string; readonly keyArn?: string };
}

/**
 * Fills in the defaults of every dependency. Keeps the order of the config.
 *
 * @throws ConfigError that names every mistake in the config
 */
export function resolveConfig(config: BackstopConfig): readonly ResolvedDependency[] {
  ConfigError.throwIfAny(validateConfig(config));
  return Object.entries(config.dependencies).map(([name, dependency]) => resolveDependency(name, dependency));
}

/**
 * Fills in the defaults of one dependency.
 *
 * @throws ConfigError that names every mistake
 */
export function resolveDependency(name: string, config: DependencyConfig): ResolvedDependency {
  ConfigError.throwIfAny(validateDependency(name, config));
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
 * Fills in the defaults of the settings that the handlers read.
 *
 * @throws ConfigError that names every mistake
 */
export function toSettings(name: string, config: HttpDependencyConfig): HttpSettings;
export function toSettings(name: string, config: DependencyConfig): DependencySettings;
export function toSettings(name: string, config: DependencyConfig): DependencySettings {
  ConfigError.throwIfAny(validateDependency(name, config));
  return config.kind === 'http' ? httpSettings(name, config) : awsSettings(name, config);
}

function httpSettings(name: string, config: HttpDependencyConfig): HttpSettings {
  return {
    ...commonSettings(name, config, toConflictSettings(config.conflict)),
    kind: 'http',
    baseUrl: new URL(config.baseUrl).href.replace(/\/+$/, ''),
    ...(config.auth && { auth: config.auth }),
    idempotencyKeys: config.idempotencyKeys ?? DEFAULTS.idempotencyKeys,
    encodedSlashes: config.encodedSlashes,
  };
}

function awsSettings(name: string, config: Exclude<DependencyConfig, HttpDependencyConfig>): AwsSettings {
  const keyArn = config.kind === 'queue' ? config.queueKeyArn : undefined;
  return {
    // AWS dependencies have no versions to compare, so they have no conflicts.
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
