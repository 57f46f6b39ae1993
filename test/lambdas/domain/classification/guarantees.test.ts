import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { OwnRule } from '../../../../lambdas/contract/settings.ts';
import { type Category, NEVER_RETRIED, type ReportedError } from '../../../../lambdas/contract/verdict.ts';
import { classify } from '../../../../lambdas/domain/classification/classify.ts';
import { RULES } from '../../../../lambdas/domain/classification/rules.ts';

const NOW = Date.parse('2026-03-01T12:00:00Z');

const classifyWith = (rules: readonly OwnRule[], error: ReportedError) =>
  classify(error, { rules, refreshable: false, attempts: 0, now: NOW });

describe('the table of rules', () => {
  it('gives each rule a name of its own', () => {
    const names = RULES.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  it.each<[error: ReportedError, category: Category]>([
    [{ statusCode: 429 }, 'resource-exhaustion'],
    [{ statusCode: 507 }, 'resource-exhaustion'],
    [{ statusCode: 401 }, 'authentication'],
    [{ statusCode: 403 }, 'authentication'],
    [{ statusCode: 400 }, 'data-integrity'],
    [{ statusCode: 409 }, 'data-integrity'],
    [{ statusCode: 412 }, 'data-integrity'],
    [{ statusCode: 422 }, 'data-integrity'],
    [{ statusCode: 408 }, 'timeout-or-deadlock'],
    [{ statusCode: 504 }, 'timeout-or-deadlock'],
    [{ statusCode: 500 }, 'external-dependency'],
    [{ code: 'ETIMEDOUT' }, 'timeout-or-deadlock'],
    [{ code: '40P01' }, 'timeout-or-deadlock'],
    [{ code: 'ECONNRESET' }, 'external-dependency'],
    [{ name: 'OddError' }, 'external-dependency'],
  ])('files %o under %s', (error, category) => {
    expect(classifyWith([], error).category).toBe(category);
  });
});

describe('Retry-After', () => {
  const headers = { 'Retry-After': '9' };

  it.each([403, 408, 409, 413, 423, 425, 429, 500, 502, 503, 504])('goes along with a %i', (statusCode) => {
    expect(classifyWith([], { statusCode, headers }).retryAfterMs).toBe(9_000);
  });

  it.each([301, 400, 404, 410, 422, 501])('means nothing beside a %i', (statusCode) => {
    expect(classifyWith([], { statusCode, headers })).not.toHaveProperty('retryAfterMs');
  });

  it('is counted from now where it is a date', () => {
    const date = { 'retry-after': 'Sun, 01 Mar 2026 12:00:30 GMT' };
    expect(classifyWith([], { statusCode: 429, headers: date }).retryAfterMs).toBe(30_000);
  });

  it.each<[statusCode: number, headers: Record<string, string>, wait: number | undefined]>([
    [429, { 'x-ratelimit-remaining': '5', 'x-ratelimit-reset': '30' }, 30_000],
    [403, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '30' }, 30_000],
    [503, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '30' }, 30_000],
    [503, { 'x-ratelimit-remaining': '5', 'x-ratelimit-reset': '30' }, undefined],
    [429, { 'x-ratelimit-reset': '30', 'retry-after': '2' }, 2_000],
    [404, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '30' }, undefined],
  ])('gives way to the end of a rate limit only of a %i with %o: %s ms', (statusCode, sent, wait) => {
    expect(classifyWith([], { statusCode, headers: sent }).retryAfterMs).toBe(wait);
  });

  it('is left out where it is missing', () => {
    expect(classifyWith([], { statusCode: 429 })).not.toHaveProperty('retryAfterMs');
  });
});

