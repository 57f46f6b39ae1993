import { describe, expect, it } from 'vitest';
import { answerFacts } from '../../../../lambdas/domain/classification/answer-facts.ts';
import { classify } from '../../../../lambdas/domain/classification/classify.ts';

type Case = [title: string, headers: Record<string, string>, body: unknown, word: string];

const GOOGLE = {
  error: { code: 403, errors: [{ domain: 'usageLimits', reason: 'userRateLimitExceeded' }], status: 'X' },
};
const GOOGLE_NEW = {
  error: { status: 'RESOURCE_EXHAUSTED', details: [{ reason: 'RATE_LIMIT_EXCEEDED', domain: 'a.b' }] },
};
const PROBLEM = { type: 'https://api.example.test/problems/out-of-stock', title: 'Out of stock', status: 409 };
const XML = '<?xml version="1.0"?><Error><Code>SlowDown</Code><Message>Reduce your rate</Message></Error>';

describe('answerFacts', () => {
  it.each<Case>([
    [
      'AWS, by its header',
      { 'x-amzn-ErrorType': 'ThrottlingException:http://internal.amazon.com/' },
      '{}',
      'ThrottlingException',
    ],
    [
      'AWS, by its body',
      {},
      { __type: 'com.amazon.coral#ThrottlingException' },
      'com.amazon.coral#ThrottlingException',
    ],
    ['S3', {}, XML, 'SlowDown'],
    ['Azure, by its header', { 'x-ms-error-code': 'ServerBusy' }, undefined, 'ServerBusy'],
    ['Azure, by its body', {}, { error: { code: 'ServerBusy', message: 'no' } }, 'ServerBusy'],
    ['Google', {}, GOOGLE, 'userRateLimitExceeded'],
    ['Google, newer', {}, GOOGLE_NEW, 'RATE_LIMIT_EXCEEDED'],
    [
      'Salesforce',
      {},
      [{ errorCode: 'REQUEST_LIMIT_EXCEEDED', message: 'TotalRequests Limit exceeded.' }],
      'REQUEST_LIMIT_EXCEEDED',
    ],
    ['Stripe', {}, { error: { type: 'invalid_request_error', code: 'lock_timeout' } }, 'lock_timeout'],
    ['Slack', {}, { ok: false, error: 'ratelimited' }, 'ratelimited'],
    ['Problem Details', {}, PROBLEM, 'out-of-stock'],
    ['GraphQL', {}, { errors: [{ message: 'no', extensions: { code: 'THROTTLED' } }] }, 'THROTTLED'],
  ])('finds the most specific name of %s', (_title, headers, body, word) => {
    const text = typeof body === 'string' || body === undefined ? body : JSON.stringify(body);
    expect(answerFacts(Object.entries(headers), text).words[0]).toBe(word);
  });

  it.each([
    [undefined],
    [''],
    ['{'],
    ['[]'],
    ['null'],
    ['{"error":1}'],
    ['<html>'],
    ['{"code":"a sentence with data"}'],
  ])('finds no name in %j', (text) => expect(answerFacts([], text).words).toEqual([]));

  it('finds the message of GitHub', () => {
    const body = JSON.stringify({
      message: 'You have exceeded a secondary rate limit.',
      documentation_url: 'https://a',
    });
    const { words, message } = answerFacts([], body);
    expect({ words, message }).toEqual({ words: [], message: 'You have exceeded a secondary rate limit.' });
    expect(
      classify({ statusCode: 403, message }, { rules: [], refreshable: false, attempts: 0, now: 0 }),
    ).toMatchObject({
      kind: 'throttled',
      effect: 'none',
    });
  });
});
