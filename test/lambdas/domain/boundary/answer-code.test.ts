import { describe, expect, it } from 'vitest';
import { answerCode } from '../../../../lambdas/domain/boundary/answer-code.ts';
import { classify } from '../../../../lambdas/domain/classification/classify.ts';

describe('answerCode', () => {
  it.each<[title: string, status: number, body: unknown, code: string]>([
    ['AWS', 400, { __type: 'com.amazon.coral#ThrottlingException' }, 'com.amazon.coral#ThrottlingException'],
    ['Google', 403, { error: { errors: [{ reason: 'userRateLimitExceeded' }] } }, 'userRateLimitExceeded'],
    ['Salesforce', 403, [{ errorCode: 'REQUEST_LIMIT_EXCEEDED' }], 'REQUEST_LIMIT_EXCEEDED'],
    ['Salesforce, a locked row', 400, [{ errorCode: 'UNABLE_TO_LOCK_ROW' }], 'UNABLE_TO_LOCK_ROW'],
    ['GitHub, in words', 403, { message: 'You have exceeded a secondary rate limit.' }, 'rate_limited'],
    ['a lost race', 400, { code: 'ConditionalCheckFailedException' }, 'ConditionalCheckFailedException'],
  ])('finds what %s says beyond a %i', (_title, status, body, code) => {
    expect(answerCode(status, [], JSON.stringify(body))).toBe(code);
    const context = { rules: [], refreshable: false, attempts: 1, now: 0 };
    expect(classify({ statusCode: status, code }, context).kind).not.toBe('permanent');
  });

  it.each([
    [400, { code: 'MARKER', message: 'MARKER' }],
    [403, { error: 'MARKER', detail: 'not yours' }],
    [422, { errors: [{ code: 'already_exists' }] }],
    [500, { code: 'MARKER' }],
    [404, { code: 'NotFound' }],
  ])('takes no word of a %i that %j', (status, body) => {
    expect(answerCode(status, [], JSON.stringify(body))).toBeUndefined();
  });
});
