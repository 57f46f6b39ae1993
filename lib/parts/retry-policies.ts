import { Duration } from 'aws-cdk-lib';
import { JitterType, type RetryProps } from 'aws-cdk-lib/aws-stepfunctions';

/**
 * The dependency failed in a way that passes. Each wait is random, from nothing up to its cap: the first cap is the given
 * one, each next is 6 times as long, none is over an hour.
 *
 * With the defaults, a first cap of 20 s and 4 attempts, it waits at most 14 min 20 s in all, on average half of that. The number
 * of attempts here is no limit: the attempt function knows the one of the dependency, and ends the retries with an error of
 * another name.
 */
export function transient(interval: Duration): RetryProps {
  return {
    errors: ['TransientError'],
    interval,
    backoffRate: 6,
    maxDelay: Duration.hours(1),
    jitterStrategy: JitterType.FULL,
    maxAttempts: 99,
  };
}

/** The write has lost a race once more. Waits at most 7 s in all: 1, 2 and 4 s; the rounds are counted in the ledger. */
export const RACE_LOST: RetryProps = {
  errors: ['ConflictError'],
  interval: Duration.seconds(1),
  backoffRate: 2,
  maxDelay: Duration.seconds(10),
  jitterStrategy: JitterType.FULL,
  maxAttempts: 9,
};

/** Errors by which our own functions say which way to take: trying again at once would not change the answer. */
export const ANSWERS: RetryProps = {
  errors: [
    'GaveUpError',
    'NotYetError',
    'CircuitOpenError',
    'ConflictError',
    'DecisionDueError',
    'DecidedError',
    'FallbackDueError',
    'UndoDueError',
    'UndoGoesOnError',
    'UndoFailedError',
    'NotSettledError',
  ],
  maxAttempts: 0,
};

/** Nobody has answered in time: asking again would not be what was promised. */
export const OUT_OF_TIME: RetryProps = { errors: ['States.Timeout'], maxAttempts: 0 };

/** Any other error: a fault of Backstop itself or of an AWS service. Waits at most 242 s in all. */
export const INTERNAL_RETRY: RetryProps = {
  errors: ['States.ALL'],
  interval: Duration.seconds(2),
  backoffRate: 2,
  maxDelay: Duration.minutes(1),
  jitterStrategy: JitterType.FULL,
  maxAttempts: 8,
};

/** An undo of a saga failed. Waits at most 19 min 2 s in all. */
export const UNDO: RetryProps = {
  errors: ['States.ALL'],
  interval: Duration.seconds(2),
  backoffRate: 3,
  maxDelay: Duration.minutes(5),
  jitterStrategy: JitterType.FULL,
  maxAttempts: 8,
};

/** A step behind the pivot of a saga failed, where there is no way but forward. Waits at most 6 h 30 min 20 s in all. */
export const FORWARD: RetryProps = {
  errors: ['States.ALL'],
  interval: Duration.seconds(5),
  backoffRate: 3,
  maxDelay: Duration.hours(1),
  jitterStrategy: JitterType.FULL,
  maxAttempts: 12,
};
