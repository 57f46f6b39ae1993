import type { ServerResponse } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type CredentialOptions, createCredentials } from '../../../../lambdas/adapters/boundary/credentials.ts';
import { type CallContext, callDependency } from '../../../../lambdas/adapters/boundary/http-call.ts';
import { requestSender, type SendRequest } from '../../../../lambdas/adapters/boundary/http-connection.ts';
import type { HttpOperation } from '../../../../lambdas/contract/failure.ts';
import type { HttpSettings } from '../../../../lambdas/contract/settings.ts';
import { json } from '../../../support/json.ts';
import { sampleSettings } from '../../../support/samples.ts';
import { heldTimeLimits, type TimeLimits } from '../../../support/time-limits.ts';
import { closedPort, pour, RecordingServer, status } from './recording-server.ts';

const server = new RecordingServer();

beforeAll(() => server.start());
afterAll(() => server.stop());
beforeEach(() => server.reset());

const GET: HttpOperation = { method: 'GET', path: '/orders', query: { token: 'MARKER' } };
const POST: HttpOperation = { method: 'POST', path: '/orders', body: json({ card: 'MARKER' }) };

function settings(own: Partial<HttpSettings> = {}): HttpSettings {
  return sampleSettings({ name: 'shop', baseUrl: server.baseUrl, timeoutMs: 600_000, idempotencyKeys: true, ...own });
}

function context(
  own: Partial<CallContext> = {},
  getSecret = async () => 'MARKER',
  options: CredentialOptions = {},
): CallContext {
  return { idempotencyKey: 'f-1', correlationId: 'c-1', credentials: createCredentials(getSecret, options), ...own };
}

describe('a paginated read', () => {
  it.each([
    ['page=3', 'page=3'],
    ['https://api.example.com/orders?$skiptoken=a%20b', 'https://api.example.com/orders?$skiptoken=a%20b'],
    ['größe\n3', 'gr%C3%B6%C3%9Fe%0A3'],
  ])('continues at its checkpoint: %j', async (checkpoint, sent) => {
    await callDependency({ ...POST, checkpoint }, settings(), context());
    expect(server.calls[0]?.headers['backstop-checkpoint']).toBe(sent);
  });

  it.each([
    ['page=7', 'page=7'],
    ['x'.repeat(4_096), 'x'.repeat(4_096)],
    ['x'.repeat(4_097), undefined],
    ['gr\u00f6\u00dfe', undefined],
    [' ', undefined],
    [undefined, undefined],
  ])('that failed says how far it got, if a later call could send that', async (answered, known) => {
    server.answer = status(503, answered === undefined ? {} : { 'backstop-checkpoint': answered });
    const result = await callDependency({ ...POST, checkpoint: 'page=3' }, settings(), context());
    expect(result.kind === 'failed' && result.checkpoint).toBe(known);
  });
});

describe('what the dependency answers', () => {
  it.each([200, 201, 204, 304])('takes %i as success', async (code) => {
    server.answer = status(code);
    expect(await callDependency(GET, settings(), context())).toEqual({ kind: 'ok', statusCode: code });
  });

  it.each([400, 404, 409, 412, 429, 500, 503])('takes %i as failure', async (code) => {
    server.answer = status(code, {}, 'MARKER');
    expect(await callDependency(GET, settings(), context())).toEqual({
      kind: 'failed',
      error: {
        name: 'HttpError',
        statusCode: code,
        message: `the dependency answered ${code}`,
        headers: { date: expect.any(String) },
      },
    });
  });

  it('keeps a masked excerpt of what a failure says, as long as the config wants', async () => {
    server.answer = status(409, { 'content-type': 'application/json' }, '{"message":"no stock for ada@example.com"}');
    const excerpts = [200, 8, 0].map(async (excerpt) => {
      const result = await callDependency(GET, settings({ excerpt }), context());
      return result.kind === 'failed' && result.excerpt;
    });
    expect(await Promise.all(excerpts)).toEqual(['message: no stock for ***', 'message…', undefined]);
  });

  it.each([301, 302, 307, 308])('does not follow a %i', async (code) => {
    server.answer = status(code, { location: '/elsewhere' });
    const result = await callDependency(GET, settings(), context());
    expect(result).toMatchObject({ kind: 'failed', error: { statusCode: code } });
    expect(server.calls).toHaveLength(1);
  });

  it('keeps only the headers that decide something', async () => {
    server.answer = status(429, {
      'Retry-After': '7',
      'Retry-After-Ms': '7000',
      ETag: '"v1"',
      'Set-Cookie': 'MARKER',
      'WWW-Authenticate': 'MARKER',
      'X-Request-Id': 'r-1',
    });
    const result = await callDependency(GET, settings(), context());
    expect(result).toMatchObject({
      error: { headers: { 'retry-after': '7', 'retry-after-ms': '7000', etag: '"v1"', 'x-request-id': 'r-1' } },
    });
    expect(JSON.stringify(result)).not.toContain('MARKER');
  });

  it('sends the operation as it is, with the headers that go along', async () => {
    await callDependency({ ...POST, ifMatch: '"v1"' }, settings(), context());
    expect(server.calls).toMatchObject([
      {
        method: 'POST',
        url: '/v1/orders',
        body: '{"card":"MARKER"}',
        headers: {
          'content-type': 'application/json',
          'idempotency-key': 'f-1',
          'if-match': '"v1"',
          'user-agent': 'backstop',
          'x-correlation-id': 'c-1',
        },
      },
    ]);
  });

  it("sends the caller's own idempotency key", async () => {
    await callDependency({ ...POST, headers: { 'Idempotency-Key': 'own' } }, settings(), context());
    expect(server.calls[0]?.headers['idempotency-key']).toBe('own');
  });
});

