import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ALWAYS_ALLOWED_HEADERS } from '../../lambdas/contract/header-names.ts';
import { buildRequest, unsafeHeader, unsafeHeaders } from '../../lambdas/domain/boundary/http-request.ts';
import { sampleSettings } from '../support/samples.ts';

/** Names that servers and proxies read as routing, identity or credential, by the kind of what they claim. */
const REFUSED = {
  connection: ['connection', 'content-length', 'transfer-encoding', 'te', 'trailer', 'upgrade', 'keep-alive', 'expect'],
  host: [
    ...['x-hostname', 'x-host-name', 'l5d-dst-override', 'dapr-app-id', 'x-client-host'],
    'host',
    'x-host',
    'x-forwarded-host',
    'x-original-host',
    'x-backend-host',
    'x-http-host-override',
    'disguised-host',
  ],
  address: [
    ...['x-nf-client-connection-ip', 'x-peer-ip', 'x-vercel-ip-country', 'x-forward'],
    ...['forwarded', 'x-forwarded-for', 'x-forwarded', 'forwarded-for', 'x-forward-for', 'x-forwarder-for', 'via'],
    ...[
      'x-real-ip',
      'x-client-ip',
      'client-ip',
      'true-client-ip',
      'x-true-client-ip',
      'cf-connecting-ip',
      'cf-ipcountry',
    ],
    ...['fastly-client-ip', 'fly-client-ip', 'x-cluster-client-ip', 'x-azure-clientip', 'x-remote-ip', 'x-remote-addr'],
    ...[
      'remote-addr',
      'x-originating-ip',
      'x-original-forwarded-for',
      'x-envoy-external-address',
      'x-appengine-user-ip',
    ],
    ...[
      'incap-client-ip',
      'ali-cdn-real-ip',
      'cdn-src-ip',
      'wl-proxy-client-ip',
      'x-proxyuser-ip',
      'x-sucuri-clientip',
    ],
  ],
  proxy: ['proxy', 'proxy-authorization', 'proxy-connection', 'x-proxy-url'],
  method: ['x-http-method', 'x-http-method-override', 'x-method-override', 'x-method', 'http-method-override'],
  url: [
    ...[
      'x-original-url',
      'x-original-uri',
      'x-rewrite-url',
      'x-rewriteurl',
      'x-override-url',
      'x-http-destinationurl',
      'x-http-path-override',
    ],
    ...[
      'request-uri',
      'x-accel-redirect',
      'x-sendfile',
      'x-middleware-subrequest',
      'x-forwarded-prefix',
      'x-envoy-original-path',
    ],
  ],
  identity: [
    ...[
      'remote-user',
      'x-remote-user',
      'x-forwarded-user',
      'x-auth-request-user',
      'x-authenticated-user',
      'x-webauth-user',
    ],
    ...['x-ms-client-principal', 'x-ms-client-principal-id', 'x-ms-client-principal-name', 'x-ms-token-aad-id-token'],
    ...['x-amzn-oidc-identity', 'x-amzn-oidc-data', 'x-amzn-mtls-clientcert', 'x-goog-iap-jwt-assertion'],
    ...['x-goog-authenticated-user-email', 'ssl-client-cert', 'x-ssl-client-dn', 'x-client-cert', 'x-consumer-id'],
    ...['tailscale-user-login', 'x-pomerium-claim-email', 'x-replit-user-id', 'l5d-client-id', 'x-spiffe-id'],
    ...['x-on-behalf-of', 'x-act-as', 'x-run-as', 'x-switch-user', 'x-client-verify', 'x-oauth-scopes'],
    ...['impersonate-user', 'sudo', 'x-hasura-role', 'x-userinfo', 'oidc-claim-sub'],
  ],
  credential: [
    ...[
      'authorization',
      'x-authorization',
      'x-custom-ip-authorization',
      'cookie',
      'set-cookie',
      'x-api-key',
      'api-key',
    ],
    ...[
      'apikey',
      'x-apikey',
      'x-goog-api-key',
      'x-auth-token',
      'x-access-token',
      'x-shopify-access-token',
      'private-token',
    ],
    ...['auth', 'x-auth', 'token', 'x-token', 'x-secret', 'authorisation', 'x-oauth-token', 'x-github-token'],
    ...['x-functions-key', 'ocp-apim-subscription-key', 'x-vault-token', 'x-amz-security-token', 'x-jwt-assertion'],
  ],
};
const ALL = Object.entries(REFUSED).flatMap(([kind, names]) => names.map((name) => [kind, name] as const));

