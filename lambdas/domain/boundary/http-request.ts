import { baseUrlProblem } from '../../contract/base-url.ts';
import { CHECKPOINT_HEADER } from '../../contract/checkpoint-header.ts';
import type { HttpOperation } from '../../contract/failure.ts';
import { ALWAYS_ALLOWED_HEADERS, headerForm, refusingRule } from '../../contract/header-names.ts';
import { isStringJson } from '../../contract/json-text.ts';
import type { AcceptedInput, HttpSettings } from '../../contract/settings.ts';
import { withoutTrailingSlashes } from '../../contract/trailing-slashes.ts';
import { unacceptedOperation } from './acceptance.ts';
import { checkpointHeader } from './checkpoint.ts';
import { foldedPathProblem } from './folded-path.ts';
import { wireText } from './wire-text.ts';

interface HttpRequest {
  readonly url: URL;
  readonly method: HttpOperation['method'];
  readonly headers: Headers;
  readonly body?: string;
}

/** Parts of a request that don't come from the operation. */
interface RequestExtras {
  readonly correlationId: string;
  /** Sent if the dependency supports idempotency keys and the operation has none. */
  readonly idempotencyKey?: string;
  readonly credential?: Credential;
}

/** The deployment gave the dependency an address that Backstop must not call. The message names nothing of it. */
export class BaseUrlError extends Error {
  override readonly name = 'BaseUrlError';
}

/**
 * An operation would call a URL outside its dependency. Validation rejects such operations, so this is a bug in
 * Backstop.
 */
export class UnsafeRequestError extends Error {
  override readonly name = 'UnsafeRequestError';
}

const MAX_PATH_LENGTH = 2_000;
const MAX_HEADERS = 50;
const MAX_HEADERS_LENGTH = 8_192;

