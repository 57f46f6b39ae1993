import { createServer } from 'node:http';
import net, { type AddressInfo, type Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { createCredentials } from '../../../../lambdas/adapters/boundary/credentials.ts';
import { callDependency } from '../../../../lambdas/adapters/boundary/http-call.ts';
import { requestSender } from '../../../../lambdas/adapters/boundary/http-connection.ts';
import type { HttpOperation } from '../../../../lambdas/contract/failure.ts';
import type { HttpSettings } from '../../../../lambdas/contract/settings.ts';
import type { CallResult } from '../../../../lambdas/domain/boundary/call-result.ts';
import { classify } from '../../../../lambdas/domain/classification/classify.ts';
import { sampleSettings } from '../../../support/samples.ts';
import { heldTimeLimits } from '../../../support/time-limits.ts';
import { RecordingServer, status } from './recording-server.ts';

const server = new RecordingServer();

beforeAll(() => server.start());
afterAll(() => server.stop());
beforeEach(() => server.reset());

const POST: HttpOperation = { method: 'POST', path: '/orders' };
const GET: HttpOperation = { method: 'GET', path: '/orders' };
const ALL = ['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'POST', 'PATCH'] as const;
const MAY_HAVE_AN_EFFECT_TWICE: readonly string[] = ['POST', 'PATCH'];

let now = 1_000_000;

function caller(own: Partial<HttpSettings> = {}, sendRequest = requestSender(() => now)) {
  const settings = sampleSettings({ baseUrl: server.baseUrl, timeoutMs: 600_000, ...own });
  const credentials = createCredentials(async () => 'secret');
  const context = { idempotencyKey: 'f-1', correlationId: 'c-1', credentials, sendRequest };
  return async (operation: HttpOperation) => {
    const result = await callDependency(operation, settings, context);
    // The agent takes the connection back a turn after the answer has ended.
    await nextTurn();
    return result;
  };
}

/** What the call's error proves. */
function effectOf(result: CallResult): string {
  return result.kind === 'ok'
    ? 'done'
    : classify(result.error, { rules: [], refreshable: false, attempts: 1, now }).effect;
}

/** A server that speaks no HTTP. */
async function rawServer(accept: (socket: Socket) => void): Promise<number> {
  const raw = net.createServer((socket) => {
    socket.on('error', () => undefined);
    accept(socket);
  });
  const sockets = new Set<Socket>();
  raw.on('connection', (socket) => sockets.add(socket));
  await new Promise<void>((resolve) => raw.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    raw.close();
  });
  return (raw.address() as AddressInfo).port;
}

describe('a connection that is not made', () => {
  it('in its own time proves that nothing was sent', async () => {
    const limits = heldTimeLimits();
    const port = await rawServer(() => limits.expire(3_000));
    const result = await caller({ baseUrl: `https://127.0.0.1:${port}` })(POST);
    expect(result).toMatchObject({ kind: 'failed', error: { code: 'ERR_SOCKET_CONNECTION_TIMEOUT' } });
    expect(effectOf(result)).toBe('none');
  });

  it('in the time of the whole call proves the same', async () => {
    const limits = heldTimeLimits();
    const port = await rawServer(() => limits.expire());
    const result = await caller({ baseUrl: `https://127.0.0.1:${port}`, timeoutMs: 200 })(POST);
    expect(effectOf(result)).toBe('none');
  });

  it('is told from an answer that is late', async () => {
    const limits = heldTimeLimits();
    server.answer = () => {
      limits.expire(3_000);
      limits.expire(600_000);
    };
    const result = await caller()(POST);
    expect(result).toMatchObject({ kind: 'failed', error: { name: 'TimeoutError' } });
    expect(effectOf(result)).toBe('unknown');
  });

  it('because the other side breaks it off proves that nothing was sent', async () => {
    const port = await rawServer((socket) => socket.resetAndDestroy());
    const result = await caller({ baseUrl: `https://127.0.0.1:${port}` })(POST);
    expect(result).toMatchObject({ kind: 'failed', error: { code: 'ERR_SOCKET_CLOSED_BEFORE_CONNECTION' } });
    expect(effectOf(result)).toBe('none');
  });

  it('is told from one that breaks after the request', async () => {
    server.answer = ({ socket }) => socket.resetAndDestroy();
    expect(effectOf(await caller()(POST))).toBe('unknown');
  });

  it.each([
    [600_000, 3_000],
    [5_000, 3_000],
    [100, 100],
  ])('has a time of its own within a timeout of %i ms: %i ms', async (timeoutMs, connectMs) => {
    const limits = heldTimeLimits();
    await caller({ timeoutMs })(GET);
    expect(limits.set).toEqual([timeoutMs, connectMs]);
  });
});

describe('an idle connection', () => {
  /** A dependency that has closed its end of every idle connection, as a thawed instance finds it. */
  async function forgetful() {
    const used = new WeakSet<Socket>();
    const received: string[] = [];
    const http = createServer((request, response) => {
      if (used.has(request.socket)) {
        request.socket.resetAndDestroy();
        return;
      }
      used.add(request.socket);
      received.push(request.method ?? '');
      request.resume().on('end', () => response.end());
    });
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void http.close());
    return { received, baseUrl: `http://127.0.0.1:${(http.address() as AddressInfo).port}` };
  }

  it.each(MAY_HAVE_AN_EFFECT_TWICE)('never carries a %s, not even right after another call', async (method) => {
    const { baseUrl, received } = await forgetful();
    const call = caller({ baseUrl, idempotencyKeys: true });
    const kinds = [];
    for (const next of ['PUT', method, method, 'PUT', method])
      kinds.push((await call({ method: next as 'POST', path: '/x' })).kind);
    // The second PUT shows that a connection was kept.
    expect(kinds).toEqual(['ok', 'ok', 'ok', 'failed', 'ok']);
    expect(received).toEqual(['PUT', method, method, method]);
  });

  it('carries nothing after the instance was frozen', async () => {
    const { baseUrl } = await forgetful();
    const call = caller({ baseUrl });
    for (const method of ALL) {
      expect(await call({ method, path: '/x' })).toMatchObject({ kind: 'ok' });
      now += 4_001;
    }
  });

  it('is as old as it is, however busy others are', async () => {
    const one = await forgetful();
    const sendRequest = requestSender(() => now);
    const [toOne, toOther] = [caller({ baseUrl: one.baseUrl }, sendRequest), caller({}, sendRequest)];
    expect(await toOne(GET)).toMatchObject({ kind: 'ok' });
    for (let at = 0; at < 3; at++) {
      now += 2_000;
      expect(await toOther(GET)).toMatchObject({ kind: 'ok' });
    }
    expect(await toOne(GET)).toMatchObject({ kind: 'ok' });
  });

  it('carries calls that may be repeated soon after each other', async () => {
    const call = caller();
    for (let at = 0; at < 4; at++) {
      await call(GET);
      now += 3_000;
    }
    expect(server.connections).toBe(1);
  });
});

