import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Failure } from '../../../../lambdas/contract/failure.ts';
import { type ParsedMessage, parseLaneMessage } from '../../../../lambdas/domain/boundary/failure-event.ts';
import { MESSAGE_TEXTS } from '../../../../lambdas/domain/boundary/failure-json.ts';
import { sinkTexts } from '../../../../lambdas/domain/json/json-places.ts';
import { anyJson, anyText, anyValue } from '../../../support/any-text.ts';
import { BAD_CLAIMS, BAD_FIELDS, changed, claiming, FAILURE, OPTIONS, SECRET, SMALLEST } from './failure-samples.ts';

const ENVELOPE = { version: '0', id: 'e-1', 'detail-type': 'Operation Failed', source: 'shop.api', resources: [] };
const DEAD_LETTER = {
  kind: 'backstop-dead-letter',
  version: 1,
  id: 'order-42',
  cycle: 2,
  dependency: 'shop',
  reason: 'x',
};

const parse = (message: unknown) => parseLaneMessage(JSON.stringify(message), OPTIONS);
/** As {@link parse}, for a message that carries its bodies as text. */
const parseTexts = (message: object) => parseLaneMessage(sinkTexts(JSON.stringify(message), MESSAGE_TEXTS), OPTIONS);

function accepted(parsed: ParsedMessage): Failure {
  if (parsed.kind !== 'failure') throw new Error(JSON.stringify(parsed));
  return parsed.failure;
}

