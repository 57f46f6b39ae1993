import { Duration } from 'aws-cdk-lib';
import { isPlainObject } from '../../lambdas/contract/json-round-trip.ts';
import type { OwnRule } from '../../lambdas/contract/settings.ts';
import { mayClassify, NEVER_RETRIED } from '../../lambdas/contract/verdict.ts';
import { type Check, duration, fields, isDuration, oneOf, optional, shown, someOf, text, whole } from './checks.ts';
import type { RetryConfig } from './dependency-config.ts';

const delay = duration(Duration.millis(1), Duration.seconds(60));

export const retry: Check = function* (path, value) {
  yield* fields<RetryConfig>({
    hotAttempts: optional(whole(0, 10)),
    durableAttempts: optional(whole(1, 20)),
    initialDelay: optional(delay),
    maxDelay: optional(delay),
  })(path, value);
  if (!isPlainObject(value) || !isDuration(value.initialDelay) || !isDuration(value.maxDelay)) return;
  if (value.initialDelay.toMilliseconds() > value.maxDelay.toMilliseconds()) {
    yield `${path}.initialDelay must be at most maxDelay (${shown(value.maxDelay)}), got ${shown(value.initialDelay)}`;
  }
};

const when: Check = function* (path, value) {
  yield* fields<OwnRule['when']>({
    statusCodes: optional(someOf(whole(100, 599))),
    errorNames: optional(someOf(text)),
    codes: optional(someOf(text)),
    messageIncludes: optional(text),
  })(path, value);
  if (isPlainObject(value) && Object.values(value).every((condition) => condition === undefined)) {
    yield `${path} must have at least one condition, got none`;
  }
};

const rule: Check = function* (path, value) {
  yield* fields<OwnRule>({
    name: text,
    when,
    verdict: oneOf('transient', 'throttled', 'conflict', 'permanent', 'expected'),
    category: optional(
      oneOf('external-dependency', 'data-integrity', 'resource-exhaustion', 'timeout-or-deadlock', 'authentication'),
    ),
    effect: optional(oneOf('none', 'unknown')),
    retryAfterMs: optional(whole(0, Duration.days(1).toMilliseconds())),
  })(path, value);
  if (!isPlainObject(value) || (value.verdict !== 'transient' && value.verdict !== 'throttled')) return;
  const statuses: unknown = isPlainObject(value.when) ? value.when.statusCodes : undefined;
  const { verdict } = value;
  const refused = NEVER_RETRIED.filter(
    (status) => Array.isArray(statuses) && statuses.includes(status) && !mayClassify(status, verdict),
  );
  if (refused.length > 0) {
    yield `${path}.verdict must not retry statuses that are never retried (${refused.join(', ')}), got ${shown(value.verdict)}`;
  }
};

export const rules: Check = function* (path, value) {
  if (!Array.isArray(value)) {
    yield `${path} must be an array, got ${shown(value)}`;
    return;
  }
  for (const [index, own] of value.entries()) {
    yield* rule(`${path}[${index}]`, own);
    const isTaken = value
      .slice(0, index)
      .some((other) => isPlainObject(other) && isPlainObject(own) && other.name === own.name);
    if (isTaken) yield `${path}[${index}].name must be unique within the dependency, got ${shown(own.name)}`;
  }
};
