import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ReportedError } from '../../../../lambdas/contract/verdict.ts';
import { answerCode } from '../../../../lambdas/domain/boundary/answer-code.ts';
import { classify } from '../../../../lambdas/domain/classification/classify.ts';

const verdictOf = (error: ReportedError) => classify(error, { rules: [], refreshable: false, attempts: 0, now: 0 });

describe('a refusal that speaks of rates', () => {
  it.each([
    [400, 'RateLimitConfigurationInvalid'],
    [400, 'InvalidRateLimit'],
    [400, 'ThrottlingConfigNotFoundException'],
    [400, 'OverloadedMethodError'],
    [400, 'RequestLimitTooLow'],
    [404, 'RateLimitNotFound'],
    [404, 'throttled-plan-not-found'],
    [400, 'overloaded'],
    [403, 'RateLimitPolicy'],
    [400, 'TooManyRequestsConfigured'],
  ])('is permanent: %i %s', (statusCode, name) => {
    expect(verdictOf({ statusCode, name })).toMatchObject({ kind: 'permanent' });
    expect(verdictOf({ statusCode, code: name })).toMatchObject({ kind: 'permanent' });
  });

  const throttle = fc.constantFrom('RateLimit', 'Throttling', 'Throttled', 'TooManyRequests', 'RequestLimitExceeded');
  const refusal = fc.constantFrom(
    'NotFound',
    'Invalid',
    'TooLow',
    'ConfigMissing',
    'Method',
    'NotSupported',
    'Expired',
  );

  it('is permanent whatever the words around', () => {
    fc.assert(
      fc.property(throttle, refusal, fc.constantFrom('', 'Error', 'Exception'), (rate, word, suffix) => {
        expect(verdictOf({ statusCode: 400, name: `${rate}${word}${suffix}` }).kind).toBe('permanent');
        expect(verdictOf({ statusCode: 400, name: `Invalid${rate}${suffix}` }).kind).toBe('permanent');
      }),
    );
  });

  it.each([
    'The rate limit feature is not part of your plan',
    'rate limiting not enabled',
    'rate-limited endpoints need a paid plan',
    'Your role may not change the request rate',
    'Too many requests for refund of this order',
  ])('is permanent with a 403: %s', (message) => {
    expect(verdictOf({ statusCode: 403, message })).toMatchObject({ kind: 'permanent', effect: 'none' });
  });

  it.each([
    'You have exceeded a secondary rate limit.',
    'API rate limit exceeded for 10.0.0.1.',
    'User Rate Limit Exceeded',
    'The rate limit has been reached',
    'You have hit your hourly rate limit',
    'You are being rate limited.',
    'Too many requests',
    'Quota exceeded for quota metric "Queries"',
  ])('is a throttle only where it says that the limit is reached: %s', (message) => {
    expect(verdictOf({ statusCode: 403, message }).kind).toBe('throttled');
  });
});

describe('a 400 that finds fault with the request', () => {
  it.each(['conflicting_fields', 'DUPLICATE_ITEM_IN_LIST', 'internal', 'slot_unavailable', 'DuplicateItemsNotAllowed'])(
    'is permanent: %s',
    (code) => expect(verdictOf({ statusCode: 400, code })).toMatchObject({ kind: 'permanent' }),
  );

  it.each([
    [400, { status: 'overloaded' }],
    [400, { type: 'internal' }],
    [404, { reason: 'throttled-plan-not-found' }],
    [400, { code: 'conflicting_fields' }],
  ])('gives no code: %i %j', (status, body) => {
    expect(answerCode(status, [], JSON.stringify(body))).toBeUndefined();
  });
});