describe('an accepted event', () => {
  it('is the detail of an EventBridge event', () => {
    expect(parseTexts({ ...ENVELOPE, detail: FAILURE })).toEqual({ kind: 'failure', failure: FAILURE });
  });

  it('may claim a body that is in the bucket, if the pipeline has one', () => {
    const detail = { ...SMALLEST, version: 2, tenant: 'acme', operation: claiming() };
    expect(accepted(parse(detail)).operation).toEqual(claiming());
    expect(parseLaneMessage(JSON.stringify(detail), { ...OPTIONS, takesClaims: false })).toMatchObject({
      reason: { message: 'operation.bodyClaim must be absent without largeBodies' },
    });
  });

  it.each([
    ['the operation', { operation: claiming() }],
    ['a step to undo', { undo: [{ name: 's', dependency: 'shop', operation: claiming() }] }],
  ])('has version 2 if %s claims a body, so that a Backstop from before claims rejects it', (_, change) => {
    const detail = { ...SMALLEST, tenant: 'acme', ...change };
    const reason = { message: 'version must be 2 with a bodyClaim', code: 'invalid-field' };
    for (const version of [1, undefined, null]) expect(parse({ ...detail, version })).toMatchObject({ reason });
    expect(accepted(parse({ ...detail, version: 2 })).version).toBe(2);
    expect(accepted(parse({ ...SMALLEST, version: 2 })).version).toBe(2);
  });

  it('is a detail sent to the queue directly', () => {
    expect(parseTexts(FAILURE)).toEqual({ kind: 'failure', failure: FAILURE });
  });

  it('needs only the required fields', () => {
    expect(accepted(parse(SMALLEST))).toEqual({ version: 1, ...SMALLEST });
  });

  it('may hold an encoded slash where its dependency takes them, and where each undo step does', () => {
    const operation = { method: 'GET', path: '/projects/group%2Fname' };
    const undo = [{ name: 'reserve', dependency: 'stock', operation: { method: 'DELETE', path: '/x%2Fy' } }];
    const refusal = (...takers: string[]) => {
      const options = { ...OPTIONS, takesEncodedSlashes: (name: string) => takers.includes(name) };
      const parsed = parseLaneMessage(JSON.stringify({ ...SMALLEST, operation, undo }), options);
      return parsed.kind === 'reject' ? `${parsed.reason.code} ${parsed.reason.path}` : parsed.kind;
    };
    expect(refusal('shop', 'stock')).toBe('failure');
    expect(refusal('shop')).toBe('unsafe-path undo.0.operation.path');
    expect(refusal('stock')).toBe('unsafe-path operation.path');
    expect(parse({ ...SMALLEST, operation })).toMatchObject({ reason: { code: 'unsafe-path' } });
  });

  it('loses the fields that version 1 does not know', () => {
    const more = { ...SMALLEST, more: 1, operation: { ...SMALLEST.operation, url: 'https://evil.test' } };
    expect(accepted(parse(more))).toEqual({ version: 1, ...SMALLEST });
  });

  it('may write null for what is absent', () => {
    const operation = { ...SMALLEST.operation, body: null, query: null, headers: null, ifMatch: null };
    const nulls = { ...SMALLEST, version: null, tenant: null, undo: null, fallback: null, operation };
    const failure = accepted(parse({ ...nulls, error: { statusCode: 503, name: null, headers: null } }));
    expect(failure).toStrictEqual({ version: 1, ...SMALLEST });
  });

  it('has its message and stack cut, without halving a character', () => {
    const text = `x${'\ud83d\ude00'.repeat(3_000)}`;
    const { error } = accepted(parse({ ...SMALLEST, error: { message: text, stack: text } }));
    expect(error.message).toHaveLength(1_000);
    expect(error.stack).toHaveLength(4_000);
    expect(error.message?.isWellFormed()).toBe(true);
  });

  it('takes the code of an error as a number, too', () => {
    expect(accepted(parse({ ...SMALLEST, error: { code: 14 } })).error).toEqual({ code: '14' });
  });

  it('keeps of the response headers those that decide something', () => {
    const headers = { 'Retry-After': 5, 'Set-Cookie': ['a=b'], 'www-authenticate': 'x' };
    const { error } = accepted(parse({ ...SMALLEST, error: { statusCode: 429, headers } }));
    expect(error.headers).toEqual({ 'retry-after': '5' });
  });

  it('has its header names in lower case', () => {
    const operation = { ...SMALLEST.operation, headers: { 'Idempotency-Key': 'k' } };
    expect(accepted(parse({ ...SMALLEST, operation })).operation.headers).toEqual({ 'idempotency-key': 'k' });
  });

  it.each([
    ['a day ahead', '2026-03-02T12:00:00Z', '2026-03-02T12:00:00.000Z'],
    ['as long ago as the ledger remembers, but for a day', '2026-01-31T12:00:00Z', '2026-01-31T12:00:00.000Z'],
    ['in lower case', '2026-03-01t12:00:00.123456789z', '2026-03-01T12:00:00.123Z'],
    ['at another offset', '2026-03-01T23:30:00+14:00', '2026-03-01T09:30:00.000Z'],
  ])('may have occurred %s', (_, occurredAt, expected) => {
    expect(accepted(parse({ ...SMALLEST, occurredAt })).occurredAt).toBe(expected);
  });

  it('may be as large as 256 KiB and nest 32 deep', () => {
    const nested = (levels: number): unknown => (levels === 0 ? 1 : [nested(levels - 1)]);
    expect(parse(changed('operation.body', nested(30))).kind).toBe('failure');
    const space = 256 * 1024 - JSON.stringify(changed('operation.body', '')).length;
    expect(parse(changed('operation.body', 'x'.repeat(space))).kind).toBe('failure');
    expect(parse(changed('operation.body', 'x'.repeat(space + 1)))).toMatchObject({ reason: { code: 'too-large' } });
  });
});

describe('a redriven dead letter', () => {
  it('names the failure and its cycle', () => {
    expect(parse(DEAD_LETTER)).toEqual({
      kind: 'redrive',
      deadLetter: { key: 'shop/order-42', id: 'order-42', cycle: 2 },
    });
  });

  it.each([
    ['version', 2, 'unknown-version'],
    ['version', undefined, 'unknown-version'],
    ['id', 'MARKER MARKER', 'invalid-field'],
    ['id', undefined, 'invalid-field'],
    ['cycle', 0, 'invalid-field'],
    ['cycle', '1', 'invalid-field'],
    ['dependency', 'MARKER', 'wrong-dependency'],
  ])('is rejected with the %s %j', (path, value, code) => {
    const parsed = parse({ ...DEAD_LETTER, [path]: value });
    expect(parsed).toMatchObject({ kind: 'reject', reason: { code, path } });
    expect(JSON.stringify(parsed)).not.toContain('MARKER');
  });
});

