import { allOf, anyOf, type Condition, messageMatches, nameIn } from './rule.ts';

/**
 * What clients of the AWS SDK call throttling, transient, or a wrong clock. The SDK exports no names, but predicates.
 * Its module has the whole retry as well: 12 KB in each user's function. A test compares these names with the SDK's
 * own.
 */
export const SDK_THROTTLED: Condition = nameIn(
  'BandwidthLimitExceeded EC2ThrottledException LimitExceededException PriorRequestNotComplete RequestThrottled',
  'ProvisionedThroughputExceededException RequestLimitExceeded RequestThrottledException SlowDown ThrottledException',
  'Throttling ThrottlingException TooManyRequestsException TransactionInProgressException',
);

export const SDK_TRANSIENT: Condition = anyOf(
  nameIn('TimeoutError RequestTimeout RequestTimeoutException'),
  allOf(nameIn('InvalidSignatureException'), messageMatches(/Signature expired/)),
);

export const SDK_CLOCK_SKEW: Condition = nameIn(
  'AccessDeniedException AuthFailure InvalidSignatureException RequestExpired RequestInTheFuture RequestTimeTooSkewed',
  'SignatureDoesNotMatch',
);
