import { CONFLICT_FAMILY, KNOWN_TRANSIENT, THROTTLED } from './families.ts';
import {
  allOf,
  anyOf,
  familyMatches,
  mayRefresh,
  messageMatches,
  nameIn,
  not,
  type Rule,
  rule,
  status,
  statusBetween,
  untried,
} from './rule.ts';

const REFUSED = statusBetween(400, 499);
const EXPIRED = nameIn('ExpiredToken ExpiredTokenException TokenRefreshRequired');
const WRONG_CLOCK = nameIn('RequestTimeTooSkewed RequestInTheFuture RequestExpired');
const RATE_LIMIT_TEXT =
  /\b(?:(?:secondary|user|api|request) )?rate[- ]?limit(?:ed|s|ing)?\b|\brateLimitExceeded\b|\btoo many requests\b|\brequest rate\b|\bquota (?:limit )?exceeded for quota metric\b|\babuse detection\b/i;
const CANCELLED = nameIn('TransactionCanceledException');

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
      messageMatches(RATE_LIMIT_TEXT),
    ),
  ),
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
    familyMatches(/^internal(?:-(?:server|service|failure))?$|[a-z]-unavailable$/),
  ),
  rule('http-named-conflict', 'conflict', 'data-integrity', 'none', status(400), CONFLICT_FAMILY),
];
