import * as v from 'valibot';
import { reporters } from './accepts-schema.ts';
import { functionArn, keyArn, queueArn, stateMachineArn } from './aws-names.ts';
import { CALLS, LANE, timeout } from './common-schema.ts';
import { fallbackOf } from './resilience-schema.ts';
import { defaulted, inMilliseconds, optional, type Rule, required, settings } from './schema.ts';
import { oneOf, shown, trueOrFalse } from './values.ts';

const REPEATABLE =
  'Backstop may repeat a call with an unknown result: run the function or send the message again. For a state machine, see below';

const DEAD_LETTERS = {
  deadLetterQueueArn: optional(
    queueArn,
    '[Your dead-letter queue](sources.md#a-dead-letter-queue-that-you-have-already), in the account and region of Backstop. Its messages become failures of the dependency',
    { also: 'of one dependency only' },
  ),
  deadLetterQueueKeyArn: optional(keyArn, 'The customer-managed key that encrypts this queue'),
};

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

export const lambdaDependency = v.pipe(
  settings(
    {
      functionArn: required(functionArn, 'The function, or its version or alias'),
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
  ),
  inMilliseconds(),
);

export const stateMachineDependency = v.pipe(
  settings({
    stateMachineArn: required(stateMachineArn, 'The Standard state machine, in the account and region of Backstop'),
    accepts: optional(reporters, 'Who may report failures of it', { absent: 'everybody' }),
    kind: oneOf('state-machine'),
    repeatable: defaulted(false, trueOrFalse, REPEATABLE),
    timeout,
    ...CALLS,
    fallback: optional(fallbackOf('state-machine', ['static', 'skip']), 'What answers'),
    ...LANE,
  }),
  inMilliseconds(),
);

export const queueDependency = v.pipe(
  settings(
    {
      queueArn: required(queueArn, 'The queue, standard or FIFO'),
      queueKeyArn: optional(keyArn, 'The customer-managed key that encrypts it'),
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
  ),
  inMilliseconds(),
);