describe('the body of an answer', () => {
  it('is read, so that the connection serves the next call', async () => {
    server.answer = status(503, {}, 'x'.repeat(60_000));
    for (let at = 0; at < 3; at++) {
      await callDependency(GET, settings(), context());
      await nextTurn();
    }
    expect(server.calls).toHaveLength(3);
    expect(server.connections).toBeLessThanOrEqual(1);
  });

  it('is cut off where it does not end', async () => {
    const sent = new Promise<number>((resolve) => {
      server.answer = ({ socket }, response) => {
        response.on('close', () => resolve(socket.bytesWritten)).writeHead(500);
        pour(response);
      };
    });
    expect(await callDependency(GET, settings(), context())).toMatchObject({ error: { statusCode: 500 } });
    expect(await sent).toBeLessThan(50_000_000);
  });

  it.each([
    ['drags on', (_: ServerResponse, limits: TimeLimits) => limits.expire()],
    ['breaks off', (response: ServerResponse) => void response.destroy()],
  ])('changes nothing of the status where it %s', async (_, then) => {
    const limits = heldTimeLimits();
    const sent = Promise.withResolvers<ServerResponse>();
    server.answer = (_request, response) => {
      response.writeHead(200, { 'content-length': '10' }).write('x');
      sent.resolve(response);
    };
    const send = requestSender();
    const sendRequest: SendRequest = async (...args) => {
      const response = await send(...args);
      then(await sent.promise, limits);
      return response;
    };
    expect(await callDependency(GET, settings(), context({ sendRequest }))).toEqual({ kind: 'ok', statusCode: 200 });
  });
});

describe('a call that gets no answer', () => {
  it('times out', async () => {
    const limits = heldTimeLimits();
    server.answer = () => limits.expire();
    expect(await callDependency(POST, settings({ timeoutMs: 50 }), context())).toEqual({
      kind: 'failed',
      error: { name: 'TimeoutError', message: 'no answer within 50 ms' },
    });
    expect(limits.set).toEqual([50, 50]);
  });

  it('tells of a reset', async () => {
    server.answer = (request) => request.socket.destroy();
    expect(await callDependency(POST, settings(), context())).toEqual({
      kind: 'failed',
      error: { code: 'ECONNRESET', message: 'ECONNRESET' },
    });
  });

  it('takes the status of an answer whose headers a proxy has made large', async () => {
    server.answer = status(200, { 'x-huge': 'MARKER'.repeat(10_000) });
    expect(await callDependency(POST, settings(), context())).toEqual({ kind: 'ok', statusCode: 200 });
  });

  it('tells of headers that are too large', async () => {
    server.answer = status(200, { 'x-huge': 'MARKER'.repeat(50_000) });
    expect(await callDependency(GET, settings(), context())).toMatchObject({
      kind: 'failed',
      error: { code: 'HPE_HEADER_OVERFLOW' },
    });
  });

  it('tells of a refused connection', async () => {
    const closed = await closedPort();
    const result = await callDependency(GET, settings({ baseUrl: `http://127.0.0.1:${closed}` }), context());
    expect(result).toEqual({
      kind: 'failed',
      error: {
        code: 'ECONNREFUSED',
        message: `connect ECONNREFUSED 127.0.0.1:${closed}`,
      },
    });
  });

  it('tells of a host that has no address', async () => {
    const error = Object.assign(new Error('MARKER'), { code: 'ENOTFOUND', syscall: 'getaddrinfo', hostname: 'a.test' });
    const sendRequest = () => Promise.reject(error);
    expect(await callDependency(GET, settings(), context({ sendRequest }))).toEqual({
      kind: 'failed',
      error: { code: 'ENOTFOUND', message: 'getaddrinfo ENOTFOUND a.test' },
    });
  });

  it('says nothing of payload, query or credential', async () => {
    const auth = { scheme: 'bearer', secretName: 'shop/token' } as const;
    const sendRequest: SendRequest = async (url, { body, headers }) => {
      throw new Error(`${url} ${body} ${headers.get('authorization')}`);
    };
    const result = await callDependency({ ...GET, ...POST }, settings({ auth }), context({ sendRequest }));
    expect(result).toEqual({ kind: 'failed', error: { name: 'NetworkError', message: 'no answer came' } });
  });
});

describe('mistakes of our own', () => {
  it('throws for an operation that would leave the dependency, and makes no call', async () => {
    const leaving = callDependency({ ...GET, path: '/../admin' }, settings(), context());
    await expect(leaving).rejects.toMatchObject({ name: 'UnsafeRequestError' });
    expect(server.calls).toEqual([]);
  });

  it('throws what fetching the secret throws, and makes no call', async () => {
    const away = context({}, () => Promise.reject(new Error('the vault is away')));
    const auth = { scheme: 'bearer', secretName: 'shop/token' } as const;
    await expect(callDependency(GET, settings({ auth }), away)).rejects.toThrow('the vault is away');
    expect(server.calls).toEqual([]);
  });
});
