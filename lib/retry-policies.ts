import { Duration } from 'aws-cdk-lib';
import { JitterType, type RetryProps } from 'aws-cdk-lib/aws-stepfunctions';

/**
 * The dependency failed in a way that passes. Each wait is random, from nothing up to its cap.
 *
 * Waits at most 64 min in all for the 20 attempts that a dependency may be given. The number here is no limit: the attempt
 * function knows the one of the dependency, and ends the retries with an error of another name.
 */
export const TRANSIENT: RetryProps = {
  errors: ['TransientError'],
  interval: Duration.seconds(2),
  backoffRate: 2,
  maxDelay: Duration.minutes(5),
  jitterStrategy: JitterType.FULL,
  maxAttempts: 99,
};

/**
 * Backstop itself, or a service that it stands on, failed. Waits at most 242 s in all.
 *
 * `Sandbox.Timedout` and `Runtime.ExitError` are what Lambda calls a function that ran out of time or died.
 */
export const OWN_TROUBLE: RetryProps = {
  errors: [
    'BusyError',
    'InternalError',
    'Lambda.TooManyRequestsException',
    'Lambda.ServiceException',
    'Lambda.AWSLambdaException',
    'Lambda.SdkClientException',
    'Lambda.ClientExecutionTimeoutException',
    'Lambda.Unknown',
    'Sandbox.Timedout',
    'Runtime.ExitError',
    'States.Timeout',
  ],
  interval: Duration.seconds(2),
  backoffRate: 2,
  maxDelay: Duration.minutes(1),
  jitterStrategy: JitterType.FULL,
  maxAttempts: 8,
};

/** A message must be kept and SQS did not take it, for whatever reason. Waits at most 242 s in all. */
export const KEEPING: RetryProps = { ...OWN_TROUBLE, errors: ['States.ALL'] };
