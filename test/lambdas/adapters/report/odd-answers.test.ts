import type { AddressInfo } from 'node:net';
import { createServer, type Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { backstop, memoryReports, ReportedError } from '../../../../lambdas/adapters/report/library.ts';
import { PAYMENTS } from './report-scene.ts';

let server: Server | undefined;
afterEach(() => void server?.close());

/** Answers each connection with these bytes. @returns the address */
async function raw(bytes: Buffer): Promise<string> {
  server = createServer((socket) => {
    socket.once('data', () => socket.end(bytes));
    socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** How a call ends whose `fetch` gives this answer. */
async function endOf(answer: () => Promise<Response>) {
  const reports = memoryReports({ payments: PAYMENTS });
  const client = backstop('payments', { reports, fetch: answer });
  const error = await client.fetch('/charges', { id: 'order-1', body: {} }).catch((thrown: unknown) => thrown);
  // A report has the failed call as its cause.
  const failed = error instanceof ReportedError ? error.cause : error;
  return { error, failed, sent: reports.sent };
}

/** An answer that the constructor of `Response` takes no part of. */
function answer(status: number, statusText: string, text = '{"why":"no"}', headers = new Headers()): Response {
  const facts = { status, statusText, headers, ok: false };
  const values = Object.entries(facts).map(([name, value]) => [name, { value }] as const);
  return Object.defineProperties(new Response(text), Object.fromEntries(values));
}

describe('an answer with an odd reason phrase', () => {
  it.each([
    ['UTF-8', Buffer.from('HTTP/1.1 400 Неверный запрос\r\ncontent-length: 2\r\n\r\nno')],
    ['Latin-1', Buffer.from('HTTP/1.1 400 Ung\u00fcltig\r\ncontent-length: 2\r\n\r\nno', 'latin1')],
    ['ASCII', Buffer.from('HTTP/1.1 400 Bad Request\r\ncontent-length: 2\r\n\r\nno')],
  ])('is the answer that it is: in %s', async (_, bytes) => {
    const url = await raw(bytes);
    const { error, sent } = await endOf(() => fetch(url, { method: 'POST' }));
    expect(error).toMatchObject({ name: 'CallFailedError', statusCode: 400 });
    const { response } = error as { response: Response };
    expect([response.status, response.ok, await response.clone().text(), await response.text()]).toEqual([
      400,
      false,
      'no',
      'no',
    ]);
    expect(sent).toEqual([]);
  });
});

describe('an answer that the constructor of Response refuses', () => {
  it.each([
    [101, 'Switching Protocols'],
    [103, 'Early Hints'],
    [205, 'Reset Content'],
    [999, 'Request denied'],
    [600, 'Odd'],
    [400, 'line\nbreak'],
    [451, '不可'],
  ])('%i %j keeps its facts and its body', async (status, statusText) => {
    const headers = new Headers({ 'content-type': 'application/json', 'x-why': 'no' });
    const { failed } = await endOf(async () => answer(status, statusText, undefined, headers));
    expect(failed).toMatchObject({ statusCode: status, response: { status, statusText, ok: false } });
    const { response } = failed as { response: Response };
    expect([response.headers.get('x-why'), await response.clone().json(), await response.json()]).toEqual([
      'no',
      { why: 'no' },
      { why: 'no' },
    ]);
  });

  it.each([503, 429])('is reported as the answer that it is: %i', async (status) => {
    const { error, sent } = await endOf(async () => answer(status, 'Überlastet\u{1F600}'));
    expect(error).toMatchObject({ name: 'ReportedError', willRetry: true });
    expect(sent).toMatchObject([{ error: { name: 'HttpError', statusCode: status } }]);
  });

  it('keeps headers that only its client takes', async () => {
    const headers = new Map([['x-odd', 'a\u{1F600}']]) as unknown as Headers;
    const { error } = await endOf(async () => answer(400, 'Bad Request', undefined, headers));
    expect(error).toMatchObject({ statusCode: 400 });
    expect((error as { response: Response }).response.headers.get('x-odd')).toBe('a\u{1F600}');
  });
});

describe('a success that its headers call a failure', () => {
  const success = (status: number, headers: Record<string, string>) => async () =>
    new Response('x', { status, headers });

  it('is thrown: a firewall has blocked the call', async () => {
    const { error, sent } = await endOf(success(202, { 'x-amzn-waf-action': 'challenge' }));
    expect(error).toMatchObject({
      name: 'CallFailedError',
      message: expect.stringContaining('a firewall answered 202'),
    });
    const { response } = error as { response: Response };
    expect([response.status, response.ok, await response.text()]).toEqual([202, false, 'x']);
    expect(sent).toEqual([]);
  });

  it('is reported if it may pass: gRPC is unavailable', async () => {
    const { error, sent } = await endOf(success(200, { 'grpc-status': '14' }));
    expect(error).toMatchObject({ name: 'ReportedError' });
    expect(sent).toHaveLength(1);
  });

  it('but grpc-status 0 is a success', async () => {
    expect((await endOf(success(200, { 'grpc-status': '0' }))).error).toBeInstanceOf(Response);
  });
});
