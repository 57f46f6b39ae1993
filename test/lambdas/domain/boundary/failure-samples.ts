import type { Failure } from '../../../../lambdas/contract/failure.ts';
import { json } from '../../../support/json.ts';

/** Part of every value that an answer must not repeat. */
export const SECRET = 'MARKER';
const DAY_MS = 86_400_000;
export const NOW = Date.parse('2026-03-01T12:00:00Z');
export const OPTIONS = { dependency: 'shop', now: NOW, retentionMs: 30 * DAY_MS };

/** A failure with every field. */
export const FAILURE: Failure = {
  version: 1,
  id: 'order-42',
  correlationId: 'c-1',
  dependency: 'shop',
  tenant: 'acme',
  priority: 'P1',
  occurredAt: '2026-03-01T11:59:00.123Z',
  operation: {
    method: 'PUT',
    path: '/orders/42',
    query: { constructor: 'a', expand: 'lines' },
    headers: { 'idempotency-key': 'k-1', 'if-match': '"v1"' },
    body: json({ amount: 12.5, lines: [{ sku: 'x', text: '\u00e4 \ud83d\ude00' }] }),
    resourceId: 'order/42',
    ifMatch: '"v1"',
    base: json({ amount: 10 }),
    checkpoint: 'page=3',
  },
  error: {
    name: 'HttpError',
    message: 'failed',
    code: 'ECONNRESET',
    statusCode: 503,
    headers: { 'retry-after': '5' },
    stack: 'at x',
  },
  undo: [{ name: 'reserve', dependency: 'stock', operation: { method: 'DELETE', path: '/reservations/1' } }],
  fallback: 'cached',
};
/** Only the required fields. */
export const SMALLEST = {
  id: 'order-42',
  correlationId: 'c-1',
  dependency: 'shop',
  occurredAt: '2026-03-01T12:00:00.000Z',
  operation: { method: 'GET', path: '/orders' },
  error: { statusCode: 503 },
};

/** The failure with one changed field. An undefined value removes the field. */
export function changed(path: string, value: unknown): unknown {
  const copy: Record<string, unknown> = structuredClone({ ...FAILURE });
  const keys = path.split('.');
  const last = keys.pop() ?? '';
  const parent = keys.reduce((node: unknown, key) => (node as Record<string, unknown>)[key], copy);
  (parent as Record<string, unknown>)[last] = value;
  return copy;
}

const LONG = SECRET.repeat(3_000);
const STEP = { name: 's', dependency: 'stock', operation: { method: 'DELETE', path: '/x' } };

const CLAIM = { key: 'bodies/shop/t-acme/0123456789abcdef', sha256: '0a'.repeat(32), bytes: 70_000 };
/** An operation whose body is in the bucket. */
export const claiming = (change: object = {}, method = 'POST') => ({
  method,
  path: '/orders',
  bodyClaim: { ...CLAIM, ...change },
});

/** What is wrong with an operation that claims a body, the operation, the field, and the expected code. */
export const BAD_CLAIMS: readonly (readonly [string, object, string, string])[] = [
  ['with GET', claiming({}, 'GET'), '', 'invalid-field'],
  ['as a text', { method: 'POST', path: '/', bodyClaim: SECRET }, '', 'invalid-field'],
  ['of a URL', claiming({ key: `https://${SECRET}.test/x` }), '.key', 'invalid-field'],
  ['outside of the prefix', claiming({ key: '../0123456789abcdef' }), '.key', 'invalid-field'],
  ['that climbs', claiming({ key: 'bodies/shop/t-acme/../0123456789abcdef' }), '.key', 'invalid-field'],
  ['with a name that can be guessed', claiming({ key: 'bodies/shop/t-acme/1' }), '.key', 'invalid-field'],
  ['of another dependency', claiming({ key: 'bodies/stock/t-acme/0123456789abcdef' }), '.key', 'not-accepted'],
  ['of another tenant', claiming({ key: 'bodies/shop/t-acm/0123456789abcdef' }), '.key', 'not-accepted'],
  ['of no tenant', claiming({ key: 'bodies/shop/-/0123456789abcdef' }), '.key', 'not-accepted'],
  ['of nothing', claiming({ bytes: 0 }), '.bytes', 'invalid-field'],
  ['of too much', claiming({ bytes: 5_242_881 }), '.bytes', 'invalid-field'],
  ['without a digest', claiming({ sha256: undefined }), '.sha256', 'invalid-field'],
  ['with a digest in capitals', claiming({ sha256: '0A'.repeat(32) }), '.sha256', 'invalid-field'],
];

