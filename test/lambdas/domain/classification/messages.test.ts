import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ReportedError } from '../../../../lambdas/contract/verdict.ts';
import { isDependencyFault } from '../../../../lambdas/domain/circuit/dependency-fault.ts';
import { classify } from '../../../../lambdas/domain/classification/classify.ts';

const verdictOf = (error: ReportedError) => classify(error, { rules: [], refreshable: false, attempts: 0, now: 0 });
const isExplained = ({ rule }: { readonly rule: string }) => !rule.startsWith('unknown-');

describe('a bug of the program', () => {
  const bug = [
    "Cannot read properties of undefined (reading 'timeout')",
    "Cannot read property 'connection reset' of null",
    "Cannot set properties of undefined (setting 'timeout')",
    'client.timeout is not a function',
    'throttled is not iterable',
    "'NoneType' object has no attribute 'timeout'",
    'json: cannot unmarshal string into Go struct field T.timeout of type int',
    'runtime error: invalid memory address or nil pointer dereference: connection closed',
  ];

  it.each(bug.flatMap((message) => [message, `TypeError: ${message}`]))(
    'is permanent under whatever name, and no fault of the dependency: %s',
    (message) => {
      for (const name of ['Error', 'OddError', '*errors.errorString']) {
        expect(verdictOf({ name, message })).toMatchObject({ kind: 'permanent', rule: 'program-bug' });
        expect(isDependencyFault({ name, message })).toBe(false);
      }
    },
  );

  it.each(['*json.UnmarshalTypeError', '*json.SyntaxError', 'json.MarshalerError'])('is %s', (name) => {
    expect(verdictOf({ name, message: 'connection reset: timeout' })).toMatchObject({ kind: 'permanent' });
  });

  it("isn't a failed fetch, although its name is TypeError", () => {
    expect(verdictOf({ name: 'Error', message: 'TypeError: fetch failed' }).kind).toBe('transient');
  });
});

describe('words of the business', () => {
  it.each([
    "The field 'timeout' is invalid",
    'unknown option: connection timeout',
    'User not found: timeout-user@example.test',
    'No order of timeout@throttled.example.test',
    'Customer "Network Error Ltd" does not exist',
    'product "Timeout watch" is out of stock',
    'slot is temporarily unavailable for booking',
    'The room is unavailable for these dates',
    'Card declined, try again later',
    'Too many requests for refund of this order',
    'The connection reset date must be in the past',
    'Parameter timeout is required',
    'Your rate limit plan was not found',
    'No timeout configured for this tenant',
    'Validation failed: timeout too large',
    'The attribute rate_limit is not supported',
    'Nothing at https://shop.example.test/timeout/connection-reset',
  ])('are neither a time-out nor a throttle: %s', (message) => {
    for (const name of ['Error', 'OrderError']) {
      const verdict = verdictOf({ name, message });
      expect(isExplained(verdict) && verdict.kind !== 'permanent').toBe(false);
    }
  });

  const data = fc.constantFrom('Timeout watch', 'connection reset', 'rate limit exceeded', 'throttled', 'ECONNRESET');
  const said = fc.constantFrom(
    (quoted: string) => `Customer ${quoted} does not exist`,
    (quoted: string) => `The field ${quoted} is invalid`,
    (quoted: string) => `Product ${quoted} is odd`,
    (quoted: string) => `Order ${quoted} was declined`,
  );
  it('are no failure of the network, whatever they quote', () => {
    fc.assert(
      fc.property(data, said, fc.constantFrom('"', "'", '`'), (word, sentence, mark) => {
        const verdict = verdictOf({ name: 'Error', message: sentence(`${mark}${word}${mark}`) });
        expect(isExplained(verdict) && verdict.kind !== 'permanent').toBe(false);
      }),
    );
  });
});

describe('what a message quotes', () => {
  it.each<[message: string, kind: string]>([
    ['status 400 before (Service: A, Status Code: 503, Request ID: x)', 'transient'],
    ['(Service: A, Status Code: 400, Request ID: x) and then (Service: B; Status Code: 503; y)', 'transient'],
    ['HTTP 400 from the cache. Busy (Service: AmazonDynamoDB; Status Code: 500; Error Code: X)', 'transient'],
    ['Request failed with status code 404', 'permanent'],
    ['Server answered with status 503', 'transient'],
  ])('counts from the service that answered: %s', (message, kind) => {
    expect(verdictOf({ message })).toMatchObject({ kind, effect: 'unknown' });
  });

  it("isn't a status without the words of a client", () => {
    expect(isExplained(verdictOf({ message: 'orders in status 404 and status 503' }))).toBe(false);
  });

  it.each<[name: string, message: string, kind: string]>([
    ['RequestNotPermitted', "RateLimiter 'shop' does not permit further calls", 'throttled'],
    ['io.github.resilience4j.ratelimiter.RequestNotPermitted', '', 'throttled'],
    ['*status.Error', 'rpc error: code = Unavailable desc = connection closed', 'transient'],
    ['*status.Error', 'rpc error: code = ResourceExhausted desc = slow', 'throttled'],
    ['*status.Error', 'rpc error: code = NotFound desc = timeout', 'permanent'],
    ['*url.Error', 'Get "https://shop.example.test/a": EOF', 'transient'],
    ['*url.Error', 'Post "https://shop.example.test/not-found": EOF', 'transient'],
    ['*url.Error', 'Get https://shop.example.test/a: EOF', 'transient'],
  ])('explains %s: %s', (name, message, kind) => {
    const verdict = verdictOf({ name, message });
    expect(verdict).toMatchObject({ kind, effect: 'unknown' });
    expect(isExplained(verdict)).toBe(true);
  });
});
