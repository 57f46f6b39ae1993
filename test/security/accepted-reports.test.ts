import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AcceptSettings } from '../../lambdas/contract/settings.ts';
import { parseLaneMessage } from '../../lambdas/domain/boundary/failure-event.ts';
import { buildRequest, unsafePath } from '../../lambdas/domain/boundary/http-request.ts';
import { sampleSettings } from '../support/samples.ts';

const NOW = Date.parse('2026-03-01T12:00:00Z');
const BASE = 'https://api.example.test';
const POST = { method: 'POST', path: '/charges/1' } as const;

/** Parses an event about `payments`, which accepts some, and `stock`, which accepts others. */
function parse(accepts: AcceptSettings, change: object = {}, envelope: object | null = {}, ofStock?: AcceptSettings) {
  const occurredAt = '2026-03-01T12:00:00Z';
  const detail = {
    id: 'a',
    correlationId: 'c',
    dependency: 'payments',
    occurredAt,
    operation: POST,
    error: {},
    ...change,
  };
  const whole = { source: 'my.shop', account: '111122223333', 'detail-type': 'Operation Failed', detail };
  const message = envelope === null ? detail : { ...whole, ...envelope };
  return parseLaneMessage(JSON.stringify(message), {
    dependency: 'payments',
    now: NOW,
    retentionMs: 30 * 86_400_000,
    acceptedBy: (name) => ({ accepts: name === 'payments' ? accepts : ofStock }),
  });
}
const reasonOf = (parsed: ReturnType<typeof parse>) => (parsed.kind === 'reject' ? parsed.reason : parsed.kind);

describe('who may report (CWE-862)', () => {
  it.each<[string, AcceptSettings, object, object]>([
    ['a listed source', { sources: ['my.shop'] }, {}, {}],
    ['a listed account', { accounts: ['111122223333'] }, {}, {}],
    ['a listed tenant', { tenants: ['eu'] }, { tenant: 'eu' }, {}],
    ['all of them', { sources: ['my.shop'], accounts: ['111122223333'], tenants: ['eu'] }, { tenant: 'eu' }, {}],
    ['everybody where no list is', {}, {}, { source: 'x', account: 'y' }],
  ])('%s', (_, accepts, change, envelope) => {
    expect(parse(accepts, change, envelope).kind).toBe('failure');
  });

  it.each<[string, AcceptSettings, object, object, string]>([
    ['another source', { sources: ['my.shop'] }, {}, { source: 'my.shop2' }, 'source'],
    ['a source that only begins so', { sources: ['my.shop'] }, {}, { source: 'my.shop.eu' }, 'source'],
    ['other letters', { sources: ['my.shop'] }, {}, { source: 'My.Shop' }, 'source'],
    ['no source', { sources: ['my.shop'] }, {}, { source: undefined }, 'source'],
    ['a source that is a list', { sources: ['my.shop'] }, {}, { source: ['my.shop'] }, 'source'],
    ['a source within the detail', { sources: ['my.shop'] }, { source: 'my.shop' }, { source: 'x' }, 'source'],
    ['a detail that says it was adopted', { sources: ['my.shop'] }, { adopted: true }, { source: 'x' }, 'source'],
    ['an envelope that says so', { sources: ['my.shop'] }, {}, { source: 'x', adopted: true }, 'source'],
    ['another account', { accounts: ['111122223333'] }, {}, { account: '999999999999' }, 'account'],
    ['a number', { accounts: ['111122223333'] }, {}, { account: 111122223333 }, 'account'],
    ['another tenant', { tenants: ['eu'] }, { tenant: 'us' }, {}, 'tenant'],
    ['no tenant', { tenants: ['eu'] }, {}, {}, 'tenant'],
  ])('not %s', (_, accepts, change, envelope, path) => {
    expect(reasonOf(parse(accepts, change, envelope))).toMatchObject({ code: 'not-accepted', path });
  });

  it('not a message that came past the bus, unless Backstop itself adopted it', () => {
    const accepts = { sources: ['my.shop'], accounts: ['111122223333'] };
    expect(reasonOf(parse(accepts, {}, null))).toMatchObject({ code: 'not-accepted', path: 'source' });
    expect(reasonOf(parse(accepts, { adopted: 'true' }, null))).toMatchObject({ code: 'not-accepted' });
    expect(parse(accepts, { adopted: true }, null).kind).toBe('failure');
    expect(reasonOf(parse({ ...accepts, tenants: ['eu'] }, { adopted: true }, null))).toMatchObject({
      path: 'tenant',
    });
  });

  it('not for the dependency of a step to undo, which accepts others', () => {
    const undo = [{ name: 'reserve', dependency: 'stock', operation: { method: 'DELETE', path: '/r/1' } }];
    const refused = (ofStock: AcceptSettings) => reasonOf(parse({}, { undo }, {}, ofStock));
    expect(refused({ sources: ['stock.app'] })).toMatchObject({ code: 'not-accepted', path: 'source' });
    expect(refused({ methods: ['PUT'] })).toMatchObject({ path: 'undo.0.operation.method' });
    expect(refused({ paths: ['/other'] })).toMatchObject({ path: 'undo.0.operation.path' });
    expect(refused({ sources: ['my.shop'], methods: ['DELETE'], paths: ['/r'] })).toBe('failure');
  });
});

