import { Duration, Token } from 'aws-cdk-lib';
import { isPlainObject } from '../../lambdas/contract/json-round-trip.ts';
import { type Check, duration, fields, oneOf, optional, shown, trueOrFalse, whole } from './checks.ts';
import type {
  LambdaDependencyConfig,
  QueueDependencyConfig,
  StateMachineDependencyConfig,
} from './dependency-config.ts';
import { redrive } from './redrive-config.ts';
import { circuit, fallback, retryBudget } from './resilience-config.ts';
import { retry, rules } from './retry-config.ts';

/** The ARN of the function, state machine or queue. */
export function targetArnOf(
  config: LambdaDependencyConfig | StateMachineDependencyConfig | QueueDependencyConfig,
): string {
  switch (config.kind) {
    case 'lambda':
      return config.functionArn;
    case 'state-machine':
      return config.stateMachineArn;
    case 'queue':
      return config.queueArn;
    default:
      return config satisfies never;
  }
}

/** Checks an ARN. A CDK token passes, because its value exists only after the deployment. */
function arn(what: string, pattern: RegExp): Check {
  return function* (path, value) {
    if (Token.isUnresolved(value) || (typeof value === 'string' && pattern.test(value))) return;
    yield `${path} must be the ARN of ${what}, got ${shown(value)}`;
  };
}

const functionArn = arn('a Lambda function', /^arn:[\w-]+:lambda:[\w-]+:\d{12}:function:[\w-]{1,64}(:[\w$-]+)?$/);
const stateMachineArn = arn(
  'a state machine, without version or alias',
  /^arn:[\w-]+:states:[\w-]+:\d{12}:stateMachine:[^\s:/]{1,80}$/,
);
const queueArn = arn('an SQS queue', /^arn:[\w-]+:sqs:[\w-]+:\d{12}:[\w-]{1,80}(\.fifo)?$/);
const keyArn = arn('a KMS key', /^arn:[\w-]+:kms:[\w-]+:\d{12}:key\/[\w-]+$/);

/** Checks the kind of a fallback. No AWS kind has an answer that Backstop could keep. */
function fallbackOf(kind: string, allowed: readonly string[]): Check {
  return function* (path, value) {
    const chosen = isPlainObject(value) ? value.kind : undefined;
    if (typeof chosen !== 'string' || allowed.includes(chosen)) return yield* fallback(path, value);
    yield `${path}.kind must be one of ${allowed.map(shown).join(', ')} for the kind '${kind}', got ${shown(chosen)}`;
  };
}

/** The settings that the three kinds share. */
function common(kind: string, fallbacks: readonly string[]) {
  return {
    kind: oneOf(kind),
    repeatable: optional(trueOrFalse),
    timeout: optional(duration(Duration.millis(100), Duration.seconds(60))),
    retry: optional(retry),
    circuit: optional(circuit),
    retryBudget: optional(retryBudget),
    fallback: optional(fallbackOf(kind, fallbacks)),
    redrive: optional(redrive),
    maxConcurrency: optional(whole(2, 1_000, { least: 'the SQS minimum' })),
    ordered: optional(trueOrFalse),
    priority: optional(oneOf('P1', 'P2', 'P3')),
    rules: optional(rules),
  };
}

const DEAD_LETTERS = { deadLetterQueueArn: optional(queueArn), deadLetterQueueKeyArn: optional(keyArn) };

const lambdaDependency = fields<LambdaDependencyConfig>({
  functionArn,
  ...DEAD_LETTERS,
  ...common('lambda', ['static', 'backup', 'skip']),
});
const stateMachineDependency = fields<StateMachineDependencyConfig>({
  stateMachineArn,
  ...common('state-machine', ['static', 'skip']),
});
const queueDependency = fields<QueueDependencyConfig>({
  queueArn,
  queueKeyArn: optional(keyArn),
  ...DEAD_LETTERS,
  ...common('queue', ['static', 'backup', 'skip']),
});

const withDeadLetters = (check: Check): Check =>
  function* (path, value) {
    yield* check(path, value);
    if (!isPlainObject(value)) return;
    const { deadLetterQueueArn, deadLetterQueueKeyArn, queueArn: target } = value;
    if (deadLetterQueueKeyArn !== undefined && deadLetterQueueArn === undefined) {
      yield `deadLetterQueueKeyArn must be omitted without deadLetterQueueArn, got ${shown(deadLetterQueueKeyArn)}`;
    }
    if (deadLetterQueueArn !== undefined && deadLetterQueueArn === target) {
      yield `deadLetterQueueArn must differ from queueArn, got ${shown(target)}`;
    }
  };

/** Checks of an AWS dependency's settings, by its kind. */
export const AWS_DEPENDENCIES: Readonly<Record<string, Check>> = {
  lambda: withDeadLetters(lambdaDependency),
  'state-machine': stateMachineDependency,
  queue: withDeadLetters(queueDependency),
};
