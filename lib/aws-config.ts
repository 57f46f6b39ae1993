import { Duration, Token } from 'aws-cdk-lib';
import { isPlainObject } from '../lambdas/shared/boundary/faithful-json.ts';
import { type Check, duration, fields, oneOf, optional, shown, trueOrFalse, whole } from './checks.ts';
import type { CommonDependencyConfig } from './config.ts';
import { redrive } from './redrive-config.ts';
import { circuit, fallback, retryBudget } from './resilience-config.ts';
import { retry, rules } from './retry-config.ts';

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

/** The ARN of what is called. */
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

/** An ARN, which may stand only when deployed. */
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

/** No kind answers with anything that could be kept. */
function fallbackOf(kind: string, allowed: readonly string[]): Check {
  return function* (path, value) {
    const chosen = isPlainObject(value) ? value.kind : undefined;
    if (typeof chosen !== 'string' || allowed.includes(chosen)) return yield* fallback(path, value);
    yield `${path}.kind must be one of ${allowed.map(shown).join(', ')} for the kind '${kind}', got ${shown(chosen)}`;
  };
}

/** What the three kinds have in common. */
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

/** By the kind of a dependency of AWS's own, what is wrong with its settings. */
export const AWS_DEPENDENCIES: Readonly<Record<string, Check>> = {
  lambda: withDeadLetters(lambdaDependency),
  'state-machine': stateMachineDependency,
  queue: withDeadLetters(queueDependency),
};
