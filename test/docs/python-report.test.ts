import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { bodyClaimer } from '../../lambdas/adapters/boundary/claimed-body.ts';
import { refusingRule } from '../../lambdas/contract/header-names.ts';
import { failureMistakes, parseLaneMessage } from '../../lambdas/domain/boundary/failure-event.ts';
import { classify } from '../../lambdas/domain/classification/classify.ts';
import { SCHEMAS } from '../../tools/schemas/schemas.ts';

const ROOT = join(import.meta.dirname, '../..');
/** Runs the example once for all reports and names of headers. Errors are expressions of Python. */
const HARNESS = `
import importlib, json, os, socket, sys, types, urllib.error
if sys.version_info < (3, 9): sys.exit()
import backstop_report as b
given = json.load(sys.stdin)
os.environ["BACKSTOP_REPORTS"] = '{"bucket": "the-bucket"}'
def answered(status, **headers):
    error = type("HTTPError", (OSError,), {})("MARKER refused")
    error.response = types.SimpleNamespace(status_code=status, headers=headers)
    return error
def client_error(code, status, **more):
    error = type("ClientError", (Exception,), {})("refused")
    error.response = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status, "HTTPHeaders": {}, **more}}
    return error
def after(history, raw=None):
    error = answered(429)
    error.response.history, error.response.raw = history, raw
    return error
def wrapped(cause):
    error = type("ConnectionError", (OSError,), {})("MARKER")
    error.__cause__ = cause
    return error
def caught(work):
    try:
        work()
    except Exception as error:
        return error
def refused_by(client):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        return caught(lambda: client.get("http://127.0.0.1:%d" % closed.getsockname()[1], timeout=9))
def answered_by(client):
    if client.__name__ == "httpx":
        response = client.Response(503, request=client.Request("POST", "http://x"))
    else:
        response = client.Response()
        response.status_code = 503
    return caught(response.raise_for_status)
def outcome(report):
    try:
        entries, stored = [], []
        keep_body = lambda *given: stored.append([*given[:2], given[2].decode()])
        b.report_failure(eval(report["error"]), bus="bus", put=entries.append, store=keep_body, **report["fields"])
        return {"detail": entries[0]["Detail"], "type": entries[0]["DetailType"], "stored": stored}
    except b.InvalidReport as error:
        return {"mistakes": error.mistakes}
    except ModuleNotFoundError as error:
        return {"mistakes": [], "missing": error.name}
    except TypeError as error:
        return {"mistakes": [str(error)]}
print(json.dumps({"reports": [outcome(each) for each in given["reports"]], "refused": [n for n in given["names"] if b.is_refused_header(n)]}))
`;

type Outcome =
  | { readonly detail: string; readonly stored: readonly (readonly string[])[]; readonly mistakes?: undefined }
  | { readonly mistakes: readonly string[]; readonly missing?: string };

const VALID = { dependency: 'payments', id: 'order-1-charge', operation: { path: '/charges', body: { amount: 1 } } };
const OPTIONS = { dependency: 'payments', now: Date.now(), retentionMs: 30 * 86_400_000 };
const schemaAccepts = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(SCHEMAS['operation-failed'] ?? {});

