import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createCredentials } from '../../../../lambdas/adapters/boundary/credentials.ts';
import { callDependency } from '../../../../lambdas/adapters/boundary/http-call.ts';
import { classify } from '../../../../lambdas/domain/classification/classify.ts';
import { sampleSettings } from '../../../support/samples.ts';
import { RecordingServer, status } from './recording-server.ts';

const server = new RecordingServer();

beforeAll(() => server.start());
afterAll(() => server.stop());
beforeEach(() => server.reset());

const JSON_TYPE = { 'content-type': 'application/json; charset=UTF-8' };
const AMZ_JSON = { 'content-type': 'application/x-amz-json-1.0' };
const XML = '<ErrorResponse><Error><Code>Throttling</Code><Message>MARKER</Message></Error></ErrorResponse>';
const PROBLEM = { type: 'https://api.example.test/problems/rate-limit-exceeded', title: 'MARKER' };

async function verdictOf(code: number, headers: Record<string, string>, body: object | string) {
  server.answer = status(code, headers, typeof body === 'string' ? body : JSON.stringify(body));
  const settings = sampleSettings({ name: 'shop', baseUrl: server.baseUrl, timeoutMs: 600_000 });
  const context = { idempotencyKey: 'f-1', correlationId: 'c-1', credentials: createCredentials(async () => 'x') };
  const result = await callDependency({ method: 'GET', path: '/' }, settings, context);
  if (result.kind !== 'failed') throw new Error('the call did not fail');
  // Only the masked excerpt quotes the answer. It goes into the ledger, and nowhere else.
  expect(JSON.stringify(result.error)).not.toContain('MARKER');
  return classify(result.error, { rules: [], refreshable: false, attempts: 1, now: 0 });
}

it.each<[title: string, code: number, headers: Record<string, string>, body: object | string, kind: string]>([
  [
    'a 403 of Google',
    403,
    JSON_TYPE,
    { error: { errors: [{ reason: 'rateLimitExceeded', message: 'MARKER' }] } },
    'throttled',
  ],
  ['a 403 of GitHub', 403, JSON_TYPE, { message: 'You have exceeded a secondary rate limit. MARKER' }, 'throttled'],
  ['a 403 with Retry-After', 403, { 'retry-after': '7' }, {}, 'throttled'],
  ['a 400 of AWS', 400, { 'x-amzn-errortype': 'ThrottlingException' }, { message: 'MARKER' }, 'throttled'],
  ['a 400 of Salesforce', 400, JSON_TYPE, [{ errorCode: 'UNABLE_TO_LOCK_ROW', message: 'MARKER' }], 'transient'],
  ['a 400 of DynamoDB', 400, AMZ_JSON, { __type: 'com.amazon#ThrottlingException', message: 'MARKER' }, 'throttled'],
  [
    'a 400 of SQS',
    400,
    { 'content-type': 'application/x-amz-json-1.1' },
    { __type: 'a#RequestThrottled' },
    'throttled',
  ],
  ['a 400 in XML', 400, { 'content-type': 'application/xml' }, XML, 'throttled'],
  ['a 400 in XML as text', 400, { 'content-type': 'text/xml;charset=UTF-8' }, XML, 'throttled'],
  ['a 400 with a problem', 400, { 'content-type': 'application/problem+json' }, PROBLEM, 'throttled'],
  ['a 400 with a name of data', 400, JSON_TYPE, { name: 'Duplicate-MARKER', code: 'MARKER-not-unique' }, 'permanent'],
  ['a plain 403', 403, JSON_TYPE, { error: 'MARKER', message: 'MARKER' }, 'permanent'],
  ['a plain 400', 400, JSON_TYPE, { code: 'MARKER' }, 'permanent'],
])('%s is classified by its answer, with no data in its facts', async (_title, code, headers, body, kind) => {
  const effect = kind === 'transient' ? 'unknown' : 'none';
  expect(await verdictOf(code, headers, body)).toMatchObject({ kind, effect });
});
