import { CONFLICT_NAME, KNOWN_TRANSIENT, THROTTLED } from './families.ts';
import {
  allOf,
  anyOf,
  familyHas,
  familyMatches,
  mayRefresh,
  messageMatches,
  nameIn,
  nameMatches,
  not,
  type Rule,
  rule,
  says,
  status,
  statusBetween,
  untried,
} from './rule.ts';

const REFUSED = statusBetween(400, 499);
const EXPIRED = nameIn('ExpiredToken ExpiredTokenException TokenRefreshRequired');
const WRONG_CLOCK = nameIn('RequestTimeTooSkewed RequestInTheFuture RequestExpired');
/** A text must say that the limit was reached: a plan without rate limits refuses for good. */
const RATE_LIMIT_TEXT = says(
  /secondary rate[- ]?limits?/,
  /rate[- ]?limits? (?:(?:has been|have been|was|is|already|for [\w.:-]{1,60}) ){0,2}(?:exceeded|reached|hit)/,
  /(?:exceeded|reached|hit|over) (?:(?:a|an|the|your|our|its|api|user|request|requests|hourly|daily|current) ){0,3}rate[- ]?limits?/,
  /(?:are|is|was|were|been|being|temporarily) rate[- ]?limited/,
  /(?:user)?rateLimitExceeded/,
  /too many requests(?! for)/,
  /request rate (?:is )?(?:too (?:high|large)|exceeded)/,
  /reduce your request rate/,
  /quota (?:limit )?exceeded for quota metric/,
  /abuse detection/,
);
/** The SDK for Java has no class for a throttle of most services, and then leaves its code out. */
const AWS_SAYS_THROTTLED = allOf(
  messageMatches(/\(Service: [^();,]{1,80}[;,] Status Code: (?:400|503)\b/),
  messageMatches(
    /^(?:Rate exceeded|Request limit exceeded|Throttling|Too many requests|Please reduce your request rate)/i,
  ),
);
const CANCELLED = nameIn('TransactionCanceledException');

/** The service still works on an earlier call with the same key. */
const KEY_IN_USE = anyOf(
  nameIn('idempotency_key_in_use IDEMPOTENCY_KEY_IN_USE IdempotencyKeyInUse idempotency_concurrent_request'),
  allOf(
    says(/idempoten(?:cy|t)[- ]?(?:key|request)s?/),
    says(/in[- ]progress/, /(?:being|still|currently) process(?:ed|ing)/, /outstanding/, /in use/, /concurrent(?:ly)?/),
  ),
);
/** Another conflict than with an earlier call of the same operation. */
const NAMED_CONFLICT = familyHas('exists duplicated? duplicates version etag preconditions? stale modified mismatch');

/**
 * Names that say more than their status. Many APIs answer a refused rate with 400 or 403. AWS does so as a rule.
 *
 * Only names that the service's own clients retry count: a plain 400 or 403 stays permanent.
 */
export const FINE_RULES: readonly Rule[] = [
  rule('retry-forbidden', 'permanent', 'resource-exhaustion', 'unknown', (it) => it.forbidsRetry),
  rule(
    'aws-transaction-conflict',
    'conflict',
    'data-integrity',
    'unknown',
    CANCELLED,
    messageMatches(/ConditionalCheckFailed/i),
  ),
  rule(
    'aws-transaction-contention',
    'transient',
    'timeout-or-deadlock',
    'unknown',
    anyOf(
      nameIn('TransactionConflictException', 'ReplicatedWriteConflictException'),
      allOf(CANCELLED, messageMatches(/TransactionConflict/i)),
    ),
  ),
  rule(
    'aws-transaction-throttled',
    'throttled',
    'resource-exhaustion',
    'unknown',
    CANCELLED,
    messageMatches(/Throttling|ThroughputExceeded/i),
  ),
  rule('aws-transaction-refused', 'permanent', 'data-integrity', 'unknown', CANCELLED),
  rule('http-refused-rate', 'throttled', 'resource-exhaustion', 'none', REFUSED, not(status(409)), THROTTLED),
  rule('http-overloaded', 'throttled', 'resource-exhaustion', 'unknown', statusBetween(500, 999), THROTTLED),
  rule(
    'http-rate-limited',
    'throttled',
    'resource-exhaustion',
    'none',
    status(403),
    anyOf(
      (it) => it.waitMs !== undefined,
      (it) => it.quotaSpent,
      RATE_LIMIT_TEXT,
    ),
  ),
  rule('aws-says-throttled', 'throttled', 'resource-exhaustion', 'unknown', status(400, 503), AWS_SAYS_THROTTLED),
  rule('http-soap-client-fault', 'permanent', 'data-integrity', 'unknown', status(500), nameIn('SoapClientFault')),
  rule('http-credentials-expired', 'transient', 'authentication', 'none', status(400, 403), EXPIRED, mayRefresh),
  // Signing again helps if the clock was wrong, but not if the key is.
  rule('http-clock-skew', 'transient', 'authentication', 'none', status(400, 401, 403), WRONG_CLOCK, untried),
  // A time-out or a lost lock doesn't say how far the service got.
  rule(
    'http-named-transient',
    'transient',
    'external-dependency',
    'unknown',
    REFUSED,
    not(status(401, 409)),
    KNOWN_TRANSIENT,
  ),
  // The service's own trouble: it may have begun the work.
  rule(
    'http-named-trouble',
    'transient',
    'external-dependency',
    'unknown',
    status(400),
    anyOf(
      // `{"type": "internal"}` is the name of a category, and says nothing of a failure.
      nameMatches(/^Internal(?:Server|Service)?(?:Error|Failure|Fault|Exception)(?:Exception)?$/),
      nameMatches(/[a-z]Unavailable(?:Error|Exception)$/),
      familyMatches(/(?:^|-)(?:service|server|dependency|temporarily)-unavailable$/),
    ),
  ),
  rule('http-key-in-use', 'transient', 'timeout-or-deadlock', 'unknown', status(409), KEY_IN_USE),
  rule('http-conflict-named', 'conflict', 'data-integrity', 'none', status(409), NAMED_CONFLICT),
  rule('http-named-conflict', 'conflict', 'data-integrity', 'none', status(400), CONFLICT_NAME),
];
