import { Duration } from 'aws-cdk-lib';
import { isToolCommand, MAX_TOOL_LENGTH } from '../../lambdas/contract/command-line.ts';
import { MAX_EXCERPT } from '../../lambdas/contract/limits.ts';
import { redrive } from './redrive-schema.ts';
import { circuit, retryBudget } from './resilience-schema.ts';
import { retry, rules } from './retry-schema.ts';
import { defaulted, optional } from './schema.ts';
import { duration, matching, oneOf, trueOrFalse, whole } from './values.ts';

export const timeout = defaulted(
  Duration.seconds(5),
  duration(Duration.millis(100), Duration.seconds(60)),
  'Timeout of one call',
);

export const batchSize = defaulted(
  5,
  whole(1, 10),
  'Maximum messages for one invocation of a worker, which processes them in sequence. Fewer where their calls would not fit in 15 minutes. Always 1 in an ordered lane',
);

export const removal = defaulted(
  'keep',
  oneOf('keep', 'destroy'),
  'What happens to queues, tables and the key when the stack is deleted: they stay, or [nothing does](teardown.md)',
);

/** People paste it from alerts, so a shell must see words and nothing else. */
export const operatorCommand = matching<string>(
  (value) => typeof value === 'string' && isToolCommand(value),
  `be words of letters, digits and @~._/:=+,#- with one space between them, at most ${MAX_TOOL_LENGTH} characters`,
  {
    range: `words of letters, digits and \`@~._/:=+,#-\`, at most ${MAX_TOOL_LENGTH} characters`,
    wrong: ['npx backstop; reboot', ''],
  },
);

/** What dependencies of every kind have before their fallback, in the order of the messages. */
export const CALLS = {
  retry: defaulted({}, retry, 'Number and pace of retries'),
  circuit: defaulted({}, circuit, 'When the circuit holds back calls'),
  retryBudget: defaulted({}, retryBudget, 'Limit of durable retries over all its failures'),
};

/** Characters of the excerpt of an error. */
export const excerptLength = whole(0, MAX_EXCERPT);

/** What they have after it. */
export const LANE = {
  redrive: defaulted({}, redrive, 'How to redrive its dead letters'),
  maxConcurrency: defaulted(5, whole(2, 1_000, 'the SQS minimum'), 'Batches in progress at once (bulkhead)'),
  ordered: defaulted(
    false,
    trueOrFalse,
    'Process failures of one resource one at a time, in order of arrival, see below',
  ),
  priority: defaulted('P2', oneOf('P1', 'P2', 'P3'), 'Priority of failures whose event has none'),
  rules: defaulted([], rules, 'Your classification rules, checked before the built-in ones; the first match wins', {
    absent: 'none',
  }),
  excerpt: optional(
    excerptLength,
    'Characters of the [masked excerpt](events.md#the-excerpt-of-an-error) of an error that ledger, tool and alerts show; 0 for none',
    { absent: '`excerpt` of the pipeline' },
  ),
};