describe('a field that is wrong', () => {
  it.each(BAD_CLAIMS)('is one of a claim %s', (_, operation, field, code) => {
    const parsed = parse({ ...SMALLEST, version: 2, tenant: 'acme', operation });
    expect(parsed).toMatchObject({ kind: 'reject', reason: { code, path: `operation.bodyClaim${field}` } });
    expect(JSON.stringify(parsed)).not.toContain(SECRET);
  });

  it.each(BAD_FIELDS)('%s (%s) is rejected with the reason', (_, path, value, code) => {
    const parsed = parse(changed(path, value));
    expect(parsed).toMatchObject({
      kind: 'reject',
      reason: { code, path, message: expect.stringMatching(new RegExp(`^${path} [a-z]`)) },
    });
    expect(JSON.stringify(parsed)).not.toContain(SECRET);
    expect(JSON.stringify(parsed)).not.toContain('is invalid');
    expect(parse({ ...ENVELOPE, detail: changed(path, value) })).toEqual(parsed);
  });

  it('tells whose it is where it says so in a way that can be logged', () => {
    expect(parse({ ...SMALLEST, occurredAt: 'never' })).toHaveProperty('correlationId', SMALLEST.correlationId);
    expect(parse({ ...SMALLEST, correlationId: `two words of ${SECRET}` })).not.toHaveProperty('correlationId');
  });

  it('is rejected as too large where storing it takes more room than it came with', () => {
    const detail = (body: string) => ({
      ...SMALLEST,
      operation: { method: 'PUT', path: '/x', body },
      error: { code: 0 },
    });
    const space = 256 * 1024 - JSON.stringify(detail('')).length - '1e20'.length + 1;
    const message = JSON.stringify(detail('x'.repeat(space))).replace('"code":0', '"code":1e20');
    const parsed = parseLaneMessage(message, OPTIONS);
    expect(parsed).toMatchObject({ kind: 'reject', reason: { code: 'too-large' } });
  });

  it.each(['GET', 'HEAD'])('a body of %s', (method) => {
    const operation = { method, path: '/x', body: SECRET };
    const reason = { code: 'invalid-field', path: 'operation.body', message: expect.not.stringContaining(SECRET) };
    expect(parse({ ...SMALLEST, operation })).toMatchObject({ kind: 'reject', reason });
  });
});

describe('a message that is wrong as a whole', () => {
  const deep = (levels: number) => `{"detail-type":"Operation Failed","detail":${'['.repeat(levels)}"${SECRET}"`;

  it.each([
    ['nothing', '', 'malformed-json'],
    ['no JSON', `${SECRET}{`, 'malformed-json'],
    ['JSON cut off', `{"id":"${SECRET}`, 'malformed-json'],
    ['JSON with a byte order mark', `\ufeff{"id":"${SECRET}"}`, 'malformed-json'],
    ['a text', `"${SECRET}"`, 'not-an-object'],
    ['null', 'null', 'not-an-object'],
    ['an array', `["${SECRET}"]`, 'not-an-object'],
    ['a detail that is a text', JSON.stringify({ ...ENVELOPE, detail: SECRET }), 'not-an-object'],
    ['a detail that is an array', JSON.stringify({ ...ENVELOPE, detail: [SECRET] }), 'not-an-object'],
    ['no detail', JSON.stringify(ENVELOPE), 'not-an-object'],
    ['nesting 1,000 deep', `${deep(1_000)}${']'.repeat(1_000)}}`, 'too-deep'],
    ['nesting 100,000 deep, without an end', deep(100_000), 'malformed-json'],
    ['nesting 33 deep', `{"a":${'['.repeat(32)}${']'.repeat(32)}}`, 'too-deep'],
    ['nesting 100,000 deep', `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`, 'too-deep'],
    ['more than 256 KiB', JSON.stringify(SECRET.repeat(50_000)), 'too-large'],
    ['more than 256 KiB in UTF-8', JSON.stringify('\u20ac'.repeat(100_000)), 'too-large'],
  ])('%s is rejected', (_, body, code) => {
    const parsed = parseLaneMessage(body, OPTIONS);
    expect(parsed).toEqual({ kind: 'reject', reason: { code, message: expect.any(String) } });
    expect(JSON.stringify(parsed)).not.toContain(SECRET);
  });

  it('a step to undo is rejected that names no registered dependency', () => {
    const step = { name: 's', operation: { method: 'DELETE', path: '/x' } };
    const undo = ['stock', SECRET].map((dependency) => ({ ...step, dependency }));
    const isRegistered = (name: string) => name === 'stock' || name === OPTIONS.dependency;
    const parsed = parseLaneMessage(JSON.stringify({ ...FAILURE, undo }), { ...OPTIONS, isRegistered });
    expect(parsed).toMatchObject({ kind: 'reject', reason: { code: 'invalid-field', path: 'undo.1.dependency' } });
    expect(JSON.stringify(parsed)).not.toContain(SECRET);
  });

  it('an event of another type is rejected', () => {
    const parsed = parse({ ...ENVELOPE, 'detail-type': SECRET, detail: FAILURE });
    expect(parsed).toMatchObject({ kind: 'reject', reason: { code: 'invalid-field', path: 'detail-type' } });
    expect(JSON.stringify(parsed)).not.toContain(SECRET);
  });
});

