import type { HttpOperation } from '../../contract/failure.ts';
import type { HttpSettings } from '../../contract/settings.ts';

export interface HttpRequest {
  readonly url: URL;
  readonly init: {
    readonly method: HttpOperation['method'];
    readonly headers: Headers;
    readonly body?: string;
    readonly redirect: 'manual';
  };
}

export interface RequestExtras {
  readonly correlationId: string;
  /** Sent where the dependency honours such keys and the operation brings none of its own. */
  readonly idempotencyKey?: string;
  readonly credential?: Credential;
}

/** An operation would leave its dependency. Validation lets none through, so this is a mistake of ours. */
export class UnsafeRequestError extends Error {
  override readonly name = 'UnsafeRequestError';
}

const MAX_PATH_LENGTH = 2_000;
const MAX_HEADERS = 50;
const MAX_HEADERS_LENGTH = 8_192;

/** Tried in turn on the path as it came. The last one is what RFC 3986, 3.3 lets a path consist of. */
const PATH_RULES: readonly (readonly [RegExp, string])[] = [
  [/^(?!\/)/, 'must start with a slash'],
  [/^\/\//, 'must start with one slash only'],
  [/\\/, 'must not contain a backslash'],
  [/[?#]/, 'must not contain a query or a fragment'],
  // Servers disagree on what may follow the dots and still leave them dots: `..;x` climbs in some.
  [/\/\.+(?![\w~.-])/, 'must not contain a segment of dots'],
  [/%(?:2e|2f|5c)/i, 'must not contain an encoded dot, slash or backslash'],
  [/[^\w/.~!$&'()*+,;=:@%-]/, 'must hold only the characters of a path, all others percent-encoded'],
];

/** Tried in turn on the path once decoded. */
const DECODED_PATH_RULES: readonly (readonly [RegExp, string])[] = [
  [/%[\da-f]{2}/i, 'must not be encoded twice'],
  [/\p{Cc}/u, 'must not contain control characters'],
];

/** Why a path could lead out of its dependency, if it could. The answer holds nothing of the path. */
export function unsafePath(path: string): string | undefined {
  if (path.length > MAX_PATH_LENGTH) return `must have at most ${MAX_PATH_LENGTH} characters`;
  const broken = PATH_RULES.find(([pattern]) => pattern.test(path));
  if (broken) return broken[1];
  try {
    const decoded = decodeURIComponent(path);
    return DECODED_PATH_RULES.find(([pattern]) => pattern.test(decoded))?.[1];
  } catch {
    return 'must be percent-encoded as UTF-8';
  }
}

/** Headers that belong to the connection, to routing, to the credentials, or that turn the call into another one. */
const REFUSED_HEADERS: ReadonlySet<string> = new Set([
  'authorization',
  'connection',
  'content-length',
  'cookie',
  'cookie2',
  'expect',
  'forwarded',
  'host',
  'http2-settings',
  'keep-alive',
  'set-cookie',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'via',
  'x-api-key',
  'x-http-method',
  'x-http-method-override',
  'x-method-override',
  'x-original-url',
  'x-real-ip',
  'x-rewrite-url',
]);
const REFUSED_PREFIXES = ['proxy-', 'x-amz-', 'x-forwarded-'];

/** Why an operation may not bring this header, if it may not. The answer holds nothing of the value. */
export function unsafeHeader(name: string, value: string): string | undefined {
  if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name)) return 'must have names that are tokens';
  const lower = name.toLowerCase();
  if (REFUSED_HEADERS.has(lower)) return `must not set ${lower}`;
  const prefix = REFUSED_PREFIXES.find((refused) => lower.startsWith(refused));
  if (prefix) return `must not set ${prefix}*`;
  return isHeaderSafe(value) ? undefined : 'must have values of printable ASCII characters';
}

/** Why an operation may not bring these headers, if it may not. The answer holds nothing of their values. */
export function unsafeHeaders(headers: Readonly<Record<string, string>>): string | undefined {
  const entries = Object.entries(headers);
  if (entries.length > MAX_HEADERS) return `must be at most ${MAX_HEADERS}`;
  const length = entries.reduce((sum, [name, value]) => sum + name.length + value.length, 0);
  if (length > MAX_HEADERS_LENGTH) return `must have at most ${MAX_HEADERS_LENGTH} characters in all`;
  const names = new Set(entries.map(([name]) => name.toLowerCase()));
  if (names.size < entries.length) return 'must not name a header twice';
  return entries.map(([name, value]) => unsafeHeader(name, value)).find((reason) => reason !== undefined);
}

export function isHeaderSafe(value: string): boolean {
  return /^[\x20-\x7e]*$/.test(value);
}

/** `fetch` sends no body with these. */
export function isBodiless(method: HttpOperation['method']): boolean {
  return method === 'GET' || method === 'HEAD';
}

/**
 * The call that an operation asks for. The rules that validation went by are checked once more here, because whatever gets
 * past this point goes out with our credentials.
 *
 * @throws UnsafeRequestError where the call would leave the dependency
 */
export function buildRequest(operation: HttpOperation, settings: HttpSettings, extras: RequestExtras): HttpRequest {
  const { method, body } = operation;
  const reason =
    unsafePath(operation.path) ??
    unsafeHeaders(operation.headers ?? {}) ??
    (isBodiless(method) && body !== undefined ? 'must have no body' : undefined);
  if (reason) throw new UnsafeRequestError(`the operation ${reason}`);
  return {
    url: urlOf(operation, settings),
    init: {
      method,
      headers: headersOf(operation, settings, extras),
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      redirect: 'manual',
    },
  };
}

function urlOf({ path, query = {} }: HttpOperation, settings: HttpSettings): URL {
  const base = new URL(settings.baseUrl);
  const expected = base.pathname.replace(/\/$/, '') + path;
  const url = new URL(settings.baseUrl + path);
  if (url.origin !== base.origin || url.pathname !== expected || url.username !== '' || url.password !== '') {
    throw new UnsafeRequestError('the URL is outside the base URL of the dependency');
  }
  // Not URLSearchParams: it writes a space as a plus sign, which is a plus sign to servers that do not read forms.
  url.search = Object.entries(query)
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .join('&');
  return url;
}

function headersOf(operation: HttpOperation, settings: HttpSettings, extras: RequestExtras): Headers {
  const headers = new Headers(operation.headers);
  const { body, ifMatch } = operation;
  if (body !== undefined && typeof body !== 'string' && !headers.has('content-type')) {
    headers.set('content-type', 'application/json');
  }
  if (ifMatch !== undefined) headers.set('if-match', ifMatch);
  // The caller's own key: only by it can the dependency recognise the call that failed.
  if (settings.idempotencyKeys && extras.idempotencyKey !== undefined && !headers.has('idempotency-key')) {
    headers.set('idempotency-key', extras.idempotencyKey);
  }
  headers.set('user-agent', 'backstop');
  headers.set('x-correlation-id', extras.correlationId);
  if (extras.credential) headers.set(extras.credential.header, extras.credential.value);
  return headers;
}

/** A header that goes along with a call. */
export interface Credential {
  readonly header: string;
  readonly value: string;
}
