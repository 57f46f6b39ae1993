import { Duration } from 'aws-cdk-lib';
import { describe, expect, it } from 'vitest';
import { resolveConfig, resolveDependency, toSettings } from '../../../lib/config/config.ts';
import type { DependencyConfig } from '../../../lib/config/dependency-config.ts';
import { mistakesOf } from '../../support/mistakes.ts';

const FUNCTION = 'arn:aws:lambda:us-east-1:111122223333:function:thumbnails';
const MACHINE = 'arn:aws:states:us-east-1:111122223333:stateMachine:Import';
const QUEUE = 'arn:aws:sqs:us-east-1:111122223333:jobs';
const DEAD = `${QUEUE}-dead`;
const KEY = 'arn:aws:kms:us-east-1:111122223333:key/1b2c3d4e-0000-4000-8000-000000000000';
const ROLE = 'arn:aws:iam::111122223333:role/calls';
const lambda = { kind: 'lambda', functionArn: FUNCTION } as const;
const machine = { kind: 'state-machine', stateMachineArn: MACHINE } as const;
const queue = { kind: 'queue', queueArn: QUEUE } as const;

/** A config without type checks. */
const unchecked = (config: object) => config as DependencyConfig;

describe('the settings of a resource of AWS', () => {
  it.each<[DependencyConfig, object]>([
    [lambda, { kind: 'lambda', targetArn: FUNCTION, repeatable: true }],
    [
      { ...lambda, functionArn: `${FUNCTION}:live`, repeatable: false },
      { targetArn: `${FUNCTION}:live`, repeatable: false },
    ],
    [machine, { kind: 'state-machine', targetArn: MACHINE, repeatable: false }],
    [
      { ...machine, repeatable: true, timeout: Duration.seconds(1) },
      { repeatable: true, timeoutMs: 1_000 },
    ],
    [queue, { kind: 'queue', targetArn: QUEUE, repeatable: true }],
    [
      { ...queue, queueArn: `${QUEUE}.fifo`, queueKeyArn: KEY },
      { targetArn: `${QUEUE}.fifo`, keyArn: KEY },
    ],
    [
      { ...lambda, assumeRole: { roleArn: ROLE, externalId: 'shop' } },
      { assumeRole: { roleArn: ROLE, externalId: 'shop' } },
    ],
    [
      { ...queue, fallback: { kind: 'skip' }, ordered: true },
      { fallback: { kind: 'skip' }, ordered: true },
    ],
  ])('of %j are %j', (config, settings) => {
    const conflict = { strategy: 'reject', sensitive: [] };
    expect(toSettings('target', config)).toMatchObject({ name: 'target', conflict, ...settings });
  });

  it('come with the queue that its failures rest in', () => {
    const config = { ...lambda, deadLetterQueueArn: DEAD, deadLetterQueueKeyArn: KEY };
    expect(resolveDependency('target', config).deadLetterQueue).toEqual({ queueArn: DEAD, keyArn: KEY });
    expect(resolveDependency('target', lambda).deadLetterQueue).toBeUndefined();
  });
});

const LAMBDA_SETTINGS =
  'functionArn, assumeRole, deadLetterQueueArn, deadLetterQueueKeyArn, accepts, kind, repeatable, timeout, retry, circuit, retryBudget, fallback, redrive, maxConcurrency, ordered, priority, rules, excerpt';

