import type { RequestListener } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createCredentials } from '../../../../lambdas/adapters/boundary/credentials.ts';
import { callDependency } from '../../../../lambdas/adapters/boundary/http-call.ts';
import { requestSender, type SendRequest } from '../../../../lambdas/adapters/boundary/http-connection.ts';
import { sampleSettings } from '../../../support/samples.ts';
import { heldTimeLimits } from '../../../support/time-limits.ts';
import { pour, RecordingServer, status } from './recording-server.ts';

const server = new RecordingServer();

beforeAll(() => server.start());
afterAll(() => server.stop());
beforeEach(() => server.reset());

/** @param onHead Runs when the status has arrived, but possibly no body. */
function call(keepBody?: boolean, onHead = () => {}) {
  const credentials = createCredentials(async () => 'secret');
  const context = { idempotencyKey: 'f-1', correlationId: 'c-1', credentials, keepBody };
  const send = requestSender();
  const sendRequest: SendRequest = async (...args) => {
    const response = await send(...args);
    onHead();
    return response;
  };
  const settings = sampleSettings({ baseUrl: server.baseUrl, timeoutMs: 600_000 });
  return callDependency({ method: 'GET', path: '/orders' }, settings, { ...context, sendRequest });
}

const oneOfTen: RequestListener = (_, response) =>
  void response.writeHead(200, { ...text, 'content-length': '10' }).write('x');

const text = { 'content-type': 'text/plain' };

describe('the body of a success', () => {
  it.each([
    'application/json',
    'application/json; charset=utf-8',
    'application/problem+json',
    'application/vnd.shop.v2+json',
    'text/plain',
    'Text/HTML; charset=UTF-8',
  ])('is passed on unchanged on request: %s', async (contentType) => {
    server.answer = status(200, { 'content-type': contentType }, '{"total":12345678901234567890,"name":"Zoë"}');
    expect(await call(true)).toEqual({
      kind: 'ok',
      statusCode: 200,
      body: { contentType, text: '{"total":12345678901234567890,"name":"Zoë"}' },
    });
  });

  it('stays behind where nobody asks for it', async () => {
    server.answer = status(200, text, 'open');
    expect(await call()).toEqual({ kind: 'ok', statusCode: 200 });
  });

  it('of 64 KiB comes along', async () => {
    server.answer = status(200, text, 'x'.repeat(65_536));
    expect(await call(true)).toMatchObject({ body: { text: 'x'.repeat(65_536) } });
  });

  it.each<[string, RequestListener]>([
    ['is too long', status(200, text, 'x'.repeat(65_537))],
    ['never ends', (_, response) => pour(response.writeHead(200, text))],
    ['is of another type', status(200, { 'content-type': 'image/png' }, 'open')],
    ['is of no type', status(200, {}, 'open')],
    ['is not UTF-8', (_, response) => void response.writeHead(200, text).end(Buffer.from([0xff, 0xfe]))],
    ['may not be stored', status(200, { ...text, 'cache-control': 'private, No-Store' }, 'open')],
  ])('stays behind where it %s, and the call has succeeded all the same', async (_, answer) => {
    server.answer = answer;
    expect(await call(true)).toEqual({ kind: 'ok', statusCode: 200 });
  });

  it('stays behind where it breaks off', async () => {
    server.answer = oneOfTen;
    expect(await call(true, () => server.hangUp())).toEqual({ kind: 'ok', statusCode: 200 });
  });

  it('stays behind where it drags on, and the call ends in time', async () => {
    const limits = heldTimeLimits();
    server.answer = oneOfTen;
    expect(await call(true, () => limits.expire())).toEqual({ kind: 'ok', statusCode: 200 });
  });

  it('of a failure stays behind, but for a masked excerpt', async () => {
    server.answer = status(500, text, 'MARKER');
    const { excerpt, ...facts } = Object(await call(true));
    expect(excerpt).toBe('MARKER');
    expect(JSON.stringify(facts)).not.toContain('MARKER');
  });
});