describe('keys that set prototypes', () => {
  const withKey = (json: string) => parseLaneMessage(JSON.stringify(SMALLEST).replace(/}$/, `,${json}}`), OPTIONS);

  it('do no harm where unknown fields are dropped', () => {
    const failure = accepted(withKey('"__proto__":{"tenant":"evil"},"constructor":{"prototype":{"tenant":"evil"}}'));
    expect(failure.tenant).toBeUndefined();
    expect(Object.getPrototypeOf(failure)).toBe(Object.prototype);
    expect(({} as { tenant?: string }).tenant).toBeUndefined();
  });

  it.each(['query', 'headers'])('are rejected in the %s', (field) => {
    const parsed = withKey(`"operation":{"method":"PUT","path":"/x","${field}":{"__proto__":"MARKER"}}`);
    expect(parsed).toMatchObject({ kind: 'reject', reason: { path: `operation.${field}` } });
    expect(JSON.stringify(parsed)).not.toContain('MARKER');
  });
});

describe('whatever the message', () => {
  const KINDS = ['failure', 'redrive', 'reject'];
  const answers = (body: string) => {
    expect(KINDS).toContain(parseLaneMessage(body, OPTIONS).kind);
  };
  const anything = fc.oneof(anyText, anyJson);
  const path = fc.constantFrom(...BAD_FIELDS.map(([, field]) => field));

  it('never throws for a text', () => {
    fc.assert(fc.property(anything, answers), { numRuns: 500 });
  });

  it('never throws for an event with a field replaced', () => {
    const property = fc.property(path, anyValue, (field, replaced) =>
      answers(JSON.stringify(changed(field, replaced))),
    );
    fc.assert(property, { numRuns: 1_000 });
  });

  it('never throws for an event with characters replaced', () => {
    const text = JSON.stringify({ ...ENVELOPE, detail: FAILURE });
    const property = fc.property(fc.nat(text.length), fc.nat(20), anything, (at, length, piece) =>
      answers(text.slice(0, at) + piece + text.slice(at + length)),
    );
    fc.assert(property, { numRuns: 1_000 });
  });

  it('never quotes a field that it rejects', () => {
    const secret = fc.string({ minLength: 1 }).map((text) => `${text}MARKER`);
    const value = fc.oneof(secret, fc.array(secret), fc.dictionary(secret, secret));
    const property = fc.property(path, value, (field, replaced) => {
      const parsed = parse(changed(field, replaced));
      if (parsed.kind === 'reject') expect(JSON.stringify(parsed)).not.toContain('MARKER');
    });
    fc.assert(property, { numRuns: 1_000 });
  });
});