describe('own rules', () => {
  const busy: OwnRule = { name: 'busy', when: { statusCodes: [500], messageIncludes: 'Busy' }, verdict: 'throttled' };

  it('come before all others', () => {
    const expected = { name: 'gone', when: { statusCodes: [404] }, verdict: 'expected', effect: 'none' } as const;
    expect(classifyWith([expected], { statusCode: 404 })).toEqual({
      kind: 'expected',
      category: 'external-dependency',
      effect: 'none',
      rule: 'gone',
    });
  });

  it.each<[error: ReportedError, effect?: 'none' | 'unknown', expected?: string]>([
    [{ statusCode: 403 }, undefined, 'none'],
    [{ statusCode: 403 }, 'unknown', 'unknown'],
    [{ statusCode: 500 }, undefined, 'unknown'],
    [{ statusCode: 500 }, 'none', 'none'],
  ])('leave what is proven of %o, if their effect is %s: %s', (error, effect, expected) => {
    const statusCodes = [error.statusCode ?? 0];
    const own: OwnRule = { name: 'own', when: { statusCodes }, verdict: 'throttled', ...(effect && { effect }) };
    expect(classifyWith([own], error)).toMatchObject({ rule: 'own', effect: expected });
  });

  it('are tried in their order', () => {
    const rules: OwnRule[] = [busy, { name: 'broken', when: { statusCodes: [500] }, verdict: 'permanent' }];
    expect(classifyWith(rules, { statusCode: 500, message: 'too BUSY' }).rule).toBe('busy');
    expect(classifyWith(rules, { statusCode: 500 }).rule).toBe('broken');
  });

  it.each<[when: OwnRule['when'], error: ReportedError, applies: boolean]>([
    [{ errorNames: ['A', 'B'] }, { name: 'B' }, true],
    [{ errorNames: ['A'] }, { name: 'a' }, false],
    [{ codes: ['E1'] }, { code: 'E1' }, true],
    [{ codes: ['E1'] }, { code: 'x.E1' }, false],
    [{ codes: ['1205'] }, { code: 'EREQUEST', words: ['1205'] }, true],
    [{ messageIncludes: 'No STOCK' }, { message: 'there is no stock' }, true],
    [{ messageIncludes: 'x' }, { name: 'x' }, false],
    [{ statusCodes: [200] }, { statusCode: 200 }, true],
    [{ statusCodes: [503] }, { code: '503' }, true],
    [{ statusCodes: [500], codes: ['E1'] }, { statusCode: 500, code: 'E1' }, true],
    [{ statusCodes: [500], codes: ['E1'] }, { statusCode: 500 }, false],
    [{ statusCodes: [] }, { statusCode: 500 }, false],
  ])('whose conditions are %o apply to %o: %s', (when, error, applies) => {
    const { rule } = classifyWith([{ name: 'own', when, verdict: 'permanent' }], error);
    expect(rule === 'own').toBe(applies);
  });

  it('give their wait only where the dependency does not say so itself', () => {
    const waiting = { ...busy, retryAfterMs: 60_000 };
    const error = { statusCode: 500, message: 'busy' };
    expect(classifyWith([waiting], error).retryAfterMs).toBe(60_000);
    expect(classifyWith([waiting], { ...error, headers: { 'retry-after': '2' } }).retryAfterMs).toBe(2_000);
    expect(classifyWith([{ ...waiting, verdict: 'permanent' }], error)).not.toHaveProperty('retryAfterMs');
  });

  it.each([400, 403])('may say that a %i is a throttle', (statusCode) => {
    const rules: OwnRule[] = [{ name: 'busy', when: { statusCodes: [statusCode] }, verdict: 'throttled' }];
    expect(classifyWith(rules, { statusCode })).toMatchObject({ kind: 'throttled', rule: 'busy' });
  });

  it.each([401, 404, 410, 422])("can't call a %i a throttle", (statusCode) => {
    const rules: OwnRule[] = [{ name: 'busy', when: { statusCodes: [statusCode] }, verdict: 'throttled' }];
    expect(classifyWith(rules, { statusCode })).toMatchObject({ kind: 'permanent', rule: 'busy' });
  });

  it.each(NEVER_RETRIED)('never make a %i worth a retry, and keep their name', (statusCode) => {
    const rules: OwnRule[] = [{ name: 'hopeful', when: { statusCodes: [statusCode] }, verdict: 'transient' }];
    const context = { rules, refreshable: true, attempts: 0, now: NOW };
    expect(classify({ statusCode }, context)).toMatchObject({ kind: 'permanent', rule: 'hopeful' });
  });
});

