import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { HttpOperation } from '../../../../lambdas/contract/failure.ts';
import {
  buildRequest,
  unsafeHeader,
  unsafeHeaders,
  unsafePath,
} from '../../../../lambdas/domain/boundary/http-request.ts';
import { anyText } from '../../../support/any-text.ts';
import { json } from '../../../support/json.ts';
import { sampleSettings } from '../../../support/samples.ts';

const baseUrl = 'https://api.example.test/v1';
const SETTINGS = sampleSettings({ name: 'shop', baseUrl, idempotencyKeys: true });
const GET: HttpOperation = { method: 'GET', path: '/orders' };
const EXTRAS = { correlationId: 'c-1', idempotencyKey: 'f-1' };

describe('unsafePath', () => {
  it.each([
    '/',
    '/orders',
    '/orders/42/',
    '/a//b',
    '/.well-known/x',
    '/a/..b/c..',
    '/a;v=1/b',
    '/~me/(x)*',
    '/caf%C3%A9',
    '/a%20b%3Fc',
    '/100%25',
  ])('accepts %s', (path) => {
    expect(unsafePath(path)).toBeUndefined();
  });

  it.each([
    ['', 'start'],
    ['orders', 'start'],
    ['https://evil.test/', 'start'],
    ['@evil.test/', 'start'],
    ['.evil.test/', 'start'],
    ['//evil.test', 'one slash'],
    ['/\\evil.test', 'backslash'],
    ['/a/..', 'dots'],
    ['/../admin', 'dots'],
    ['/a/./b', 'dots'],
    ['/a/..;/admin', 'dots'],
    ['/a/..;x=1/admin', 'dots'],
    ['/a/..%3b/admin', 'dots'],
    ['/a/..%00/admin', 'dots'],
    ['/a/...', 'dots'],
    ['/%2e%2e/admin', 'encoded dot'],
    ['/.%2E/admin', 'dots'],
    ['/a%2fb', 'encoded slash'],
    ['/a%5Cb', 'encoded dot'],
    ['/%252e%252e/admin', 'twice'],
    ['/a%252Fb', 'twice'],
    ['/a%25252fb', 'twice'],
    ['/%25%32%65', 'twice'],
    ['/%%32%65', 'percent-encoded'],
    ['/a%c0%ae', 'percent-encoded'],
    ['/a%zz', 'percent-encoded'],
    ['/a%2', 'percent-encoded'],
    ['/a%00', 'control'],
    ['/a%0d%0aHost:%20evil', 'control'],
    ['/a%7f', 'control'],
    ['/a\r\nHost: evil', 'characters of a path'],
    ['/a b', 'characters of a path'],
    ['/a\t', 'characters of a path'],
    ['/a\u00a0', 'characters of a path'],
    ['/\uff0e\uff0e/', 'characters of a path'],
    ['/\ud800', 'characters of a path'],
    ['/a?b=c', 'query'],
    ['/a#b', 'query'],
    [`/${'a'.repeat(2_000)}`, '2000 characters'],
  ])('refuses %j', (path, reason) => {
    expect(unsafePath(path)).toContain(reason);
  });
});

describe('unsafeHeader', () => {
  it.each(['Accept', 'content-type', 'if-match', 'Idempotency-Key', 'x-tenant', 'accept-language', 'x-amzn-trace-id'])(
    'accepts %s',
    (name) => {
      expect(unsafeHeader(name, 'a value; q=1')).toBeUndefined();
    },
  );

  it.each([
    'Host',
    'AUTHORIZATION',
    'Proxy-Authorization',
    'proxy-connection',
    'cookie',
    'Connection',
    'keep-alive',
    'te',
    'trailer',
    'Transfer-Encoding',
    'upgrade',
    'Content-Length',
    'expect',
    'X-Amz-Date',
    'forwarded',
    'X-Forwarded-Host',
    'http2-settings',
    'x-http-method-override',
    'x-original-url',
    'x-api-key',
  ])('refuses %s', (name) => {
    expect(unsafeHeader(name, 'MARKER')).toMatch(/^must not set [a-z0-9*-]+$/);
  });

  it.each(['', 'a b', 'a:b', 'a\r\nb', 'ä', '(a)'])('refuses the name %j', (name) => {
    expect(unsafeHeader(name, 'x')).toContain('tokens');
  });

  it.each(['a\r\nhost: evil', 'a\nb', 'a\0', 'a\tb', 'a\x7f', '\u20ac', '\ud800'])('refuses the value %j', (value) => {
    expect(unsafeHeader('x-note', value)).toContain('printable ASCII');
  });
});

describe('unsafeHeaders', () => {
  const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, at) => [`x-${at}`, 'v']));

  it.each([
    [many(50), undefined],
    [many(51), 'must be at most 50'],
    [{ 'x-a': 'v'.repeat(8_189) }, undefined],
    [{ 'x-a': 'v'.repeat(8_190) }, 'must have at most 8192 characters in all'],
    [{ 'Idempotency-Key': 'a', 'idempotency-key': 'b' }, 'must not name a header twice'],
    [{ accept: 'a', Host: 'b' }, 'must not set host'],
  ])('judges them together (%#)', (headers, reason) => {
    expect(unsafeHeaders(headers)).toBe(reason);
  });
});

