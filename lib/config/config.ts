import * as v from 'valibot';
import { longestLeaseMs } from '../../lambdas/contract/lease.ts';
import { DEFAULT_EXCERPT } from '../../lambdas/contract/limits.ts';
import type { ConflictSettings, DependencySettings, HttpSettings } from '../../lambdas/contract/settings.ts';
import type { conflict as conflictSchema } from './conflict-schema.ts';
import type { BackstopConfig, DependencyConfig, HttpDependencyConfig } from './dependency-config.ts';
import { dependency } from './dependency-schema.ts';
import { ConfigError, validateConfig, validateDependency } from './validate-config.ts';

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
  return fillConfig(config);
}

/** Fills in the defaults of every dependency of a config without mistakes. */
export function fillConfig({ dependencies, excerpt }: BackstopConfig): readonly ResolvedDependency[] {
  return Object.entries(dependencies).map(([name, dependency]) => filled(name, dependency, excerpt));
}

/**
 * Fills in the defaults of one dependency.
 *
 * @param usualExcerpt characters of an excerpt, if the dependency doesn't say
 * @throws ConfigError that names every mistake
 */
export function resolveDependency(name: string, config: DependencyConfig, usualExcerpt?: number): ResolvedDependency {
  ConfigError.throwIfAny(validateDependency(name, config));
  return filled(name, config, usualExcerpt);
}

function filled(name: string, config: DependencyConfig, usualExcerpt = DEFAULT_EXCERPT): ResolvedDependency {
  const { maxConcurrency, circuit, excerpt = usualExcerpt, ...rest } = v.parse(dependency, config);
  const settle = (conflict: ConflictSettings) => {
    const probeLeaseMs = longestLeaseMs({ timeoutMs: rest.timeoutMs, conflict });
    return { name, conflict, excerpt, circuit: { ...circuit, probeLeaseMs } };
  };
  switch (rest.kind) {
    case 'http': {
      const { conflict, ...own } = rest;
      const resolverArn = conflict.strategy === 'function' ? conflict.functionArn : undefined;
      return { settings: { ...own, ...settle(forHandlers(conflict)) }, maxConcurrency, resolverArn };
    }
    case 'lambda': {
      const { functionArn: targetArn, deadLetterQueueArn, deadLetterQueueKeyArn, ...own } = rest;
      const deadLetterQueue = adopted(deadLetterQueueArn, deadLetterQueueKeyArn);
      return { settings: { ...own, ...settle(REJECT), targetArn }, maxConcurrency, deadLetterQueue };
    }
    case 'state-machine': {
      const { stateMachineArn: targetArn, ...own } = rest;
      return { settings: { ...own, ...settle(REJECT), targetArn }, maxConcurrency };
    }
    case 'queue': {
      const { queueArn: targetArn, queueKeyArn: keyArn, deadLetterQueueArn, deadLetterQueueKeyArn, ...own } = rest;
      const deadLetterQueue = adopted(deadLetterQueueArn, deadLetterQueueKeyArn);
      return { settings: { ...own, ...settle(REJECT), targetArn, keyArn }, maxConcurrency, deadLetterQueue };
    }
    default:
      return rest satisfies never;
  }
}

/**
 * Fills in the defaults of the settings that the handlers read.
 *
 * @throws ConfigError that names every mistake
 */
export function toSettings(name: string, config: HttpDependencyConfig): HttpSettings;
export function toSettings(name: string, config: DependencyConfig): DependencySettings;
export function toSettings(name: string, config: DependencyConfig): DependencySettings {
  return resolveDependency(name, config).settings;
}

/** AWS dependencies have no versions to compare, so they have no conflicts. */
const REJECT: ConflictSettings = { strategy: 'reject', sensitive: [] };

/** The function's ARN may be unknown until the deployment, so the handlers read it from their environment. */
function forHandlers(conflict: v.InferOutput<typeof conflictSchema>): ConflictSettings {
  return conflict.strategy === 'function' ? { strategy: conflict.strategy, sensitive: conflict.sensitive } : conflict;
}

function adopted(queueArn: string | undefined, keyArn: string | undefined): ResolvedDependency['deadLetterQueue'] {
  return queueArn === undefined ? undefined : { queueArn, keyArn };
}
