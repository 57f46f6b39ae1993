import { answerFacts } from '../classification/answer-facts.ts';
import { classify } from '../classification/classify.ts';
import { listed, withoutNamespace } from '../classification/words.ts';

/** Codes of widespread APIs. They are constants, so they hold no data. */
const KNOWN = new Set(
  listed(
    `Throttling ThrottlingException ThrottledException RequestThrottled RequestThrottledException SlowDown
    TooManyRequestsException RequestLimitExceeded LimitExceededException ProvisionedThroughputExceededException
    BandwidthLimitExceeded PriorRequestNotComplete RequestTimeout RequestTimeoutException ServerBusy
    rateLimitExceeded userRateLimitExceeded RATE_LIMIT_EXCEEDED RESOURCE_EXHAUSTED
    REQUEST_LIMIT_EXCEEDED UNABLE_TO_LOCK_ROW SERVER_UNAVAILABLE QUERY_TIMEOUT THROTTLED lock_timeout
    ConditionalCheckFailedException TransactionConflictException TransactionInProgressException
    TransactionCanceledException InternalServerError InternalFailure ServiceUnavailable`,
  ),
);
/** What each rule calls any other word. Only these words stand for what a body says. */
const CANONICAL: Readonly<Record<string, string>> = {
  'http-refused-rate': 'rate_limited',
  'http-rate-limited': 'rate_limited',
  'http-overloaded': 'rate_limited',
  'http-named-transient': 'lock_timeout',
  'http-named-trouble': 'ServiceUnavailable',
  'http-named-conflict': 'conflict',
  'http-key-in-use': 'idempotency_key_in_use',
  'http-soap-client-fault': 'SoapClientFault',
  'http-conflict-named': 'already_exists',
};

/**
 * The code for what headers or body of an answer say beyond the status: `rateLimitExceeded` of a 403. It is always a
 * constant of this module, because bodies may quote data.
 */
export function answerCode(
  statusCode: number,
  headers: Iterable<readonly [string, string]>,
  body: string | undefined,
): string | undefined {
  const { words, message } = answerFacts(headers, body);
  const ruleOf = (error: { readonly code?: string; readonly message?: string }) =>
    classify({ statusCode, ...error }, { rules: [], refreshable: false, attempts: 1, now: 0 }).rule;
  const plain = ruleOf({});
  for (const code of words) {
    const rule = ruleOf({ code });
    if (rule !== plain) return knownCode(code) ?? CANONICAL[rule];
  }
  const said = message === undefined ? plain : ruleOf({ message });
  return said === plain ? undefined : CANONICAL[said];
}

function knownCode(word: string): string | undefined {
  const code = withoutNamespace(word);
  return KNOWN.has(code) ? code : undefined;
}
