import { CHECKPOINT_HEADER } from './checkpoint-header.ts';

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
  'auth',
  'authorisation',
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
  'secret',
  'sudo',
  'te',
  'token',
  'trailer',
  'trailers',
  'transfer-encoding',
  'upgrade',
  'via',
  'x-auth',
  'x-backend-host',
  'x-base-url',
  'x-forward',
  'x-github-token',
  'x-gitlab-token',
  'x-host',
  'x-host-name',
  'x-hostname',
  'x-method',
  'x-request-uri',
  'x-rewriteurl',
  'x-scheme',
  'x-secret',
  'x-server-name',
  'x-sudo',
  'x-token',
  'x-uri',
  'x-url',
  'x-url-scheme',
]);

const PREFIXES = [
  'akamai-',
  'cf-',
  'dapr-',
  'fastly-',
  'fly-',
  'http-',
  'impersonate-',
  'incap-',
  'l5d-',
  'oidc-',
  'remote-',
  'ssl-',
  'tailscale-',
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
  'x-authenticated-',
  'x-authentik-',
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
  'x-nf-',
  'x-oauth-',
  'x-original-',
  'x-originating-',
  'x-override-',
  'x-pomerium-',
  'x-remote-',
  'x-replit-',
  'x-rewrite-',
  'x-sendfile',
  'x-spiffe-',
  'x-ssl-',
  'x-vercel-',
  'x-webauth-',
];

/** Whole words anywhere in a name. */
const WORDS = [
  'access-token',
  'act-as',
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
  'client-host',
  'client-ip',
  'client-principal',
  'client-secret',
  'client-verify',
  'clientip',
  'connecting-ip',
  'connection-ip',
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
  'on-behalf-of',
  'origin-host',
  'origin-ip',
  'originating-ip',
  'override-ip',
  'path-override',
  'peer-ip',
  'proxy',
  'proxyuser-ip',
  'real-ip',
  'remote-addr',
  'remote-address',
  'remote-ip',
  'remote-user',
  'run-as',
  'security-token',
  'session-token',
  'shared-secret',
  'source-ip',
  'src-ip',
  'subscription-key',
  'switch-user',
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
  CHECKPOINT_HEADER,
  'content-type',
  'idempotency-key',
  'if-match',
  'user-agent',
  'x-correlation-id',
];

/** All of them, each in the form in which names compare. Of `otherSpellings`, only the name itself is taken. */
export const REFUSED_HEADERS = { names: [...NAMES], prefixes: PREFIXES, words: WORDS, otherSpellings: ONE_SPELLING };

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

/**
 * Headers that every dependency takes from an event, whatever its list allows: they say what the body and the call are.
 */
export const ALWAYS_ALLOWED_HEADERS: readonly string[] = ['accept', 'content-type', 'idempotency-key', 'if-match'];