/** Words that rules know, and any other text. */
const word = fc.oneof(
  fc.constantFrom('ThrottlingException', 'TimeoutError', 'Lambda.Unknown', 'States.Http.StatusCode.503', 'MongoError'),
  fc.constantFrom('ECONNRESET', 'ECONNREFUSED', '14', '503', '1205', '40001', 'UNAVAILABLE', 'ORA-00060'),
  fc.constantFrom('Request failed with status code 503', 'socket hang up', 'Task timed out after 3.00 seconds'),
  fc.string(),
);
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const headers = fc.dictionary(
  fc.oneof(fc.constantFrom('retry-after', 'Retry-After', 'retry-after-ms'), fc.string()),
  fc.oneof(fc.constantFrom('5', '-1', 'Sun, 06 Nov 1994 08:49:37 GMT'), fc.string()),
);
const errorWith = (statusCode: fc.Arbitrary<number | undefined>): fc.Arbitrary<ReportedError> =>
  fc.record({
    statusCode,
    name: optional(word),
    message: optional(word),
    code: optional(word),
    headers: optional(headers),
  });
const neverRetried = fc.constantFrom(...NEVER_RETRIED);
const ownRule: fc.Arbitrary<OwnRule> = fc.record({
  name: fc.string({ minLength: 1 }),
  when: fc.record({
    statusCodes: optional(fc.array(fc.oneof(neverRetried, fc.integer({ min: 100, max: 599 })))),
    errorNames: optional(fc.array(word)),
    codes: optional(fc.array(word)),
    messageIncludes: optional(word),
  }),
  verdict: fc.constantFrom('transient', 'throttled', 'conflict', 'permanent', 'expected'),
  retryAfterMs: optional(fc.nat()),
});
const rulesArbitrary = fc.array(ownRule, { maxLength: 4 });
const rulesWithoutThrottle = rulesArbitrary.map((rules) => rules.filter(({ verdict }) => verdict !== 'throttled'));
/** Only the status, and words that no service uses for a throttle. */
const plainRefusal: fc.Arbitrary<ReportedError> = fc.record({
  statusCode: neverRetried,
  name: optional(fc.constantFrom('HttpError', 'AxiosError', 'ValidationException', 'TimeoutException', 'ECONNRESET')),
  message: optional(fc.constantFrom('not valid', 'Request failed with status code 400', 'timed out', 'socket hang up')),
  code: optional(fc.constantFrom('ECONNRESET', '14', '1205', '40001', 'UNAVAILABLE', 'ERR_BAD_REQUEST')),
});

describe('whatever the error says', () => {
  it('a plain 400, 401, 403, 404, 410 or 422 is never retried', () => {
    expect(NEVER_RETRIED).toEqual([400, 401, 403, 404, 410, 422]);
    fc.assert(
      fc.property(plainRefusal, rulesWithoutThrottle, fc.nat(20), (error, rules, attempts) => {
        const { kind } = classify(error, { rules, refreshable: false, attempts, now: NOW });
        expect(['transient', 'throttled']).not.toContain(kind);
      }),
      { numRuns: 2_000 },
    );
  });

  it('there is a verdict, and a rule that gave it', () => {
    const known = new Set(RULES.map(({ name }) => name));
    const status = optional(fc.oneof(fc.integer({ min: 100, max: 599 }), fc.double()));
    fc.assert(
      fc.property(
        errorWith(status),
        rulesArbitrary,
        fc.boolean(),
        fc.nat(20),
        (error, rules, refreshable, attempts) => {
          const verdict = classify(error, { rules, refreshable, attempts, now: NOW });
          expect(known.has(verdict.rule) || rules.some(({ name }) => name === verdict.rule)).toBe(true);
          expect(verdict.retryAfterMs ?? 0).toBeGreaterThanOrEqual(0);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('a message alone never proves that nothing was done', () => {
    fc.assert(
      fc.property(word, optional(headers), fc.boolean(), (message, sent, refreshable) => {
        const verdict = classify({ message, headers: sent }, { rules: [], refreshable, attempts: 0, now: NOW });
        expect(verdict.effect).toBe('unknown');
      }),
      { numRuns: 1_000 },
    );
  });

  it('the same error gets the same verdict', () => {
    fc.assert(
      fc.property(errorWith(optional(fc.integer({ min: 100, max: 599 }))), rulesArbitrary, (error, rules) => {
        const context = { rules, refreshable: true, attempts: 0, now: NOW };
        expect(classify(error, context)).toEqual(classify(error, context));
      }),
    );
  });
});
