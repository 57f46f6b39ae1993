import { describe, expect, it } from 'vitest';
import { classify } from '../../../../lambdas/domain/classification/classify.ts';
import { familyName, familyOf, withoutNamespace } from '../../../../lambdas/domain/classification/words.ts';

describe('familyName', () => {
  it.each([
    ['RateLimitError', 'rate-limit'],
    ['RATE_LIMIT', 'rate-limit'],
    ['rate-limit', 'rate-limit'],
    ['KMSThrottlingException', 'kms-throttling'],
    ['EC2ThrottledException', 'ec2-throttled'],
    ['InternalServerErrorException', 'internal-server'],
    ['DBClusterNotFoundFault', 'db-cluster-not-found'],
    ['Error', 'error'],
    ['', ''],
    ['__', ''],
  ])('writes %j as %j', (word, family) => expect(familyName(word)).toBe(family));
});

describe('withoutNamespace', () => {
  it.each([
    ['DynamoDB.SlowDown', 'SlowDown'],
    ['com.amazonaws.kms#LimitExceededException', 'LimitExceededException'],
    ['Errno::ECONNRESET', 'ECONNRESET'],
    ['HttpClientErrorException$NotFound', 'NotFound'],
    ['GuzzleHttp\\Exception\\ConnectException', 'ConnectException'],
    ['plain', 'plain'],
  ])('of %j is %j', (word, bare) => expect(withoutNamespace(word)).toBe(bare));
});

describe('familyOf', () => {
  it.each([
    ['auth/network-request-failed', 'network-request-failed'],
    ['org.apache.kafka.common.errors.TimeoutException', 'timeout'],
    ['Timeout::Error', 'timeout'],
    ['Mysql2::Error', 'mysql2'],
    ['Error', 'error'],
  ])('of %j is %j', (word, family) => expect(familyOf(word)).toBe(family));
});

/** Words of shops and offices that also occur in errors of machines. A retry would change nothing. */
describe('words of a business', () => {
  it.each([
    'Insufficient stock for item 5',
    'Order 503 not found',
    "The customer's socket wrench is out of stock",
    'Network interface eni-1 is attached',
    'Your connection request was declined by Bob',
    'Product not available in your country',
    'Delivery time out of range',
    'Seat is not available',
    'The timeout field must be positive',
    'Invalid timeout',
    'retry count must be at most 3',
    'Slow Down Festival tickets are sold out',
    'The rate limit field is invalid',
    'Too many attempts to guess the PIN, card blocked',
    'This train terminated here',
    'Temporary address is not allowed',
    'not a valid connection string',
    'status 404 of shipment unknown',
    'EOF marker missing in upload',
    'Deadlock brand padlock is not in stock',
    'Heartbeat sensor not paired',
    'memory foam mattress out of stock',
    'Maximum number of sessions per course reached',
    'Payment declined. Please try again with another card',
    'Customer 429 has no address',
  ])('do not look like trouble that passes: %s', (message) => {
    const verdict = classify({ name: 'OrderError', message }, { rules: [], refreshable: false, attempts: 1, now: 0 });
    expect(verdict.kind).toBe('permanent');
  });
});