describe('buildRequest', () => {
  it('puts path and query below the base URL', () => {
    const operation = { ...GET, path: '/orders/4%202', query: { 'a&b': 'c=d #?+', e: '' } };
    const { url, ...request } = buildRequest(operation, SETTINGS, EXTRAS);
    expect(url.href).toBe('https://api.example.test/v1/orders/4%202?a%26b=c%3Dd%20%23%3F%2B&e=');
    expect(request).toMatchObject({ method: 'GET' });
    expect(request.body).toBeUndefined();
  });

  it('says who calls and for which failure', () => {
    const headers = { 'User-Agent': 'else', 'X-Correlation-Id': 'else', 'Accept-Encoding': 'gzip' };
    const request = buildRequest({ ...GET, headers }, SETTINGS, EXTRAS);
    expect(Object.fromEntries(request.headers)).toEqual({
      accept: '*/*',
      'accept-encoding': 'identity',
      'user-agent': 'backstop',
      'x-correlation-id': 'c-1',
      'idempotency-key': 'f-1',
    });
  });

  it.each([
    ['its own key wins', { 'Idempotency-Key': 'own' }, true, 'own'],
    ['its own key is sent whatever the settings say', { 'idempotency-key': 'own' }, false, 'own'],
    ["the failure's id stands in", {}, true, 'f-1'],
    ['none where the dependency knows none', {}, false, null],
  ])('idempotency key: %s', (_, headers, idempotencyKeys, expected) => {
    const request = buildRequest({ ...GET, headers }, { ...SETTINGS, idempotencyKeys }, EXTRAS);
    expect(request.headers.get('idempotency-key')).toBe(expected);
  });

  it.each([
    ['an object', { a: 1 }, {}, '{"a":1}', 'application/json'],
    ['null', null, {}, 'null', 'application/json'],
    ['a type of its own', [1], { 'Content-Type': 'application/x' }, '[1]', 'application/x'],
    ['a string', 'a=b', {}, 'a=b', null],
  ])('body: %s', (_, body, headers, expected, type) => {
    const request = buildRequest({ method: 'POST', path: '/x', body: json(body), headers }, SETTINGS, EXTRAS);
    expect(request.body).toBe(expected);
    expect(request.headers.get('content-type')).toBe(type);
  });

  it("takes the operation's ifMatch before an If-Match header, which may be the stale one", () => {
    const operation: HttpOperation = { method: 'PUT', path: '/x', ifMatch: '"v2"', headers: { 'if-match': '"v1"' } };
    expect(buildRequest(operation, SETTINGS, EXTRAS).headers.get('if-match')).toBe('"v2"');
  });

  it('lets nothing replace the credential', () => {
    const credential = { header: 'x-shop-key', value: 'ours' };
    const request = buildRequest({ ...GET, headers: { 'X-Shop-Key': 'theirs' } }, SETTINGS, { ...EXTRAS, credential });
    expect(request.headers.get('x-shop-key')).toBe('ours');
  });

  it.each<[string, HttpOperation, string]>([
    ['a path that leaves', { ...GET, path: '/../MARKER' }, baseUrl],
    ['an encoded slash that the dependency does not take', { ...GET, path: '/a%2FMARKER' }, baseUrl],
    ['a path that names a host', { ...GET, path: '//MARKER' }, 'https://api.example.test'],
    ['a header that smuggles', { ...GET, headers: { Host: 'MARKER' } }, baseUrl],
    ['a body where it has no meaning', { ...GET, body: json('MARKER') }, baseUrl],
    ['credentials in the base URL', GET, 'https://user:MARKER@api.example.test'],
    ['a base URL with a query', GET, 'https://api.example.test/?MARKER='],
    ['plain text to a public host', GET, 'http://MARKER.example.test'],
    ['plain text to a private host', GET, 'http://MARKER.internal'],
    ['a base URL that the deployment left empty', GET, ''],
    ['a base URL that is none', GET, 'MARKER'],
    ['a base URL with a fragment', GET, 'https://api.example.test/#MARKER'],
  ])('throws for %s', (_, operation, address) => {
    const build = () => buildRequest(operation, { ...SETTINGS, baseUrl: address }, EXTRAS);
    expect(build).toThrow(expect.objectContaining({ name: expect.stringMatching(/^(?:UnsafeRequest|BaseUrl)Error$/) }));
    expect(build).not.toThrow(/MARKER/);
  });

  it('takes an address of another construct, whatever slashes it ends with', () => {
    for (const address of [
      'https://x.execute-api.eu-west-1.amazonaws.com/prod/',
      'https://a.example',
      'https://a.example/v1//',
    ]) {
      const { url } = buildRequest(GET, { ...SETTINGS, baseUrl: address }, EXTRAS);
      expect(url.href).toBe(`${address.replace(/\/+$/, '')}/orders`);
    }
  });

  it('says which dependency has a wrong address, and what it must be', () => {
    const build = () => buildRequest(GET, { ...SETTINGS, baseUrl: 'http://api.example.test' }, EXTRAS);
    expect(build).toThrow('the baseUrl of shop must start with https:// (http:// only for loopback hosts)');
    const plain = buildRequest(GET, { ...SETTINGS, baseUrl: 'http://shop.internal', privateHttp: true }, EXTRAS);
    expect(plain.url.href).toBe('http://shop.internal/orders');
  });

  it('never leaves the dependency with a path that is held to be safe', () => {
    const piece = fc.constantFrom(
      '/',
      '.',
      '..',
      '%2e',
      '%2F',
      '%5c',
      '%25',
      '\\',
      '@',
      ':',
      ';',
      'a',
      'evil.test',
      '\t',
    );
    const path = fc.oneof(
      anyText,
      fc.array(piece).map((pieces) => pieces.join('')),
    );
    fc.assert(
      fc.property(path, (tail) => {
        const operation = { ...GET, path: `/${tail}` };
        if (unsafePath(operation.path) !== undefined) return;
        const { url } = buildRequest(operation, SETTINGS, EXTRAS);
        expect(url.href).toBe(`https://api.example.test/v1/${tail}`);
      }),
      { numRuns: 2_000 },
    );
  });
});