/** Checked in order against the raw path. The last rule is the character set of RFC 3986, section 3.3. */
const PATH_RULES: readonly (readonly [RegExp, string])[] = [
  [/^(?!\/)/, 'must start with a slash'],
  [/^\/\//, 'must start with one slash only'],
  [/\\/, 'must not contain a backslash'],
  [/[?#]/, 'must not contain a query or a fragment'],
  // Servers disagree on which suffixes keep a dot segment special: some treat `..;x` as a parent path.
  [/\/\.+(?![\w~.-])/, 'must not contain a segment of dots'],
  [/%(?:2e|5c)/i, 'must not contain an encoded dot or backslash'],
  [/[^\w/.~!$&'()*+,;=:@%-]/, 'must hold only the characters of a path, all others percent-encoded'],
];

/** Checked in order against the decoded path. */
const DECODED_PATH_RULES: readonly (readonly [RegExp, string])[] = [
  [/%[\da-f]{2}/i, 'must not be encoded twice'],
  [/[\p{Cc}\p{Zl}\p{Zp}]/u, 'must not contain control characters'],
];

const ENCODED_SLASH = /%2f/gi;

export function hasEncodedSlash({ path }: Pick<HttpOperation, 'path'>): boolean {
  return slashesDecoded(path) !== path;
}

/** The path as a server sees it that decodes encoded slashes. */
function slashesDecoded(path: string): string {
  return path.replace(ENCODED_SLASH, '/');
}

/** What a dependency accepts in a path. */
interface PathOptions {
  /** The dependency takes `%2F` as part of a segment. @default false */
  readonly encodedSlashes?: boolean;
}

/**
 * Checks that a path stays within its dependency, whether a server decodes its encoded slashes or not.
 *
 * @returns the problem, without any part of the path; undefined if there is none
 */
export function unsafePath(path: string, { encodedSlashes = false }: PathOptions = {}): string | undefined {
  if (path.length > MAX_PATH_LENGTH) return `must have at most ${MAX_PATH_LENGTH} characters`;
  if (!encodedSlashes && hasEncodedSlash({ path })) return 'must not contain an encoded slash (see encodedSlashes)';
  const decoded = slashesDecoded(path);
  return brokenPathRule(path) ?? (decoded === path ? undefined : brokenPathRule(decoded));
}

function brokenPathRule(path: string): string | undefined {
  const broken = PATH_RULES.find(([pattern]) => pattern.test(path));
  if (broken) return broken[1];
  try {
    const decoded = decodeURIComponent(path);
    return DECODED_PATH_RULES.find(([pattern]) => pattern.test(decoded))?.[1] ?? foldedPathProblem(decoded);
  } catch {
    return 'must be percent-encoded as UTF-8';
  }
}

/** What a dependency accepts in headers. */
type HeaderOptions = Pick<AcceptedInput, 'allowHeaders' | 'auth'>;

/**
 * Checks that an operation may set this header.
 *
 * @returns the problem, without any text of the event; undefined if there is none
 */
export function unsafeHeader(name: string, value: string, options: HeaderOptions = {}): string | undefined {
  if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name)) return 'must have names that are tokens';
  const rule = nameRefusingRule(name, options);
  if (rule) return `must not set ${rule}`;
  if (!isAllowed(name, options)) return 'must set only headers that the dependency allows (see allowHeaders)';
  return isHeaderSafe(value) ? undefined : 'must have values of printable ASCII characters';
}

/** Whether no event may carry a header of this name to the dependency, whatever its value. */
export function isRefusedHeader(name: string, options: HeaderOptions = {}): boolean {
  return nameRefusingRule(name, options) !== undefined || !isAllowed(name, options);
}

function nameRefusingRule(name: string, options: HeaderOptions): string | undefined {
  return refusingRule(name) ?? credentialRule(name, options);
}

/** The header that carries the dependency's credential, in any spelling. */
function credentialRule(name: string, { auth }: HeaderOptions): string | undefined {
  const form = auth?.header === undefined ? undefined : headerForm(auth.header);
  return form === headerForm(name) ? form : undefined;
}

function isAllowed(name: string, { allowHeaders }: HeaderOptions): boolean {
  if (allowHeaders === undefined) return true;
  const lower = name.toLowerCase();
  return [...ALWAYS_ALLOWED_HEADERS, ...allowHeaders].some((allowed) => allowed.toLowerCase() === lower);
}

/**
 * Checks that an operation may set these headers.
 *
 * @returns the problem, without any part of the values; undefined if there is none
 */
export function unsafeHeaders(
  headers: Readonly<Record<string, string>>,
  options: HeaderOptions = {},
): string | undefined {
  const entries = Object.entries(headers);
  if (entries.length > MAX_HEADERS) return `must be at most ${MAX_HEADERS}`;
  const length = entries.reduce((sum, [name, value]) => sum + name.length + value.length, 0);
  if (length > MAX_HEADERS_LENGTH) return `must have at most ${MAX_HEADERS_LENGTH} characters in all`;
  const names = new Set(entries.map(([name]) => headerForm(name)));
  if (names.size < entries.length) return 'must not name a header twice';
  return entries.map(([name, value]) => unsafeHeader(name, value, options)).find((reason) => reason !== undefined);
}

/** Whether a header's value is printable ASCII, so that it can't inject another header. */
export function isHeaderSafe(value: string): boolean {
  return /^[\x20-\x7e]*$/.test(value);
}

/** A body has no meaning with these methods (RFC 9110, section 9.3). */
export function isBodiless(method: HttpOperation['method']): boolean {
  return method === 'GET' || method === 'HEAD';
}

/**
 * Builds the HTTP request of an operation. Repeats the validation rules, because the request carries Backstop's
 * credentials.
 *
 * @throws UnsafeRequestError if the call would leave the dependency; BaseUrlError if its address must not be called
 */
export function buildRequest(operation: HttpOperation, settings: HttpSettings, extras: RequestExtras): HttpRequest {
  const { method, body, bodyClaim } = operation;
  const reason =
    unsafePath(operation.path, settings) ??
    unsafeHeaders(operation.headers ?? {}, settings) ??
    unacceptedCall(operation, settings) ??
    (bodyClaim ? 'must have the body that it claims' : undefined) ??
    (isBodiless(method) && body !== undefined ? 'must have no body' : undefined);
  if (reason) throw new UnsafeRequestError(`the operation ${reason}`);
  return {
    url: urlOf(operation, settings),
    method,
    headers: headersOf(operation, settings, extras),
    body: body && wireText(body),
  };
}

/** A GET of Backstop's own reads the state that a conflict is about. */
function unacceptedCall(operation: HttpOperation, { accepts = {}, conflict }: HttpSettings): string | undefined {
  const isOwnRead = operation.method === 'GET' && conflict.strategy !== 'reject';
  const field = unacceptedOperation(isOwnRead ? { paths: accepts.paths } : accepts, operation);
  return field && `must have a ${field} that the dependency accepts`;
}

function urlOf({ path, query = {} }: HttpOperation, settings: HttpSettings): URL {
  const base = baseOf(settings);
  const expected = base.pathname.replace(/\/$/, '') + path;
  const url = new URL(withoutTrailingSlashes(base.href) + path);
  if (url.origin !== base.origin || url.pathname !== expected || url.username !== '' || url.password !== '') {
    throw new UnsafeRequestError('the URL is outside the base URL of the dependency');
  }
  // URLSearchParams would encode a space as a plus sign. Servers that don't parse forms read that as a plus sign.
  url.search = Object.entries(query)
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .join('&');
  return url;
}

/** Checks the address again, because that of another construct exists only after the deployment. */
function baseOf({ name, baseUrl, privateHttp }: HttpSettings): URL {
  const problem = baseUrlProblem(baseUrl, { privateHttp });
  if (problem) throw new BaseUrlError(`the baseUrl of ${name} must ${problem}`);
  return new URL(withoutTrailingSlashes(new URL(baseUrl ?? '').href));
}

function headersOf(operation: HttpOperation, settings: HttpSettings, extras: RequestExtras): Headers {
  const headers = new Headers(operation.headers);
  const { body, ifMatch, checkpoint } = operation;
  if (body !== undefined && !isStringJson(body) && !headers.has('content-type')) {
    headers.set('content-type', 'application/json');
  }
  if (ifMatch !== undefined) headers.set('if-match', ifMatch);
  if (checkpoint !== undefined) headers.set(CHECKPOINT_HEADER, checkpointHeader(checkpoint));
  // Keep the caller's own key: the dependency recognizes the failed call by it.
  if (settings.idempotencyKeys && extras.idempotencyKey !== undefined && !headers.has('idempotency-key')) {
    headers.set('idempotency-key', extras.idempotencyKey);
  }
  if (!headers.has('accept')) headers.set('accept', '*/*');
  // A proxy that compresses an answer changes its ETag (RFC 9110, section 8.8.3.3). No write could name that version.
  headers.set('accept-encoding', 'identity');
  headers.set('user-agent', 'backstop');
  headers.set('x-correlation-id', extras.correlationId);
  if (extras.credential) headers.set(extras.credential.header, extras.credential.value);
  return headers;
}

/** A header with a credential. */
export interface Credential {
  readonly header: string;
  readonly value: string;
}