describe('a call', () => {
  it('keeps all values of a header that came twice', async () => {
    server.answer = (_, response) => {
      response.writeHead(503, ['Retry-After', '20', 'Retry-After', '30', 'ETag', '"a"', 'ETag', '"b"']).end();
    };
    expect(await caller()(GET)).toMatchObject({ error: { headers: { 'retry-after': '20, 30', etag: '"a", "b"' } } });
  });

  it.each(ALL)('by %s says how long its body is', async (method) => {
    await caller()({ method, path: '/x' });
    const { headers } = server.calls[0] ?? {};
    expect(headers).not.toHaveProperty('transfer-encoding');
    expect(headers?.['content-length']).toBe(['PUT', 'POST', 'PATCH'].includes(method) ? '0' : undefined);
  });

  it.each([600, 999])('takes a status of %i for a failure', async (code) => {
    server.answer = status(code);
    expect(await caller()(GET)).toMatchObject({ kind: 'failed', error: { statusCode: code } });
  });

  it('reaches a port that fetch blocks', async () => {
    const port = await listenOn([10_080, 6_697, 6_000, 5_061, 4_190, 2_049], '127.0.0.1');
    await expect(fetch(`http://127.0.0.1:${port}`)).rejects.toThrow('fetch failed');
    expect(await caller({ baseUrl: `http://127.0.0.1:${port}` })(GET)).toEqual({ kind: 'ok', statusCode: 200 });
  });
});

/** Listens on the first of these ports that is free. */
async function listenOn([port, ...others]: readonly number[], host: string): Promise<number> {
  if (port === undefined) throw new Error('no port is free');
  const http = createServer((_, response) => void response.end());
  const isFree = await new Promise<boolean>((resolve) =>
    http.once('error', () => resolve(false)).listen(port, host, () => resolve(true)),
  );
  if (!isFree) return listenOn(others, host);
  onTestFinished(() => void http.close());
  return port;
}
