import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { HttpOperation } from '../../../../lambdas/contract/failure.ts';
import type { ReportedError, Verdict } from '../../../../lambdas/contract/verdict.ts';
import { reportedError } from '../../../../lambdas/domain/boundary/reported-error.ts';
import { classify } from '../../../../lambdas/domain/classification/classify.ts';
import { repeatableAfterReport } from '../../../../lambdas/domain/recovery/repeatable.ts';
import { json } from '../../../support/json.ts';
import { CASES, MORE_CASES, PROOFS } from './labelled-cases.ts';

const verdictOf = (error: unknown) => classify(error, { rules: [], refreshable: false, attempts: 0, now: 0 });
const POST: HttpOperation = { method: 'POST', path: '/charges', body: json({ amount: 1 }) };

/** The question that the pipeline asks of a reported POST without a key. */
const isRepeated = ({ kind, effect }: Verdict) =>
  (kind === 'transient' || kind === 'throttled') &&
  (effect === 'none' ||
    repeatableAfterReport(POST, { kind: 'http', idempotencyKeys: true }, { firstCallAt: 0, now: 0 }));

/** Node tries all addresses of a host, and gives the code of the first attempt to all of them together. */
const NODES_CONNECT_TIMEOUT: ReportedError = {
  name: 'AggregateError',
  code: 'ETIMEDOUT',
  errors: [
    { code: 'ETIMEDOUT', message: 'connect ETIMEDOUT 10.0.0.1:443' },
    { code: 'ENETUNREACH', message: 'connect ENETUNREACH 2001:db8::1:443 - Local (:::0)' },
  ],
};

describe('what proves that nothing was sent', () => {
  it.each<ReportedError>([
    { code: 'ECONNREFUSED' },
    { code: 'ECONNREFUSED', message: 'connect ECONNREFUSED 10.0.0.1:443' },
    { name: 'FetchError', code: 'ECONNREFUSED', message: 'request to https://a/ failed, reason: connect ECONNREFUSED' },
    { code: 'ETIMEDOUT', message: 'connect ETIMEDOUT 10.0.0.1:443' },
    { code: 'EHOSTUNREACH', message: 'connect EHOSTUNREACH 10.0.0.1:443 - Local (0.0.0.0:0)' },
    { code: 'ENETUNREACH', message: 'request to https://a/?b=c failed, reason: connect ENETUNREACH 10.0.0.1:443' },
    { code: 'EADDRNOTAVAIL', message: 'connect EADDRNOTAVAIL 10.0.0.1:443' },
    { code: 'ENOTFOUND' },
    { code: 'EAI_AGAIN', message: 'getaddrinfo EAI_AGAIN api.example.test' },
    { code: 'ESERVFAIL', message: 'queryA ESERVFAIL api.example.test' },
    { name: 'ConnectTimeoutError', code: 'UND_ERR_CONNECT_TIMEOUT' },
    { name: 'TypeError', message: 'fetch failed', cause: { code: 'ECONNREFUSED' } },
    {
      name: 'AggregateError',
      errors: [{ code: 'ECONNREFUSED' }, { code: 'ETIMEDOUT', message: 'connect ETIMEDOUT a' }],
    },
    { statusCode: 429 },
    { statusCode: 400, name: 'ThrottlingException' },
    { code: 'EHOSTUNREACH', syscall: 'connect' },
    { code: 'ETIMEDOUT', syscall: 'connect' },
    { code: 'ETIMEDOUT', syscall: 'getaddrinfo' },
    { name: 'HttpError', code: '429' },
    { statusCode: 429, message: 'Too many login attempts' },
    { name: 'RetryableError', code: 'ECONNREFUSED' },
    NODES_CONNECT_TIMEOUT,
    { name: 'TypeError', message: 'fetch failed', cause: NODES_CONNECT_TIMEOUT },
    { code: 'ECONNRESET', message: 'Client network socket disconnected before secure TLS connection was established' },
    { name: 'AxiosError', code: '423' },
    { name: 'States.Http.StatusCode.429' },
  ])('%j', (error) => {
    expect(verdictOf(error)).toMatchObject({ effect: 'none' });
    expect(verdictOf(reportedError(error))).toMatchObject({ effect: 'none' });
  });
});

