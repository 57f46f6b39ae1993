import { isPlainObject } from '../../lambdas/contract/json-round-trip.ts';
import { DEPENDENCY } from '../../lambdas/contract/names.ts';
import { withoutTrailingSlashes } from '../../lambdas/contract/trailing-slashes.ts';
import type { BackstopConfig } from './dependency-config.ts';
import { dependency } from './dependency-schema.ts';
import { pascalCase } from './pascal-case.ts';
import { backupOf } from './resilience-schema.ts';
import { mistakesIn } from './schema.ts';
import { sharedSources } from './shared-sources.ts';
import { unknownAtSynth } from './unknown-at-synth.ts';
import { shown } from './values.ts';

/**
 * The config has mistakes. Every construct throws this error at synth. The message has one line for each mistake, with
 * the value and the remedy.
 *
 * @example
 * try {
 *   new ResiliencePipeline(stack, 'Backstop', { dependencies: {} });
 * } catch (error) {
 *   if (!(error instanceof ConfigError)) throw error;
 *   for (const mistake of error.mistakes) console.error(mistake);
 *   process.exitCode = 1;
 * }
 */
export class ConfigError extends Error {
  /** Stays when a bundler renames the class. */
  override readonly name = 'ConfigError';
  /** One line for each mistake. */
  readonly mistakes: readonly string[];

  constructor(mistakes: readonly string[]) {
    super(mistakes.join('\n'));
    this.mistakes = mistakes;
    // Node prints an error's enumerable fields below its message, which already contains the mistakes.
    Object.defineProperty(this, 'mistakes', { enumerable: false });
  }

  /** @internal @throws ConfigError when there is any mistake */
  static throwIfAny(mistakes: Iterable<string>): void {
    const all = [...mistakes];
    if (all.length > 0) throw new ConfigError(all);
  }
}

/** Yields every mistake in a config, in the order of the config. */
export function* validateConfig({ dependencies }: BackstopConfig): Generator<string> {
  if (!isPlainObject(dependencies) || Object.keys(dependencies).length === 0) {
    yield `dependencies must have at least one entry, got ${shown(dependencies)}`;
    return;
  }
  const names = Object.keys(dependencies);
  for (const [name, config] of Object.entries(dependencies)) {
    yield* validateDependency(name, config);
    const twin = names.slice(0, names.indexOf(name)).find((other) => pascalCase(other) === pascalCase(name));
    if (twin) yield `dependency '${name}': the name must differ from '${twin}' by more than hyphens`;
    const backup = backupOf(config);
    if (backup && !names.includes(backup)) yield `dependency '${name}': ${noBackup(backup)}`;
    else if (backup) {
      yield* otherKind(name, config, dependencies[backup]);
      yield* refusesAll(name, config, { backup, accepts: acceptsOf(dependencies[backup]) });
    }
  }
  yield* sharedSources(dependencies);
}

/** Yields every mistake in one dependency. */
export function* validateDependency(name: string, config: unknown): Generator<string> {
  for (const mistake of withName(name, config)) yield `dependency '${name}': ${mistake}`;
}

function* withName(name: string, config: unknown): Iterable<string> {
  if (!DEPENDENCY.test(name)) {
    yield `the name must be a lower-case letter, then at most 39 lower-case letters, digits or hyphens, got ${shown(name)}`;
  }
  const unknown = [...unknownAtSynth(config)];
  yield* unknown.length > 0 ? unknown : mistakesIn(dependency, config);
  if (backupOf(config) === name) yield noBackup(name);
}

function noBackup(name: string): string {
  return `fallback.dependency must name another dependency of this config, got ${shown(name)}`;
}

/** A backup gets the same operation, so it must be of the same kind. */
function* otherKind(name: string, config: unknown, backup: unknown): Iterable<string> {
  if (!isPlainObject(config) || !isPlainObject(backup) || backup.kind === config.kind) return;
  yield `dependency '${name}': fallback.dependency must have the same kind, ${shown(config.kind)}, got ${shown(backup.kind)}`;
}

/** A backup that refuses every call would show that in an outage only. */
function* refusesAll(
  name: string,
  config: unknown,
  { backup, accepts }: { readonly backup: string; readonly accepts: Readonly<Record<string, unknown>> },
): Iterable<string> {
  const own = acceptsOf(config);
  const meets = {
    methods: (one: string, other: string) => one === other,
    paths: (one: string, other: string) => isBelow(one, other) || isBelow(other, one),
  };
  for (const list of ['methods', 'paths'] as const) {
    const [ours, theirs] = [textsOf(own[list]), textsOf(accepts[list])];
    if (!ours || !theirs || ours.some((one) => theirs.some((other) => meets[list](one, other)))) continue;
    yield `dependency '${name}': fallback.dependency must accept some of the ${list} that this dependency accepts, got ${shown(backup)}`;
  }
}

function acceptsOf(config: unknown): Readonly<Record<string, unknown>> {
  return isPlainObject(config) && isPlainObject(config.accepts) ? config.accepts : {};
}

/** Undefined if the list is absent, or has a mistake of its own. */
function textsOf(list: unknown): readonly string[] | undefined {
  return Array.isArray(list) && list.every((each) => typeof each === 'string') ? list : undefined;
}

/** Whether a path is a prefix's or below it, segment by segment. Paths of the config have no percent-encoding. */
function isBelow(path: string, prefix: string): boolean {
  return `${withoutTrailingSlashes(path)}/`.startsWith(`${withoutTrailingSlashes(prefix)}/`);
}