describe('what may be replayed (CWE-863)', () => {
  const accepts: AcceptSettings = { methods: ['POST'], paths: ['/charges', '/a/b/'] };
  const at = (path: string, method = 'POST') => reasonOf(parse(accepts, { operation: { method, path } }));

  it.each(['/charges', '/charges/', '/charges/1', '/ch%61rges/1', '/charges/a%20b', '/a/b', '/a/b/c', '/charges//1'])(
    '%s',
    (path) => {
      expect(at(path)).toBe('failure');
    },
  );

  it.each([
    ...['/', '/charge', '/charges-old', '/chargesx/1', '/Charges', '//charges', '/x/charges', '/a', '/a/bc', '/a//b'],
    ...['/charges%20', '/charges;v=1', '/charges/../admin', '/charges/%2e%2e/admin', '/charges/..;/admin'],
    ...['/admin/..%2fcharges', '/a%2fb', '/charges%2f..%2fadmin', '/charges%5c..%5cadmin', '/charges%252f..'],
  ])('not %s', (path) => {
    expect(at(path)).toMatchObject({ code: expect.stringMatching(/^(not-accepted|unsafe-path)$/) });
  });

  it.each(['GET', 'PUT', 'DELETE', 'HEAD'])('not %s', (method) => {
    expect(at('/charges/1', method)).toMatchObject({ code: 'not-accepted', path: 'operation.method' });
  });

  it('not an edited or older operation, since the call checks again', () => {
    const settings = sampleSettings({ name: 'payments', baseUrl: BASE, accepts });
    const build = (method: 'POST' | 'PUT', path: string) =>
      buildRequest({ method, path }, settings, { correlationId: 'c' });
    expect(build('POST', '/charges/1').url.pathname).toBe('/charges/1');
    expect(() => build('PUT', '/charges/1')).toThrow('method that the dependency accepts');
    expect(() => build('POST', '/admin')).toThrow('path that the dependency accepts');
  });

  it('reads the state of a conflict, though GET is not listed', () => {
    const conflict = { strategy: 'ask', sensitive: [] } as const;
    const settings = sampleSettings({ name: 'payments', baseUrl: BASE, accepts, conflict });
    const get = (path: string) => buildRequest({ method: 'GET', path }, settings, { correlationId: 'c' });
    expect(get('/charges/1').method).toBe('GET');
    expect(() => get('/admin')).toThrow('path that the dependency accepts');
  });

  it('holds for any path, however a server decodes it', () => {
    const piece = fc.constantFrom(
      'charges',
      'ch%61rges',
      'admin',
      '..',
      '.',
      '%2e',
      '%2f',
      '%2F',
      '/',
      '/',
      ';',
      '%5c',
      '%25',
      'x',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const path = `/${pieces.join('')}`;
        if (at(path) !== 'failure') return;
        expect(unsafePath(path)).toBeUndefined();
        for (const seen of [path, decodeURIComponent(path), path.replace(/%2f/gi, '/')])
          expect(new URL(seen, BASE).pathname.replaceAll('%61', 'a')).toMatch(/^\/charges(\/|$)/);
      }),
      { numRuns: 3_000 },
    );
  });
});