describe('a mistake in a resource of AWS', () => {
  it.each<[object, string]>([
    [
      { ...machine, assumeRole: { roleArn: 'arn:aws:iam::222222222222:role/calls' } },
      "assumeRole must be a role in the account of stateMachineArn (111122223333), got 'arn:aws:iam::222222222222:role/calls'",
    ],
    [
      { ...lambda, assumeRole: { roleArn: FUNCTION } },
      `assumeRole.roleArn must be the ARN of an IAM role, got '${FUNCTION}'`,
    ],
    [
      { ...lambda, assumeRole: { roleArn: ROLE, externalId: 'a b' } },
      "assumeRole.externalId must be an external id: letters, digits and +=,.@:/_-, 2 to 1,224 characters, got 'a b'",
    ],
    [
      { ...queue, queueKeyArn: KEY, assumeRole: { roleArn: ROLE } },
      `queueKeyArn must be omitted with assumeRole (the role uses the key), got '${KEY}'`,
    ],
    [{ kind: 'lambda' }, 'functionArn must be the ARN of a Lambda function, got undefined'],
    [{ ...lambda, functionArn: 'thumbnails' }, "functionArn must be the ARN of a Lambda function, got 'thumbnails'"],
    [{ ...lambda, functionArn: QUEUE }, `functionArn must be the ARN of a Lambda function, got '${QUEUE}'`],
    [
      { ...machine, stateMachineArn: `${MACHINE}:3` },
      `stateMachineArn must be the ARN of a state machine, without version or alias, got '${MACHINE}:3'`,
    ],
    [
      { ...queue, queueArn: 'https://sqs.us-east-1.amazonaws.com/1/jobs' },
      "queueArn must be the ARN of an SQS queue, got 'https://sqs.us-east-1.amazonaws.com/1/jobs'",
    ],
    [{ ...queue, queueKeyArn: 'alias/jobs' }, "queueKeyArn must be the ARN of a KMS key, got 'alias/jobs'"],
    [{ ...lambda, deadLetterQueueArn: 'dead' }, "deadLetterQueueArn must be the ARN of an SQS queue, got 'dead'"],
    [{ ...queue, deadLetterQueueArn: QUEUE }, `deadLetterQueueArn must differ from queueArn, got '${QUEUE}'`],
    [
      { ...queue, deadLetterQueueKeyArn: KEY },
      `deadLetterQueueKeyArn must be omitted without deadLetterQueueArn, got '${KEY}'`,
    ],
    [{ ...machine, repeatable: 'yes' }, "repeatable must be true or false, got 'yes'"],
    [{ ...lambda, maxConcurrency: 1 }, 'maxConcurrency must be at least 2 (the SQS minimum), got 1'],
    [{ ...queue, timeout: Duration.minutes(2) }, 'timeout must be at most 1 minute, got 2 minutes'],
    [{ ...lambda, baseUrl: 'https://a.example.com' }, `unknown setting 'baseUrl'; valid settings: ${LAMBDA_SETTINGS}`],
    [{ ...lambda, auth: {} }, `unknown setting 'auth'; valid settings: ${LAMBDA_SETTINGS}`],
    [{ ...lambda, conflict: { strategy: 'ask' } }, `unknown setting 'conflict'; valid settings: ${LAMBDA_SETTINGS}`],
    [
      { ...lambda, fallback: { kind: 'last-good', maxAge: Duration.hours(1) } },
      "fallback.kind must be one of 'static', 'backup', 'skip' for the kind 'lambda', got 'last-good'",
    ],
    [
      { ...machine, fallback: { kind: 'backup', dependency: 'other' } },
      "fallback.kind must be one of 'static', 'skip' for the kind 'state-machine', got 'backup'",
    ],
    [
      { ...queue, fallback: { kind: 'skip', answer: 1 } },
      "unknown setting 'fallback.answer'; valid settings: kind, after",
    ],
  ])('%j: %s', (config, mistake) => {
    expect(mistakesOf(() => toSettings('target', unchecked(config)))).toEqual([`dependency 'target': ${mistake}`]);
  });

  it('is a backup of another kind', () => {
    const dependencies = {
      target: { ...lambda, fallback: { kind: 'backup', dependency: 'jobs' } as const },
      jobs: queue,
    };
    expect(mistakesOf(() => resolveConfig({ dependencies }))).toEqual([
      "dependency 'target': fallback.dependency must have the same kind, 'lambda', got 'queue'",
    ]);
  });
});