const UNDO = [
  { name: 'reserve', dependency: 'stock', operation: { method: 'DELETE', path: '/reservations/1' } },
  { name: 'tell', dependency: 'mail', kind: 'queue', operation: { body: 'text' }, undoes: 'operation' },
];
const HEADERS = { Authorization: 'MARKER', Cookie: 'MARKER', 'x-shop': 'eu' };
/** The error, the verdict on it, whether the call may have had an effect, and further fields. */
const GOOD: readonly (readonly [string, string, string, object])[] = [
  ['answered(503, **{"Retry-After": "20", "Set-Cookie": "MARKER"})', 'throttled', 'unknown', {}],
  ['answered(429)', 'throttled', 'none', { operation: { ...VALID.operation, headers: HEADERS } }],
  ['answered(422)', 'permanent', 'none', { operation: { body: 'a text' } }],
  ['client_error("ThrottlingException", 400)', 'throttled', 'none', { kind: 'lambda', tenant: 'acme' }],
  ['client_error("ThrottlingException", 400, RetryAttempts=0)', 'throttled', 'none', {}],
  // An earlier try may have taken effect, and so may the call that was redirected.
  ['client_error("ThrottlingException", 400, RetryAttempts=2)', 'throttled', 'unknown', {}],
  ['after([1])', 'throttled', 'unknown', {}],
  ['after([], types.SimpleNamespace(retries=types.SimpleNamespace(history=(1, 2))))', 'throttled', 'unknown', {}],
  ['ConnectionRefusedError(111, "refused")', 'transient', 'unknown', {}],
  ['ConnectionRefusedError(111, "refused")', 'transient', 'none', { attempts: 1 }],
  // What wraps a proof may be about another call.
  ['wrapped(ConnectionRefusedError(111, "refused"))', 'transient', 'unknown', { undo: UNDO, priority: 'P1' }],
  ['urllib.error.URLError(ConnectionRefusedError(111, "x"))', 'transient', 'unknown', { fallback: 'none' }],
  ['urllib.error.HTTPError("u", 503, "x", {}, None)', 'transient', 'unknown', { correlation_id: 'trace-1' }],
  ['TimeoutError("timed out")', 'transient', 'unknown', { operation: { method: 'GET', path: '/a%2Fb' } }],
];

const OPERATION = {
  method: 'GET',
  path: '/../x',
  query: { a: 1 },
  ifMatch: 'a\nb',
  headers: { 'x a': 'b' },
};
/** What real clients throw where nobody listens, and for a 503. */
const REAL = ['requests', 'httpx'].flatMap((client) =>
  ['refused_by', 'answered_by'].map((how) => [client, `${how}(importlib.import_module("${client}"))`] as const),
);
const BAD = {
  id: 'a/b',
  dependency: 'x'.repeat(129),
  tenant: 'a b',
  priority: 'P4',
  fallback: '',
  operation: OPERATION,
  undo: [{ name: '' }, { name: 's', dependency: 'd', operation: { method: 'POST', path: '/' }, undoes: 'x' }],
};
const LARGE = { note: `ä${'x'.repeat(70_000)}` };
const { id: _, ...WITHOUT_ID } = VALID;
const REPORTS = {
  good: GOOD.map(([error, , , fields]) => ({ error, fields: { ...VALID, ...fields } })),
  real: REAL.map(([, error]) => ({ error, fields: VALID })),
  rounded: [{ error: 'ValueError()', fields: { ...VALID, operation: { body: [2 ** 60] } } }],
  bad: [
    { error: 'ValueError()', fields: { ...BAD, correlation_id: 'a b' } },
    { error: 'ValueError()', fields: WITHOUT_ID },
    { error: 'ValueError()', fields: { ...VALID, operation: { body: 'x'.repeat(5_242_879) } } },
  ],
  large: [
    {
      error: 'answered(503)',
      fields: {
        ...VALID,
        tenant: 'acme',
        operation: { path: '/notes', body: LARGE },
        undo: [{ name: 's', dependency: 'stock', operation: { path: '/', body: 'x'.repeat(70_000) } }],
      },
    },
  ],
};
/** Names of headers: each word of the lane's lists, and what looks like it. */
const NAMES = [
  ...readFileSync(join(ROOT, 'lambdas/contract/header-names.ts'), 'utf8').matchAll(/^ {2}'([a-z0-9-]+)',$/gm),
]
  .map(([, name = '']) => name)
  .flatMap((name) => [name, name.toUpperCase(), name.replaceAll('-', '_'), `${name}z`, `y-${name}-z`]);

/**
 * Runs the example once for all tests, since a start of Python takes long. Undefined without a Python of 3.9 or later.
 */
function python(): { readonly reports: readonly Outcome[]; readonly refused: readonly string[] } | undefined {
  const { good, real, rounded, bad, large } = REPORTS;
  const { stdout, stderr, error } = spawnSync('python3', ['-B', '-c', HARNESS], {
    env: { ...process.env, PYTHONPATH: join(ROOT, 'examples/python') },
    input: JSON.stringify({ reports: [...good, ...real, ...rounded, ...bad, ...large], names: NAMES }),
    encoding: 'utf8',
  });
  if (error || (stdout === '' && stderr === '')) return undefined;
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout);
}

const written = python();
const title = written ? 'the example in Python' : 'the example in Python (skipped: no python3 of 3.9 or later)';