describe('what proves nothing', () => {
  it.each<ReportedError>([
    // The headers of the request are on their way, or those of the answer have come.
    { code: 'ERR_HTTP_HEADERS_SENT', message: 'Cannot set headers after they are sent' },
    { name: 'InvalidReturnValueError', code: 'UND_ERR_INVALID_RETURN_VALUE', message: 'expected Writable' },
    { code: 'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH', message: 'Request body length does not match' },
    { name: 'FetchError', code: 'EHOSTUNREACH', message: 'request to https://a failed, reason: read EHOSTUNREACH' },
    { code: 'EHOSTUNREACH' },
    { code: 'ENETUNREACH', message: 'the socket failed: write ENETUNREACH, giving up' },
    { code: 'ECONNREFUSED', message: 'read ECONNREFUSED' },
    { code: 'ECONNREFUSED', message: 'connect ECONNREFUSED after write EPIPE' },
    { code: 'ETIMEDOUT', message: 'connect ECONNREFUSED 10.0.0.1:443' },
    { message: 'Post "https://a": read tcp 10.0.0.1:5->10.0.0.2:443: read: no route to host' },
    { message: '[Errno 113] No route to host' },
    { code: 'ETIMEDOUT' },
    { code: 'ETIMEOUT', name: 'RequestError' },
    { code: 'ECONNRESET' },
    // A name may come from behind the dependency, and a message may quote another call.
    { name: 'ECONNREFUSED' },
    { name: 'ABORTED' },
    { name: 'CERT_HAS_EXPIRED' },
    { name: 'Errno::ECONNREFUSED', message: 'Connection refused' },
    { message: 'connect ECONNREFUSED 10.0.0.1:443' },
    { statusCode: 500, message: 'upstream: connect ECONNREFUSED 10.0.0.1:443' },
    { statusCode: 502, code: 'ECONNREFUSED' },
    { statusCode: 200, code: 'ECONNREFUSED' },
    { message: '{"errorType":"ECONNREFUSED","errorMessage":"connect ECONNREFUSED"}' },
    { name: 'ChargeError', message: 'rolled back', cause: { code: 'ECONNREFUSED' } },
    { name: 'TypeError', message: 'fetch failed', cause: { code: 'ECONNRESET', cause: { code: 'ECONNREFUSED' } } },
    { name: 'AggregateError', errors: [{ code: 'ECONNREFUSED' }, { code: 'ECONNRESET' }] },
    { name: 'AggregateError', errors: [{ code: 'ECONNREFUSED' }, { name: 'OddError' }] },
    { statusCode: 429, cause: { code: 'ETIMEDOUT' } },
    { code: 'ECONNREFUSED', syscall: 'write' },
    { name: 'RetryError', code: 'ECONNREFUSED', message: 'Failed after 3 retries, the last: connect ECONNREFUSED' },
    { name: 'MaxRetryError', code: 'ECONNREFUSED' },
    { name: 'MaxRetriesPerRequestError', code: 'ECONNREFUSED' },
    { code: 'ECONNREFUSED', message: 'gave up after 5 failed attempts' },
    { code: 'ECONNREFUSED', message: 'connect ECONNREFUSED 10.0.0.1:443 (after three tries)' },
    { code: 'ENOTFOUND', message: 'Max retries exceeded with url: /charges' },
    { statusCode: 429, message: 'Request failed after 2 retries' },
    { statusCode: 429, attempts: 2 },
    { code: 'ECONNREFUSED', message: 'tried three times, connect ECONNREFUSED' },
    { code: 'ECONNREFUSED', message: '5 attempts were made' },
    { code: 'ERR_MAX_RETRIES', cause: { code: 'ECONNREFUSED' } },
    { name: 'RetryError', errors: [{ code: 'ECONNREFUSED' }, { code: 'ECONNREFUSED' }] },
    { name: 'RetryError', message: 'Failed after 3 attempts', cause: { code: 'ECONNREFUSED' } },
    {
      name: 'AggregateError',
      code: 'ETIMEDOUT',
      errors: [{ code: 'ETIMEDOUT', message: 'connect ETIMEDOUT a' }, { code: 'ECONNRESET' }],
    },
    { name: 'AggregateError', code: 'ETIMEDOUT', errors: [{ code: 'ENETUNREACH', message: 'connect ENETUNREACH a' }] },
    { message: 'Client network socket disconnected before secure TLS connection was established' },
    { errors: Array.from({ length: 40 }, () => ({ code: 'ECONNREFUSED' })) },
    { code: 'EHOSTUNREACH', syscall: 'read' },
    // A proxy may answer so, and add the wait, after the service has begun the work.
    { statusCode: 408 },
    { statusCode: 408, headers: { 'retry-after': '1' } },
    { statusCode: 503, headers: { 'retry-after': '1' } },
    { statusCode: 400, name: 'RequestTimeout' },
    { statusCode: 400, code: 'UNABLE_TO_LOCK_ROW' },
  ])('%j', (error) => {
    expect(verdictOf(error)).toMatchObject({ effect: 'unknown' });
    expect(verdictOf(reportedError(error))).toMatchObject({ effect: 'unknown' });
  });
});

