import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { refusingRule } from '../../lambdas/contract/header-names.ts';
import { failureMistakes, parseLaneMessage } from '../../lambdas/domain/boundary/failure-event.ts';
import { classify } from '../../lambdas/domain/classification/classify.ts';
import { SCHEMAS } from '../../tools/schemas/schemas.ts';

const ROOT = join(import.meta.dirname, '../..');
const hasPython = spawnSync('python3', ['-c', 'import sys; sys.exit(sys.version_info < (3, 9))']).status === 0;
const title = hasPython ? 'the example in Python' : 'the example in Python (skipped: no python3 of 3.9 or later)';

/** Runs the example once for all reports and names of headers. Errors are expressions of Python. */
const HARNESS = `
import json, sys, types, urllib.error
import backstop_report as b
given = json.load(sys.stdin)
def answered(status, **headers):
    error = type("HTTPError", (OSError,), {})("MARKER refused")
    error.response = types.SimpleNamespace(status_code=status, headers=headers)
    return error
def client_error(code, status):
    error = type("ClientError", (Exception,), {})("refused")
    error.response = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status, "HTTPHeaders": {}}}
    return error
def wrapped(cause):
    error = type("ConnectionError", (OSError,), {})("MARKER")
    error.__cause__ = cause
    return error
def outcome(report):
    try:
        entries = []
        b.report_failure(eval(report["error"]), bus="bus", put=entries.append, **report["fields"])
        return {"detail": entries[0]["Detail"], "type": entries[0]["DetailType"]}
    except b.InvalidReport as error:
        return {"mistakes": error.mistakes}
print(json.dumps({"reports": [outcome(each) for each in given["reports"]], "refused": [n for n in given["names"] if b.is_refused_header(n)]}))
`;

interface Report {
  readonly error: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

type Outcome = { readonly detail: string; readonly mistakes?: undefined } | { readonly mistakes: readonly string[] };

function python(reports: readonly Report[], names: readonly string[] = []) {
  const env = { ...process.env, PYTHONPATH: join(ROOT, 'examples/python') };
  const input = JSON.stringify({ reports, names });
  const { stdout, stderr } = spawnSync('python3', ['-B', '-c', HARNESS], { input, env, encoding: 'utf8' });
  if (stdout === '') throw new Error(stderr);
  const written: { readonly reports: readonly Outcome[]; readonly refused: readonly string[] } = JSON.parse(stdout);
  return written;
}

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
  ['ConnectionRefusedError(111, "refused")', 'transient', 'none', {}],
  // What wraps a proof may be about another call.
  ['wrapped(ConnectionRefusedError(111, "refused"))', 'transient', 'unknown', { undo: UNDO, priority: 'P1' }],
  ['urllib.error.URLError(ConnectionRefusedError(111, "x"))', 'transient', 'unknown', { fallback: 'none' }],
  ['urllib.error.HTTPError("u", 503, "x", {}, None)', 'transient', 'unknown', { correlation_id: 'trace-1' }],
  ['TimeoutError("timed out")', 'transient', 'unknown', { operation: { method: 'GET', path: '/a%2Fb' } }],
];

describe.skipIf(!hasPython)(title, () => {
  it('reports what schema and lane accept, and the rules judge', () => {
    const { reports } = python(GOOD.map(([error, , , fields]) => ({ error, fields: { ...VALID, ...fields } })));
    const found = reports.map((report, index) => {
      if (report.mistakes) return report;
      const detail = JSON.parse(report.detail);
      const options = { ...OPTIONS, takesEncodedSlashes: () => true };
      const { kind, effect } = classify(detail.error, { rules: [], refreshable: false, attempts: 0, now: 0 });
      const parsed = parseLaneMessage(report.detail, options);
      return [GOOD[index]?.[0], kind, effect, schemaAccepts(detail), parsed.kind];
    });
    expect(found).toEqual(GOOD.map(([error, kind, effect]) => [error, kind, effect, true, 'failure']));
  });

  it('leaves out credentials, and cookies of the answer', () => {
    const { reports } = python(
      GOOD.slice(0, 2).map(([error, , , fields]) => ({ error, fields: { ...VALID, ...fields } })),
    );
    const [first, second] = reports.map((report) => JSON.parse(report.mistakes ? '{}' : report.detail));
    expect(first.error.headers).toEqual({ 'retry-after': '20' });
    expect(second.operation.headers).toEqual({ 'x-shop': 'eu' });
  });

  it('sends a body as text that a parser would round', () => {
    const fields = { ...VALID, operation: { body: [2 ** 60] } };
    const [report] = python([{ error: 'ValueError()', fields }]).reports;
    const detail = JSON.parse(report?.mistakes ? '{}' : (report?.detail ?? ''));
    expect(detail.operation.body).toBe('[1152921504606847000]');
    expect(detail.operation.headers).toEqual({ 'content-type': 'application/json' });
  });

  it('names all mistakes at once, each field as the lane does', () => {
    const operation = {
      method: 'GET',
      path: '/../x',
      query: { a: 1 },
      ifMatch: 'a\nb',
      headers: { 'x a': 'b' },
    };
    const undo = [{ name: '' }, { name: 's', dependency: 'd', operation: {}, undoes: 'x' }];
    const bad = { id: 'a/b', dependency: 'x'.repeat(129), tenant: 'a b', priority: 'P4', fallback: '' };
    const fields = { ...bad, operation, undo, correlation_id: 'a b' };
    const [report] = python([{ error: 'ValueError()', fields }]).reports;
    const { correlation_id: correlationId, ...others } = fields;
    const steps = [undo[0], { ...undo[1], operation: { method: 'POST', path: '/' } }];
    const detail = { ...others, undo: steps, correlationId, occurredAt: '2026-03-01T12:00:00Z', error: {} };
    const paths = failureMistakes(JSON.stringify(detail), {}, OPTIONS).map(({ path }) => path);
    const named = report?.mistakes?.map((mistake) => mistake.split(' ')[0]) ?? [];
    expect(named.toSorted()).toEqual(paths.toSorted());
  });

  it('refuses to go without an id', () => {
    const { id: _, ...fields } = VALID;
    expect(() => python([{ error: 'ValueError()', fields }])).toThrow("keyword-only argument: 'id'");
  });

  it('knows the refused headers as the lane does', () => {
    const source = readFileSync(join(ROOT, 'lambdas/contract/header-names.ts'), 'utf8');
    const listed = [...source.matchAll(/^ {2}'([a-z0-9-]+)',$/gm)].map(([, name = '']) => name);
    expect(listed.length).toBeGreaterThan(100);
    const names = listed.flatMap((name) => [
      name,
      name.toUpperCase(),
      name.replaceAll('-', '_'),
      `${name}z`,
      `y-${name}-z`,
    ]);
    expect(python([], names).refused).toEqual(names.filter((name) => refusingRule(name) !== undefined));
  });
});
