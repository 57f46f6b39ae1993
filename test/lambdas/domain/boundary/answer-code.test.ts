import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { answerCode } from '../../../../lambdas/domain/boundary/answer-code.ts';
import { classify } from '../../../../lambdas/domain/classification/classify.ts';

describe('answerCode', () => {
  it.each<[title: string, status: number, body: unknown, code: string]>([
    ['AWS', 400, { __type: 'com.amazon.coral#ThrottlingException' }, 'ThrottlingException'],
    ['Google', 403, { error: { errors: [{ reason: 'userRateLimitExceeded' }] } }, 'userRateLimitExceeded'],
    ['Salesforce', 403, [{ errorCode: 'REQUEST_LIMIT_EXCEEDED' }], 'REQUEST_LIMIT_EXCEEDED'],
    ['Salesforce, a locked row', 400, [{ errorCode: 'UNABLE_TO_LOCK_ROW' }], 'UNABLE_TO_LOCK_ROW'],
    ['GitHub, in words', 403, { message: 'You have exceeded a secondary rate limit.' }, 'rate_limited'],
    ['a family of names', 400, { code: 'AnnaMeierRateLimitExceeded' }, 'rate_limited'],
    ['another conflict', 400, { code: 'AnnaMeierAlreadyExists' }, 'conflict'],
    ['a service down', 400, { code: 'AnnaMeier-service-unavailable' }, 'ServiceUnavailable'],
    ['a lost race', 400, { code: 'ConditionalCheckFailedException' }, 'ConditionalCheckFailedException'],
  ])('finds what %s says beyond a %i', (_title, status, body, code) => {
    expect(answerCode(status, [], JSON.stringify(body))).toBe(code);
    const context = { rules: [], refreshable: false, attempts: 1, now: 0 };
    expect(classify({ statusCode: status, code }, context).kind).not.toBe('permanent');
  });

  it.each([
    [
      '<soap:Envelope><soap:Body><soap:Fault><faultcode>soap:Client</faultcode><faultstring>x</faultstring>',
      'permanent',
    ],
    ['<s:Fault><faultcode xmlns:a="urn:x">a:Client.Authentication</faultcode>', 'permanent'],
    ['<env:Fault><env:Code><env:Value>env:Sender</env:Value></env:Code>', 'permanent'],
    ['<soap:Fault><faultcode>soap:Server</faultcode>', 'transient'],
    ['<env:Fault><env:Code><env:Value>env:Receiver</env:Value></env:Code>', 'transient'],
  ])('tells the fault of the sender from that of the server: %s', (body, kind) => {
    const code = answerCode(500, [], body);
    expect(classify({ statusCode: 500, code }, { rules: [], refreshable: false, attempts: 1, now: 0 }).kind).toBe(kind);
  });

  it.each([
    [{ error: { code: 'idempotency_key_in_use' } }, 'transient', 'unknown'],
    [{ title: 'A request is outstanding for this Idempotency-Key' }, 'conflict', 'none'],
    [{ detail: 'A request with the same Idempotency-Key is still being processed' }, 'transient', 'unknown'],
    [{ code: 'VersionMismatch' }, 'conflict', 'none'],
    [{ message: 'Payment in progress' }, 'conflict', 'none'],
  ])('tells a key in use from another conflict: %j', (body, kind, effect) => {
    const code = answerCode(409, [], JSON.stringify(body));
    const context = { rules: [], refreshable: false, attempts: 1, now: 0 };
    expect(classify({ statusCode: 409, code }, context)).toMatchObject({ kind, effect });
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

  it.each(['Duplicate-Anna-Meier', 'Anna-Meier-throttled', 'RateLimit', 'duplicate', 'ThrottlingException'])(
    'reads neither name nor title: %s',
    (word) => {
      for (const body of [{ name: word }, { title: word }, { error: { name: word, title: word } }]) {
        expect(answerCode(400, [], JSON.stringify(body))).toBeUndefined();
      }
    },
  );

  const data = fc.constantFrom('AnnaMeier', 'anna-meier', 'Anna_Meier', 'anna.meier#', 'x/anna:');
  const word = fc.constantFrom(
    'ThrottlingException',
    'RateLimitExceeded',
    '-already-exists',
    '_conflict',
    'Unavailable',
    'Overloaded',
    'lock_timeout',
    'RequestTimeout',
  );
  const key = fc.constantFrom('code', 'type', 'reason', 'error', 'errorCode', '__type', 'status', 'name', 'title');
  const httpStatus = fc.constantFrom(400, 402, 403, 404, 409, 429, 500, 503);

  it('never quotes data, and its code means the same as the word', () => {
    fc.assert(
      fc.property(httpStatus, key, data, word, fc.boolean(), (status, field, secret, known, isFirst) => {
        const said = isFirst ? `${secret}${known}` : `${known}${secret}`;
        const code = answerCode(status, [], JSON.stringify({ [field]: said }));
        expect(code ?? '').not.toMatch(/anna|meier/i);
        if (code === undefined) return;
        const context = { rules: [], refreshable: false, attempts: 1, now: 0 };
        expect(classify({ statusCode: status, code }, context)).toEqual(
          classify({ statusCode: status, code: said }, context),
        );
      }),
      { numRuns: 2_000 },
    );
  });
});