describe("the number of another system isn't an HTTP status", () => {
  const numbers = [408, 409, 420, 421, 423, 425, 429, 449, 503];
  const systems: readonly ((number: number) => object)[] = [
    (number) => ({ name: 'RequestError', code: 'EREQUEST', number }),
    (number) => ({ name: 'RequestError', code: String(number) }),
    (number) => ({ name: 'SqlError', code: String(number) }),
    (number) => ({ code: 'EENVELOPE', responseCode: number }),
    (number) => ({ name: 'SMTPError', code: number }),
    (number) => ({ name: 'FtpError', code: String(number) }),
    (number) => ({ name: 'AmqpError', code: String(number) }),
    (number) => ({ name: 'MongoServerError', code: number }),
  ];

  it.each(systems.flatMap((of) => numbers.map(of)))('%j', (error) => {
    for (const one of [error, reportedError(error)]) {
      const { rule, effect } = verdictOf(one);
      expect(effect).toBe('unknown');
      expect(rule).not.toMatch(/^http-/);
    }
  });

  it.each(numbers)('the code %i of a stranger proves nothing', (code) => {
    const errors = [{ code }, { name: 'CarrierError', code }, { name: 'Error', code }];
    expect(errors.map((error) => verdictOf(error).effect)).toEqual(['unknown', 'unknown', 'unknown']);
  });
});

/** Labels that say nothing of the rules: a rule that proves too much must not change what the property tests. */
const isProof = ({ statusCode, code = '', name = '', message = '' }: ReportedError) =>
  statusCode === undefined
    ? PROOFS.codes.includes(code) || PROOFS.names.includes(name) || PROOFS.messages.includes(message)
    : PROOFS.statuses.includes(statusCode);
const midway = PROOFS.midway.flatMap((code): readonly ReportedError[] => [
  { code },
  { code, syscall: 'write' },
  { code, message: `read ${code}` },
  { name: 'FetchError', code, message: `the socket failed: write ${code}` },
]);
const UNPROVEN = [...CASES.map(({ error }) => error), ...MORE_CASES.map(({ error }) => error), ...midway].filter(
  (error) => !isProof(error),
);
/** Text that wrappers add, and text that looks like a proof. */
const text = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.constantFrom(
    'charge failed',
    'after 3 attempts',
    'request to https://a failed, reason:',
    'connect',
    'ECONNREFUSED',
  ),
);
const wrapper = fc.record({
  name: fc.option(fc.constantFrom('Error', 'AggregateError', 'ChargeError', 'TypeError'), { nil: undefined }),
  message: fc.oneof(text, fc.constant('fetch failed')),
});
const surrounded = fc.tuple(fc.constantFrom(...UNPROVEN), text, text).map(([error, before, after]) => ({
  ...error,
  ...(error.message !== undefined && { message: `${before} ${error.message} ${after}` }),
}));
const wrapped = fc
  .tuple(surrounded, fc.array(wrapper, { maxLength: 3 }))
  .map(([error, wrappers]) => wrappers.reduce<object>((cause, outer) => ({ ...outer, cause }), error));

it('has errors of unknown effect of every family', () => expect(UNPROVEN.length).toBeGreaterThan(400));

it('none of them is taken for a proof as it is', () => {
  expect(UNPROVEN.filter((error) => verdictOf(error).effect === 'none')).toEqual([]);
});

it('no call with an unknown effect is repeated without a key, in any wrapping of its error', () => {
  fc.assert(
    fc.property(wrapped, (error) => {
      expect(isRepeated(verdictOf(error))).toBe(false);
      expect(isRepeated(verdictOf(reportedError(error)))).toBe(false);
    }),
    { numRuns: 1_500 },
  );
});
