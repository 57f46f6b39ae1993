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

async function verdictOf(code: number, headers: Record<string, string>, body: object) {
  server.answer = status(code, headers, JSON.stringify(body));
  const settings = sampleSettings({ name: 'shop', baseUrl: server.baseUrl, timeoutMs: 600_000 });
  const context = { idempotencyKey: 'f-1', correlationId: 'c-1', credentials: createCredentials(async () => 'x') };
  const result = await callDependency({ method: 'GET', path: '/' }, settings, context);
  if (result.kind !== 'failed') throw new Error('the call did not fail');
  expect(JSON.stringify(result)).not.toContain('MARKER');
  return classify(result.error, { rules: [], refreshable: false, attempts: 1, now: 0 });
}

it.each<[title: string, code: number, headers: Record<string, string>, body: object, kind: string]>([
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
  ['a plain 403', 403, JSON_TYPE, { error: 'MARKER', message: 'MARKER' }, 'permanent'],
  ['a plain 400', 400, JSON_TYPE, { code: 'MARKER' }, 'permanent'],
])('%s is judged by its answer, of which no data is kept', async (_title, code, headers, body, kind) => {
  const effect = kind === 'transient' ? 'unknown' : 'none';
  expect(await verdictOf(code, headers, body)).toMatchObject({ kind, effect });
});
