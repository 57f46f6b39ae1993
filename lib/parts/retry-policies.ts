import { Duration } from 'aws-cdk-lib';
import { Errors, JitterType, type RetryProps } from 'aws-cdk-lib/aws-stepfunctions';
import { ANSWER_ERRORS, type BackstopErrorName } from '../../lambdas/contract/error-names.ts';

/**
 * The dependency failed temporarily. Each wait is random, from zero up to its cap. The first cap is the given interval;
 * each next cap is 6 times as long, at most an hour.
 *
 * With the defaults (first cap 20 s, 4 attempts), it waits at most 14 min 20 s in all, on average half of that.
 * `maxAttempts` is not the limit. The attempt function knows the dependency's limit, and ends the retries with another
 * error name.
 */
export function transient(interval: Duration): RetryProps {
  return {
    errors: ['TransientError' satisfies BackstopErrorName],
    interval,
    backoffRate: 6,
    maxDelay: Duration.hours(1),
    jitterStrategy: JitterType.FULL,
    maxAttempts: 99,
  };
}

/**
 * The write lost a race again. Waits at most 7 s in all: 1, 2 and 4 s. The ledger counts the rounds, and ends the
 * failure before the limits here are reached.
 */
export const RACE_LOST: RetryProps = {
  errors: ['ConflictError' satisfies BackstopErrorName],
  interval: Duration.seconds(1),
  backoffRate: 2,
  maxDelay: Duration.seconds(10),
  jitterStrategy: JitterType.FULL,
  maxAttempts: 9,
};

/** Errors that name the next state. An immediate retry would not change the answer. */
export const ANSWERS: RetryProps = {
  errors: [...ANSWER_ERRORS],
  maxAttempts: 0,
};

/** No human decided in time. A retry would wait longer than promised. */
export const OUT_OF_TIME: RetryProps = { errors: [Errors.TIMEOUT], maxAttempts: 0 };

/** Any other error: a fault of Backstop itself or of an AWS service. Waits at most 242 s in all. */
export const INTERNAL_RETRY: RetryProps = {
  errors: [Errors.ALL],
  interval: Duration.seconds(2),
  backoffRate: 2,
  maxDelay: Duration.minutes(1),
  jitterStrategy: JitterType.FULL,
  maxAttempts: 8,
};

/** An undo of a saga failed. Waits at most 19 min 2 s in all. */
export const UNDO: RetryProps = {
  errors: [Errors.ALL],
  interval: Duration.seconds(2),
  backoffRate: 3,
  maxDelay: Duration.minutes(5),
  jitterStrategy: JitterType.FULL,
  maxAttempts: 8,
};

/** A step behind the pivot of a saga failed, and the saga can only go forward. Waits at most 6 h 30 min 20 s in all. */
export const FORWARD: RetryProps = {
  errors: [Errors.ALL],
  interval: Duration.seconds(5),
  backoffRate: 3,
  maxDelay: Duration.hours(1),
  jitterStrategy: JitterType.FULL,
  maxAttempts: 12,
};
