import { Duration } from 'aws-cdk-lib';
import * as v from 'valibot';
import { isPlainObject } from '../../lambdas/contract/json-round-trip.ts';
import { mayClassify, NEVER_RETRIED } from '../../lambdas/contract/verdict.ts';
import { defaulted, inMilliseconds, optional, required, settings, step } from './schema.ts';
import { duration, isDuration, must, oneOf, shown, someOf, text, whole } from './values.ts';

const delay = duration(Duration.millis(1), Duration.seconds(60));

export const retry = v.pipe(
  settings(
    {
      hotAttempts: defaulted(3, whole(0, 10), 'Attempts in the worker, right after the failure arrives, within 2 s'),
      durableAttempts: defaulted(
        4,
        whole(1, 20),
        'Later attempts by the Recovery machine; `durableRetryInterval` sets the waits',
      ),
      initialDelay: defaulted(
        Duration.millis(100),
        delay,
        'Cap of the first delay in the worker. It doubles with each attempt; the delay is random below it',
      ),
      maxDelay: defaulted(Duration.seconds(5), delay, 'Cap of every delay in the worker'),
    },
    {
      *check({ initialDelay, maxDelay }) {
        if (!isDuration(initialDelay) || !isDuration(maxDelay)) return;
        if (initialDelay.toMilliseconds() <= maxDelay.toMilliseconds()) return;
        yield ['initialDelay', `must be at most maxDelay (${shown(maxDelay)}), got ${shown(initialDelay)}`];
      },
      wrong: [{ initialDelay: Duration.seconds(2), maxDelay: Duration.seconds(1) }],
    },
  ),
  inMilliseconds(),
);

const when = settings(
  {
    statusCodes: optional(someOf(whole(100, 999)), 'HTTP statuses'),
    errorNames: optional(someOf(text), 'Names of errors, compared exactly'),
    codes: optional(someOf(text), 'Codes of errors, compared exactly'),
    messageIncludes: optional(text, 'Part of the message, in upper or lower case'),
    successIncludes: optional(
      text,
      'Part of the body of a success, whatever its case and spaces: [the call has failed then](classification.md#a-success-that-is-none)',
      { also: 'for `http` and `lambda`; with `statusCodes` only' },
    ),
  },
  {
    *check(conditions) {
      if (Object.values(conditions).every((condition) => condition === undefined))
        yield [undefined, 'must have at least one condition, got none'];
      const others = ['errorNames', 'codes', 'messageIncludes'].filter((name) => conditions[name] !== undefined);
      if (conditions.successIncludes === undefined || others.length === 0) return;
      yield ['successIncludes', `must go with statusCodes only (a success has no ${others[0]})`];
    },
    wrong: [{}, { successIncludes: '"ok":false', codes: ['LOCKED'] }],
  },
);

function isRetry(verdict: unknown): verdict is 'transient' | 'throttled' {
  return verdict === 'transient' || verdict === 'throttled';
}

const rule = settings(
  {
    name: required(text, 'Name of the rule, shown with each verdict', { also: 'unique within the dependency' }),
    when: required(when, 'Conditions that must all hold, at least one'),
    verdict: required(
      oneOf('transient', 'throttled', 'conflict', 'permanent', 'expected'),
      '`transient`: retry. `throttled`: wait first. `expected`: no failure. Else: a human',
      { also: `of ${NEVER_RETRIED.join(', ')} only 400, 403: throttled` },
    ),
    category: optional(
      oneOf('external-dependency', 'data-integrity', 'resource-exhaustion', 'timeout-or-deadlock', 'authentication'),
      'Where the cause lies, for reports',
      { absent: "`'external-dependency'`" },
    ),
    effect: optional(
      oneOf('none', 'unknown'),
      "Whether the failed call may have changed something. After `'unknown'`, Backstop repeats it [only where that is safe](decisions/0003-unknown-results.md)",
      { absent: "what the other rules prove, else `'unknown'`" },
    ),
    retryAfterMs: optional(
      whole(0, Duration.days(1).toMilliseconds()),
      "Milliseconds to wait if the dependency doesn't say so itself",
    ),
  },
  {
    *check({ verdict, when: conditions }) {
      const statuses: unknown = isPlainObject(conditions) ? conditions.statusCodes : undefined;
      if (!isRetry(verdict) || !Array.isArray(statuses)) return;
      const refused = NEVER_RETRIED.filter((status) => statuses.includes(status) && !mayClassify(status, verdict));
      if (refused.length === 0) return;
      const those = `statuses that are never retried (${refused.join(', ')})`;
      yield ['verdict', `must not retry ${those}, got ${shown(verdict)}`];
    },
    wrong: [{ name: 'again', when: { statusCodes: [404] }, verdict: 'transient' }],
  },
);

export const rules = v.pipe(
  v.array(rule, must('be an array')),
  v.rawCheck(({ dataset: { value }, addIssue }) => {
    if (!Array.isArray(value)) return;
    value.forEach((own: unknown, index) => {
      if (!isPlainObject(own)) return;
      const isTaken = value.slice(0, index).some((other) => isPlainObject(other) && other.name === own.name);
      const message = `must be unique within the dependency, got ${shown(own.name)}`;
      if (isTaken) addIssue({ path: [step(value, index), step(own, 'name')], message });
    });
  }),
  v.metadata({ range: 'array', wrong: [{}], element: rule }),
);
