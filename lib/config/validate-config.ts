import { Duration } from 'aws-cdk-lib';
import { isPlainObject } from '../../lambdas/contract/json-round-trip.ts';
import type { AuthSettings } from '../../lambdas/contract/settings.ts';
import { AWS_DEPENDENCIES } from './aws-config.ts';
import { baseUrl } from './base-url.ts';
import { type Check, duration, fields, oneOf, optional, shown, trueOrFalse, whole } from './checks.ts';
import { conflict } from './conflict-config.ts';
import type { BackstopConfig, HttpDependencyConfig } from './dependency-config.ts';
import { pascalCase } from './pascal-case.ts';
import { redrive } from './redrive-config.ts';
import { backupOf, circuit, fallback, retryBudget } from './resilience-config.ts';
import { retry, rules } from './retry-config.ts';

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
    else if (backup) yield* otherKind(name, config, dependencies[backup]);
  }
  yield* sharedDeadLetterQueues(dependencies);
  const length = names.join('').length;
  if (length > MAX_NAMES_LENGTH) {
    yield `dependencies must have names of at most ${MAX_NAMES_LENGTH} characters in total (one event pattern lists them), got ${length}`;
  }
}

/** Yields every mistake in one dependency. */
export function* validateDependency(name: string, config: unknown): Generator<string> {
  for (const mistake of withName(name, config)) yield `dependency '${name}': ${mistake}`;
}

/** EventBridge accepts patterns of at most 2,048 characters. Quotes and commas need the rest. */
const MAX_NAMES_LENGTH = 1_000;
const NAME = /^[a-z][a-z0-9-]{0,39}$/;
/** A name that AWS Secrets Manager accepts. */
const SECRET_NAME = /^[\w/+=.@-]{1,512}$/;
/** A token of RFC 9110, 5.6.2. */
const HEADER_NAME = /^[\w!#$%&'*+.^`|~-]+$/;
/** Headers that the connection, the body or Backstop sets. */
const TAKEN_HEADERS = [
  'authorization',
  'connection',
  'content-length',
  'content-type',
  'expect',
  'host',
  'idempotency-key',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];

function* withName(name: string, config: unknown): Iterable<string> {
  if (!NAME.test(name)) {
    yield `the name must be a lower-case letter, then at most 39 lower-case letters, digits or hyphens, got ${shown(name)}`;
  }
  const kind = isPlainObject(config) ? config.kind : 'http';
  const check = typeof kind === 'string' && Object.hasOwn(KINDS, kind) ? KINDS[kind] : undefined;
  if (!check) {
    yield `kind must be one of ${Object.keys(KINDS).map(shown).join(', ')}, got ${shown(kind)}`;
    return;
  }
  yield* check('', config);
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

/** Two readers of one queue would each get only some of its messages. */
function* sharedDeadLetterQueues(dependencies: Readonly<Record<string, unknown>>): Iterable<string> {
  const owners = new Map<unknown, string>();
  for (const [name, config] of Object.entries(dependencies)) {
    const queue = isPlainObject(config) ? config.deadLetterQueueArn : undefined;
    if (queue === undefined) continue;
    const owner = owners.get(queue);
    if (owner)
      yield `dependency '${name}': deadLetterQueueArn must differ from that of '${owner}', got ${shown(queue)}`;
    owners.set(queue, name);
  }
}

const secretName: Check = function* (path, value) {
  if (typeof value === 'string' && SECRET_NAME.test(value)) return;
  yield `${path} must be the name of a secret in AWS Secrets Manager (letters, digits and /_+=.@-), got ${shown(value)}`;
};

const headerName: Check = function* (path, value) {
  if (typeof value !== 'string' || !HEADER_NAME.test(value)) {
    yield `${path} must be a header name such as 'x-api-key', got ${shown(value)}`;
  } else if (TAKEN_HEADERS.includes(value.toLowerCase()) || value.toLowerCase().startsWith('proxy-')) {
    yield `${path} must not be a reserved header; use one such as 'x-api-key', got ${shown(value)}`;
  }
};

const auth: Check = function* (path, value) {
  yield* fields<AuthSettings>({
    scheme: oneOf('bearer', 'basic', 'api-key'),
    secretName,
    header: optional(headerName),
  })(path, value);
  if (isPlainObject(value) && value.header !== undefined && value.scheme !== 'api-key') {
    yield `${path}.header must be omitted (only the scheme 'api-key' takes it), got ${shown(value.header)}`;
  }
};

const httpDependency = fields<HttpDependencyConfig>({
  kind: oneOf('http'),
  baseUrl,
  timeout: optional(duration(Duration.millis(100), Duration.seconds(60))),
  auth: optional(auth),
  idempotencyKeys: optional(trueOrFalse),
  encodedSlashes: optional(trueOrFalse),
  retry: optional(retry),
  circuit: optional(circuit),
  retryBudget: optional(retryBudget),
  fallback: optional(fallback),
  conflict: optional(conflict),
  redrive: optional(redrive),
  maxConcurrency: optional(whole(2, 1_000, { least: 'the SQS minimum' })),
  ordered: optional(trueOrFalse),
  priority: optional(oneOf('P1', 'P2', 'P3')),
  rules: optional(rules),
});

/** Checks of a dependency, by its kind. */
const KINDS: Readonly<Record<string, Check>> = { http: httpDependency, ...AWS_DEPENDENCIES };