describe.skipIf(written === undefined)(title, () => {
  const { reports, refused } = written ?? { reports: [], refused: [] };
  const details = reports.map((report) => ('detail' in report ? report.detail : ''));
  const mistakes = reports.map((report) => ('mistakes' in report ? report.mistakes : []));
  const rounded = GOOD.length + REAL.length;

  it.each(GOOD.map(([error, kind, effect], index) => [error, kind, effect, index] as const))(
    'reports what schema and lane accept, and the rules judge: %s is %s, effect %s',
    (_error, kind, effect, index) => {
      const text = details[index] ?? '';
      expect(mistakes[index]).toEqual([]);
      const detail = JSON.parse(text);
      expect([
        schemaAccepts(detail),
        parseLaneMessage(text, { ...OPTIONS, takesEncodedSlashes: () => true }).kind,
      ]).toEqual([true, 'failure']);
      const reported = { rules: [], refreshable: false, attempts: 0, isReported: true, now: 0 };
      expect(classify(detail.error, reported)).toMatchObject({
        kind,
        effect,
      });
    },
  );

  for (const [index, [client, error]] of REAL.entries()) {
    const report = reports[GOOD.length + index];
    const isMissing = report !== undefined && 'missing' in report;
    it.skipIf(isMissing)(`reads what ${client} throws${isMissing ? ' (skipped: not installed)' : ''}: ${error}`, () => {
      const detail = JSON.parse(details[GOOD.length + index] ?? '');
      expect(schemaAccepts(detail)).toBe(true);
      expect(classify(detail.error, { rules: [], refreshable: false, attempts: 0, now: 0 }).kind).toBe('transient');
    });
  }

  it('leaves out credentials, and cookies of the answer', () => {
    const [first, second] = details.slice(0, 2).map((detail) => JSON.parse(detail));
    expect(first.error.headers).toEqual({ 'retry-after': '20' });
    expect(second.operation.headers).toEqual({ 'x-shop': 'eu' });
  });

  it('sends a body as text that a parser would round', () => {
    const { operation } = JSON.parse(details[rounded] ?? '');
    expect(operation.body).toBe('[1152921504606847000]');
    expect(operation.headers).toEqual({ 'content-type': 'application/json' });
  });

  it('names all mistakes at once, each field as the lane does', () => {
    const detail = { ...BAD, correlationId: 'a b', occurredAt: '2026-03-01T12:00:00Z', error: {} };
    const paths = failureMistakes(JSON.stringify(detail), {}, OPTIONS).map(({ path }) => path);
    const named = (mistakes[rounded + 1] ?? []).map((mistake) => mistake.split(' ')[0]);
    expect(named.toSorted()).toEqual(paths.toSorted());
  });

  it('puts large bodies into the bucket, and claims them so that the lane accepts it', async () => {
    const report = reports.at(-1);
    if (!report || 'mistakes' in report) throw new Error(JSON.stringify(report));
    const { stored, detail } = report;
    expect(stored.map(([bucket, key]) => [bucket, key?.replace(/[^/]+$/, '')])).toEqual([
      ['the-bucket', 'bodies/payments/t-acme/'],
      ['the-bucket', 'bodies/stock/t-acme/'],
    ]);
    const parsed = parseLaneMessage(detail, OPTIONS);
    if (parsed.kind !== 'failure') throw new Error(JSON.stringify(parsed));
    expect(schemaAccepts(JSON.parse(detail))).toBe(true);
    const claim = bodyClaimer(async (key) => Buffer.from(stored.find((each) => each[1] === key)?.[2] ?? ''));
    const { body } = await claim(parsed.failure.operation);
    expect(JSON.parse(body ?? '')).toEqual(LARGE);
  });

  it('refuses a body that is too large for the bucket', () => {
    expect(mistakes.at(-2)).toEqual(['operation.body must have at most 5242880 bytes as JSON']);
  });

  it('refuses to go without an id', () => {
    expect(mistakes[rounded + 2]).toEqual([expect.stringContaining("keyword-only argument: 'id'")]);
  });

  it('knows the refused headers as the lane does', () => {
    expect(NAMES.length).toBeGreaterThan(500);
    expect(refused).toEqual(NAMES.filter((name) => refusingRule(name) !== undefined));
  });
});
