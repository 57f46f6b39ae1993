import * as v from 'valibot';
import { isPlainObject } from '../../lambdas/contract/json-round-trip.ts';
import type { AssumeRoleSettings } from '../../lambdas/contract/settings.ts';
import { reporters } from './accepts-schema.ts';
import { accountOf } from './account-of.ts';
import { externalId, functionArn, keyArn, queueArn, roleArn, stateMachineArn } from './aws-names.ts';
import { CALLS, LANE, timeout } from './common-schema.ts';
import { fallbackOf } from './resilience-schema.ts';
import { defaulted, inMilliseconds, optional, type Rule, required, settings } from './schema.ts';
import { oneOf, shown, trueOrFalse } from './values.ts';

const REPEATABLE =
  'Backstop may repeat a call with an unknown result: run the function or send the message again. For a state machine, see below';

const DEAD_LETTERS = {
  deadLetterQueueArn: optional(
    queueArn,
    '[Your dead-letter queue](sources.md#a-dead-letter-queue-that-you-have-already), in the account and region of Backstop. Its messages become its failures',
    { also: 'of one dependency only' },
  ),
  deadLetterQueueKeyArn: optional(keyArn, 'The customer-managed key that encrypts this queue'),
};

const assumeRole = settings({
  roleArn: required(
    roleArn,
    'The role, in the account of the dependency. Its trust policy admits the account of Backstop',
  ),
  externalId: optional(externalId, 'The external id that its trust policy asks for. It is not a secret'),
});

const ELSEWHERE = {
  assumeRole: optional(assumeRole, 'The role of [another account](accounts.md) in which Backstop calls it', {
    absent: "none: Backstop's own roles",
  }),
};

/** A role can use a state machine of its own account only. Functions and queues follow the same rule. */
function roleBeside(setting: string, wrong: object): Rule {
  return {
    *check({ assumeRole: role, [setting]: target }) {
      const { roleArn: its } = (role ?? {}) as Partial<AssumeRoleSettings>;
      const [account, theirs] = [accountOf(its), accountOf(target)];
      if (account === undefined || theirs === undefined || account === theirs) return;
      yield ['assumeRole', `must be a role in the account of ${setting} (${theirs}), got ${shown(its)}`];
    },
    wrong: [{ ...wrong, assumeRole: { roleArn: 'arn:aws:iam::222222222222:role/calls' } }],
  };
}

const QUEUE = 'arn:aws:sqs:eu-west-1:123456789012:mail';
const KEY = 'arn:aws:kms:eu-west-1:123456789012:key/mail';

const separateDeadLetters: Rule = {
  *check({ deadLetterQueueArn, deadLetterQueueKeyArn, queueArn: target }) {
    if (deadLetterQueueKeyArn !== undefined && deadLetterQueueArn === undefined) {
      const mistake = `must be omitted without deadLetterQueueArn, got ${shown(deadLetterQueueKeyArn)}`;
      yield ['deadLetterQueueKeyArn', mistake];
    }
    if (deadLetterQueueArn !== undefined && deadLetterQueueArn === target) {
      yield ['deadLetterQueueArn', `must differ from queueArn, got ${shown(target)}`];
    }
  },
  wrong: [
    { kind: 'queue', queueArn: QUEUE, deadLetterQueueArn: QUEUE },
    { kind: 'queue', queueArn: QUEUE, deadLetterQueueKeyArn: KEY },
  ],
};

const keyOfTheRole: Rule = {
  *check({ assumeRole: role, queueKeyArn }) {
    if (role === undefined || queueKeyArn === undefined) return;
    yield ['queueKeyArn', `must be omitted with assumeRole (the role uses the key), got ${shown(queueKeyArn)}`];
  },
  wrong: [
    {
      kind: 'queue',
      queueArn: QUEUE,
      queueKeyArn: KEY,
      assumeRole: { roleArn: 'arn:aws:iam::123456789012:role/calls' },
    },
  ],
};

/** Neither a queue nor an execution has a body whose words Backstop reads. */
function readsNoSuccess(wrong: object): Rule {
  return {
    *check({ rules }) {
      const names = Array.isArray(rules) ? rules.filter(readsSuccess).map(({ name }) => shown(name)) : [];
      if (names.length === 0) return;
      yield ['rules', `must have no successIncludes here (only http and lambda answer with a body), got ${names[0]}`];
    },
    wrong: [{ ...wrong, rules: [{ name: 'refused', when: { successIncludes: '"ok":false' }, verdict: 'permanent' }] }],
  };
}

function readsSuccess(rule: unknown): boolean {
  return isPlainObject(rule) && isPlainObject(rule.when) && rule.when.successIncludes !== undefined;
}

export const lambdaDependency = v.pipe(
  settings(
    {
      functionArn: required(functionArn, 'The function, or its version or alias'),
      ...ELSEWHERE,
      ...DEAD_LETTERS,
      accepts: optional(reporters, 'Who may report failures of it', { absent: 'everybody' }),
      kind: oneOf('lambda'),
      repeatable: defaulted(true, trueOrFalse, REPEATABLE),
      timeout,
      ...CALLS,
      fallback: optional(fallbackOf('lambda', ['static', 'backup', 'skip']), 'What answers'),
      ...LANE,
    },
    separateDeadLetters,
    roleBeside('functionArn', { kind: 'lambda', functionArn: 'arn:aws:lambda:eu-west-1:123456789012:function:resize' }),
  ),
  inMilliseconds(),
);

export const stateMachineDependency = v.pipe(
  settings(
    {
      stateMachineArn: required(
        stateMachineArn,
        'The Standard state machine, in the account and region of Backstop, or with `assumeRole` in another account',
      ),
      ...ELSEWHERE,
      accepts: optional(reporters, 'Who may report failures of it', { absent: 'everybody' }),
      kind: oneOf('state-machine'),
      repeatable: defaulted(false, trueOrFalse, REPEATABLE),
      timeout,
      ...CALLS,
      fallback: optional(fallbackOf('state-machine', ['static', 'skip']), 'What answers'),
      ...LANE,
    },
    roleBeside('stateMachineArn', {
      kind: 'state-machine',
      stateMachineArn: 'arn:aws:states:eu-west-1:123456789012:stateMachine:billing',
    }),
    readsNoSuccess({
      kind: 'state-machine',
      stateMachineArn: 'arn:aws:states:eu-west-1:123456789012:stateMachine:billing',
    }),
  ),
  inMilliseconds(),
);

export const queueDependency = v.pipe(
  settings(
    {
      queueArn: required(queueArn, 'The queue, standard or FIFO'),
      queueKeyArn: optional(keyArn, 'The customer-managed key that encrypts it'),
      ...ELSEWHERE,
      ...DEAD_LETTERS,
      accepts: optional(reporters, 'Who may report failures of it', { absent: 'everybody' }),
      kind: oneOf('queue'),
      repeatable: defaulted(true, trueOrFalse, REPEATABLE),
      timeout,
      ...CALLS,
      fallback: optional(fallbackOf('queue', ['static', 'backup', 'skip']), 'What answers'),
      ...LANE,
    },
    separateDeadLetters,
    roleBeside('queueArn', { kind: 'queue', queueArn: QUEUE }),
    keyOfTheRole,
    readsNoSuccess({ kind: 'queue', queueArn: QUEUE }),
  ),
  inMilliseconds(),
);
