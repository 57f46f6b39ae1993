/*
 * Names of headers that an event may not set: of the connection, of routing, of credentials, and of identities that
 * proxies vouch for. The lists come from the documents of nginx, Apache, Envoy, IIS, AWS, Azure, Google Cloud,
 * Cloudflare, Akamai, Fastly and Kong, and from lists of headers that spoof an address.
 */

/**
 * The form in which names compare. Many servers make environment variables of headers: CGI, WSGI and PHP read `X_Host`
 * as `X-Host`, and some read every other character so, too.
 */
export function headerForm(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '-');
}

/** Whole names. */
const NAMES: ReadonlySet<string> = new Set([
  'alt-used',
  'connection',
  'content-length',
  'disguised-host',
  'early-data',
  'expect',
  'front-end-https',
  'host',
  'http2-settings',
  'job-token',
  'keep-alive',
  'max-forwards',
  'private-token',
  'request-uri',
  'sudo',
  'te',
  'trailer',
  'trailers',
  'transfer-encoding',
  'upgrade',
  'via',
  'x-backend-host',
  'x-base-url',
  'x-host',
  'x-method',
  'x-request-uri',
  'x-scheme',
  'x-server-name',
  'x-sudo',
  'x-uri',
  'x-url',
  'x-url-scheme',
]);

const PREFIXES = [
  'akamai-',
  'cf-',
  'fastly-',
  'fly-',
  'http-',
  'impersonate-',
  'incap-',
  'oidc-',
  'remote-',
  'ssl-',
  'wl-',
  'x-accel-',
  'x-akamai-',
  'x-amz-',
  'x-amzn-ava-',
  'x-amzn-mtls-',
  'x-amzn-oidc-',
  'x-appengine-',
  'x-arr-',
  'x-auth-',
  'x-authentik-',
  'x-authenticated-',
  'x-azure-',
  'x-consumer-',
  'x-credential-',
  'x-envoy-',
  'x-goog-authenticated-',
  'x-goog-iap-',
  'x-hasura-',
  'x-http-',
  'x-impersonate-',
  'x-middleware-',
  'x-ms-client-principal',
  'x-ms-token-',
  'x-original-',
  'x-originating-',
  'x-override-',
  'x-remote-',
  'x-rewrite-',
  'x-sendfile',
  'x-ssl-',
  'x-webauth-',
];

/** Whole words anywhere in a name. */
const WORDS = [
  'access-token',
  'admin-secret',
  'api-key',
  'api-secret',
  'api-token',
  'apikey',
  'auth-key',
  'auth-token',
  'authentication',
  'authorization',
  'client-address',
  'client-cert',
  'client-certificate',
  'client-dn',
  'client-ip',
  'client-principal',
  'client-secret',
  'clientip',
  'connecting-ip',
  'cookie',
  'cookie2',
  'forward-for',
  'forwarded',
  'forwardedfor',
  'forwarder',
  'forwarding',
  'functions-key',
  'host-ip',
  'host-override',
  'id-token',
  'jwt',
  'master-key',
  'method-override',
  'origin-host',
  'origin-ip',
  'originating-ip',
  'override-ip',
  'path-override',
  'proxy',
  'proxyuser-ip',
  'real-ip',
  'remote-addr',
  'remote-address',
  'remote-ip',
  'remote-user',
  'security-token',
  'session-token',
  'shared-secret',
  'source-ip',
  'src-ip',
  'subscription-key',
  'uri-override',
  'url-override',
  'user-ip',
  'userinfo',
  'vault-token',
];

/** Headers that Backstop sets, or that it keeps as the event spells them. Another spelling would be a second one. */
const ONE_SPELLING = [
  'accept',
  'accept-encoding',
  'content-type',
  'idempotency-key',
  'if-match',
  'user-agent',
  'x-correlation-id',
];

/**
 * The rule that refuses a header's name in every event: a name, `prefix*` or `*words*`; undefined if none does. It is
 * never the name itself, which may be a text of others.
 */
export function refusingRule(name: string): string | undefined {
  const form = headerForm(name);
  if (NAMES.has(form)) return form;
  const prefix = PREFIXES.find((refused) => form.startsWith(refused));
  if (prefix) return `${prefix}*`;
  const words = WORDS.find((refused) => `-${form}-`.includes(`-${refused}-`));
  if (words) return `*${words}*`;
  return name.toLowerCase() === form ? undefined : ONE_SPELLING.find((own) => own === form);
}

/** Headers that every dependency takes from an event, whatever its list allows: they say what the body and the call are. */
export const ALWAYS_ALLOWED_HEADERS: readonly string[] = ['accept', 'content-type', 'idempotency-key', 'if-match'];
