import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { HttpOperation } from '../../../../lambdas/contract/failure.ts';
import type { ReportedError, Verdict } from '../../../../lambdas/contract/verdict.ts';
import { reportedError } from '../../../../lambdas/domain/boundary/reported-error.ts';
import { classify } from '../../../../lambdas/domain/classification/classify.ts';
import { repeatableAfterReport } from '../../../../lambdas/domain/recovery/repeatable.ts';
import { json } from '../../../support/json.ts';
import { CASES, MORE_CASES } from './labelled-cases.ts';

const verdictOf = (error: unknown) => classify(error, { rules: [], refreshable: false, attempts: 0, now: 0 });
const POST: HttpOperation = { method: 'POST', path: '/charges', body: json({ amount: 1 }) };

/** The question that the pipeline asks of a reported POST without a key. */
const isRepeated = ({ kind, effect }: Verdict) =>
  (kind === 'transient' || kind === 'throttled') &&
  (effect === 'none' || repeatableAfterReport(POST, { kind: 'http', idempotencyKeys: true }));

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
  ])('%j', (error) => expect(verdictOf(error)).toMatchObject({ effect: 'none' }));
});

describe('what proves nothing', () => {
  it.each<ReportedError>([
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
    // A proxy may answer so, and add the wait, after the service has begun the work.
    { statusCode: 408 },
    { statusCode: 408, headers: { 'retry-after': '1' } },
    { statusCode: 503, headers: { 'retry-after': '1' } },
    { statusCode: 400, name: 'RequestTimeout' },
    { statusCode: 400, code: 'UNABLE_TO_LOCK_ROW' },
  ])('%j', (error) => expect(verdictOf(error)).toMatchObject({ effect: 'unknown' }));
});

const UNPROVEN = [...CASES, ...MORE_CASES]
  .map(({ error }) => error)
  .filter((error) => verdictOf(error).effect === 'unknown');
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

it('no call whose effect is unknown is repeated without a key, however its error is wrapped', () => {
  fc.assert(
    fc.property(wrapped, (error) => {
      expect(isRepeated(verdictOf(error))).toBe(false);
      expect(isRepeated(verdictOf(reportedError(error)))).toBe(false);
    }),
    { numRuns: 5_000 },
  );
});