/** Spellings that some server reads as the name: another case, and other characters for the hyphens. */
const spelling = (name: string) =>
  fc
    .tuple(fc.constantFrom('-', '_', '.', '~', '!', '+'), fc.array(fc.boolean(), { minLength: 64, maxLength: 64 }))
    .map(([hyphen, uppers]) =>
      [...name.replaceAll('-', hyphen)].map((letter, at) => (uppers[at] ? letter.toUpperCase() : letter)).join(''),
    );

describe('no spelling of a header that proxies and servers trust goes out (CWE-444, CWE-290)', () => {
  it.each(ALL)('%s: %s', (_, name) => {
    expect(unsafeHeader(name, 'x')).toMatch(/^must not set [a-z0-9*-]+$/);
    fc.assert(
      fc.property(spelling(name), (twin) => {
        expect(unsafeHeader(twin, 'x')).toMatch(/^must not set [a-z0-9*-]+$/);
      }),
      { numRuns: 20 },
    );
  });
});

describe('what Backstop sends itself', () => {
  it.each(['content-type', 'idempotency-key', 'if-match', 'user-agent', 'x-correlation-id', 'accept-encoding'])(
    '%s has one spelling',
    (name) => {
      expect(unsafeHeader(name, 'x')).toBeUndefined();
      expect(unsafeHeader(name.toUpperCase(), 'x')).toBeUndefined();
      expect(unsafeHeader(name.replaceAll('-', '_'), 'x')).toBe(`must not set ${name}`);
    },
  );

  it('is not the credential in another spelling, whose name only the config knows', () => {
    const settings = sampleSettings({
      name: 'shop',
      baseUrl: 'https://api.example.test',
      auth: { scheme: 'api-key', secretName: 's', header: 'X-Shop-Login' },
    });
    for (const name of ['x-shop-login', 'X_Shop_Login', 'x.shop.login']) {
      expect(unsafeHeaders({ [name]: 'x' }, settings)).toBe('must not set x-shop-login');
      const operation = { method: 'GET', path: '/', headers: { [name]: 'x' } } as const;
      expect(() => buildRequest(operation, settings, { correlationId: 'c' })).toThrow('must not set x-shop-login');
    }
  });
});

it.each([
  ...[
    'accept',
    'accept-language',
    'x-tenant',
    'x-request-id',
    'x-request-token',
    'traceparent',
    'baggage',
    'x-csrf-token',
  ],
  ...['x-amzn-trace-id', 'x-requested-with', 'prefer', 'range', 'content-language', 'x-ms-version', 'stripe-account'],
  ...['x-client-version', 'x_tenant', 'if-none-match', 'sec-fetch-mode', 'origin', 'referer', 'x-shop-region'],
])('lets pass what harms nobody: %s', (name) => {
  expect(unsafeHeader(name, 'x')).toBeUndefined();
});

it('takes no header twice, in no spelling', () => {
  expect(unsafeHeaders({ 'x-tenant': 'a', x_tenant: 'b' })).toBe('must not name a header twice');
});

describe('a list of allowed headers', () => {
  const allowHeaders = ['X-Tenant'];
  it('lets pass these, and those that every call may need', () => {
    for (const name of ['x-tenant', 'X-TENANT', ...ALWAYS_ALLOWED_HEADERS])
      expect(unsafeHeader(name, 'x', { allowHeaders })).toBeUndefined();
  });

  it('refuses all others, without their names', () => {
    for (const name of ['x_tenant', 'x-other', 'accept-language'])
      expect(unsafeHeader(name, 'x', { allowHeaders })).toContain('allowHeaders');
    expect(unsafeHeader('host', 'x', { allowHeaders: ['host'] })).toBe('must not set host');
  });
});