/** The mistake, the field, its value, and the expected code. */
export const BAD_FIELDS: readonly (readonly [string, string, unknown, string])[] = [
  ['another version', 'version', 3, 'unknown-version'],
  ['a version as text', 'version', SECRET, 'unknown-version'],
  ['no id', 'id', undefined, 'invalid-field'],
  ['null for an id', 'id', null, 'invalid-field'],
  ['a number for an id', 'id', 42, 'invalid-field'],
  ['an empty id', 'id', '', 'invalid-field'],
  ['an id with a slash', 'id', `${SECRET}/x`, 'invalid-field'],
  ['an id that starts with a dot', 'id', `.${SECRET}`, 'invalid-field'],
  ['an id with a line end', 'id', `${SECRET}\n`, 'invalid-field'],
  ['an id that is too long', 'id', 'x'.repeat(65), 'invalid-field'],
  ['no correlation id', 'correlationId', undefined, 'invalid-field'],
  ['a correlation id with a space', 'correlationId', `${SECRET} x`, 'invalid-field'],
  ['a correlation id with a line end', 'correlationId', `${SECRET}\r\n`, 'invalid-field'],
  ['a correlation id that is too long', 'correlationId', 'x'.repeat(129), 'invalid-field'],
  ['a correlation id beyond ASCII', 'correlationId', `${SECRET}\u00e9`, 'invalid-field'],
  ['no dependency', 'dependency', undefined, 'invalid-field'],
  ['an object for a dependency', 'dependency', { SECRET }, 'invalid-field'],
  ['an unknown dependency', 'dependency', SECRET, 'wrong-dependency'],
  ["a dependency that is an object's own member", 'dependency', '__proto__', 'wrong-dependency'],
  ['a tenant with a space', 'tenant', `${SECRET} x`, 'invalid-field'],
  ['an unknown priority', 'priority', SECRET, 'invalid-field'],
  ['no time', 'occurredAt', undefined, 'invalid-field'],
  ['a number for a time', 'occurredAt', NOW, 'invalid-field'],
  ['a time without its offset', 'occurredAt', '2026-03-01T12:00:00', 'invalid-field'],
  ['a date without a time', 'occurredAt', '2026-03-01', 'invalid-field'],
  ['a time that does not exist', 'occurredAt', '2026-13-01T12:00:00Z', 'invalid-field'],
  ['a time too far ahead', 'occurredAt', '2026-03-02T12:00:00.001Z', 'invalid-field'],
  ['a time too long ago', 'occurredAt', '2026-01-30T11:59:59.999Z', 'too-old'],
  ['no operation', 'operation', undefined, 'invalid-field'],
  ['a text for an operation', 'operation', SECRET, 'invalid-field'],
  ['an array for an operation', 'operation', [SECRET], 'invalid-field'],
  ['no method', 'operation.method', undefined, 'invalid-field'],
  ['an unknown method', 'operation.method', 'CONNECT', 'invalid-field'],
  ['a method in lower case', 'operation.method', 'get', 'invalid-field'],
  ['no path', 'operation.path', undefined, 'invalid-field'],
  ['a number for a path', 'operation.path', 1, 'invalid-field'],
  ['a path that names a host', 'operation.path', `//${SECRET}.test/`, 'unsafe-path'],
  ['a path that climbs', 'operation.path', `/../${SECRET}`, 'unsafe-path'],
  ['a path that climbs, encoded', 'operation.path', `/%2e%2E/${SECRET}`, 'unsafe-path'],
  ['a path that climbs, encoded twice', 'operation.path', `/%252e%252e/${SECRET}`, 'unsafe-path'],
  ['an encoded slash', 'operation.path', `/..%2F${SECRET}`, 'unsafe-path'],
  ['a backslash', 'operation.path', `/\\${SECRET}`, 'unsafe-path'],
  ['an absolute URL', 'operation.path', `https://${SECRET}.test/`, 'unsafe-path'],
  ['a query in the path', 'operation.path', `/x?${SECRET}`, 'unsafe-path'],
  ['a line end in the path', 'operation.path', `/x\r\n${SECRET}`, 'unsafe-path'],
  ['half a surrogate pair in the path', 'operation.path', `/${SECRET}\ud800`, 'unsafe-path'],
  ['a path that is too long', 'operation.path', `/${LONG}`, 'unsafe-path'],
  ['a text for a query', 'operation.query', SECRET, 'invalid-field'],
  ['a query of arrays', 'operation.query', { [SECRET]: [SECRET] }, 'invalid-field'],
  ['a query that is too long', 'operation.query', { [SECRET]: LONG }, 'invalid-field'],
  ['half a surrogate pair in the query', 'operation.query', { [SECRET]: `${SECRET}\ud800` }, 'invalid-field'],
  ['an array of headers', 'operation.headers', [SECRET], 'invalid-field'],
  ['a header that is a number', 'operation.headers', { [SECRET]: 1 }, 'invalid-field'],
  ['CR and LF in a header', 'operation.headers', { 'x-a': `${SECRET}\r\nhost: x` }, 'unsafe-header'],
  ['LF in a header', 'operation.headers', { 'x-a': `${SECRET}\n` }, 'unsafe-header'],
  ['NUL in a header', 'operation.headers', { 'x-a': `${SECRET}\0` }, 'unsafe-header'],
  ['CR and LF in a header name', 'operation.headers', { [`x-a\r\n${SECRET}`]: 'x' }, 'unsafe-header'],
  ['a Host header', 'operation.headers', { Host: SECRET }, 'unsafe-header'],
  ['an Authorization header', 'operation.headers', { Authorization: SECRET }, 'unsafe-header'],
  ['a hop-by-hop header', 'operation.headers', { 'Transfer-Encoding': 'chunked' }, 'unsafe-header'],
  ['a header given twice', 'operation.headers', { 'x-a': SECRET, 'X-A': SECRET }, 'unsafe-header'],
  ['headers that are too long', 'operation.headers', { 'x-a': LONG }, 'unsafe-header'],
  ['half a surrogate pair in a text to send', 'operation.body', `${SECRET}\udc00`, 'invalid-field'],
  ['a claim beside a body', 'operation.bodyClaim', CLAIM, 'invalid-field'],
  ['a number for a resource', 'operation.resourceId', 7, 'invalid-field'],
  ['a resource that is too long', 'operation.resourceId', LONG, 'invalid-field'],
  ['a line end in If-Match', 'operation.ifMatch', `${SECRET}\r\nhost: x`, 'invalid-field'],
  ['an object for a checkpoint', 'operation.checkpoint', { SECRET }, 'invalid-field'],
  ['half a surrogate pair in a checkpoint', 'operation.checkpoint', `${SECRET}\ud800`, 'invalid-field'],
  ['no error', 'error', undefined, 'invalid-field'],
  ['an object for the undo steps', 'undo', { SECRET }, 'invalid-field'],
  ['too many undo steps', 'undo', Array(51).fill(STEP), 'invalid-field'],
  ['an undo step without a name', 'undo.0.name', undefined, 'invalid-field'],
  ['an undo step that undoes what nobody knows', 'undo.0.undoes', SECRET, 'invalid-field'],
  ['two undo steps for the operation', 'undo', Array(2).fill({ ...STEP, undoes: 'operation' }), 'invalid-field'],
  ['an undo step that leaves its dependency', 'undo.0.operation.path', `//${SECRET}`, 'unsafe-path'],
  ['an undo step that smuggles', 'undo.0.operation.headers', { Cookie: SECRET }, 'unsafe-header'],
  ['an object for a fallback', 'fallback', { SECRET }, 'invalid-field'],
];
