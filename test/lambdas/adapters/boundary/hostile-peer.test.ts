import net, { type AddressInfo, type Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { callAws } from '../../../../lambdas/adapters/boundary/aws-call.ts';
import { callDependency } from '../../../../lambdas/adapters/boundary/http-call.ts';
import { requestSender } from '../../../../lambdas/adapters/boundary/http-connection.ts';
import { settledInTime } from '../../../../lambdas/adapters/boundary/settled-in-time.ts';
import type { HttpOperation } from '../../../../lambdas/contract/failure.ts';
import type { CallResult } from '../../../../lambdas/domain/boundary/call-result.ts';
import { classify } from '../../../../lambdas/domain/classification/classify.ts';
import { sampleSettings } from '../../../support/samples.ts';
import { heldTimeLimits } from '../../../support/time-limits.ts';

const UPGRADE = 'HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n';
const METHODS = ['GET', 'PUT', 'POST', 'DELETE', 'PATCH'] as const;

/** What a peer does once it has a request. */
interface Peer {
  /** Pieces that leave one after another. */
  readonly pieces: readonly string[];
  readonly end: 'stays open' | 'ends' | 'breaks off';
  /** How many requests of a connection it answers well before. */
  readonly good: number;
}

const peers: fc.Arbitrary<Peer> = fc.record({
  pieces: fc.array(
    fc.oneof(
      fc.constantFrom(
        UPGRADE,
        'HTTP/1.1 101 Switching Protocols\r\n\r\n',
        'HTTP/1.1 100 Continue\r\n\r\n',
        'HTTP/1.1 102 Processing\r\n\r\n',
        'HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n'.repeat(40),
        'HTTP/1.1 200 Connection established\r\n\r\n',
        'HTTP/1.1 200 OK\r\n',
        'HTTP/1.1 503 Unavailable\r\n',
        'HTTP/1.1 204 No Content\r\n\r\n',
        'upgrade: h2c\r\nconnection: upgrade\r\n',
        'content-length: 5\r\n',
        'transfer-encoding: chunked\r\n',
        'trailer: x\r\n',
        '\r\n',
        '5\r\nhello\r\n',
        '0\r\n',
        'x: trailer\r\n',
        'he',
        'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
        '\u0016\u0003\u0001',
      ),
      fc.string({ maxLength: 20 }),
    ),
    { maxLength: 6 },
  ),
  end: fc.constantFrom('stays open', 'ends', 'breaks off'),
  good: fc.constantFrom(0, 1),
});

async function listen({ pieces, end, good }: Peer): Promise<{ readonly baseUrl: string; stop(): void }> {
  const sockets = new Set<Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket.on('error', () => undefined));
    let requests = 0;
    socket.on('data', async () => {
      if (requests++ < good) return void socket.write('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n');
      for (const piece of pieces) {
        socket.write(piece);
        await nextTurn();
      }
      if (end === 'ends') socket.end();
      if (end === 'breaks off') socket.resetAndDestroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

async function turns(count: number): Promise<void> {
  for (let at = 0; at < count; at++) await nextTurn();
}

function call(baseUrl: string, method: HttpOperation['method'], sendRequest = requestSender()): Promise<CallResult> {
  const operation = { method, path: '/orders' } as HttpOperation;
  return callDependency(operation, sampleSettings({ baseUrl, timeoutMs: 600_000 }), {
    idempotencyKey: 'f-1',
    correlationId: 'c-1',
    credentials: { get: async () => undefined, refresh: async () => false, isRotating: async () => false },
    sendRequest,
  });
}

describe('a call', () => {
  it('settles at the end of its time, whatever the peer does', async () => {
    await fc.assert(
      fc.asyncProperty(peers, fc.constantFrom(...METHODS), async (peer, method) => {
        const limits = heldTimeLimits();
        const { baseUrl, stop } = await listen(peer);
        try {
          const sendRequest = requestSender();
          for (let at = 0; at < peer.good; at++) await call(baseUrl, method, sendRequest);
          const pending = call(baseUrl, method, sendRequest);
          await turns(12);
          limits.expire();
          expect(await Promise.race([pending, turns(12).then(() => 'pending')])).toHaveProperty('kind');
        } finally {
          stop();
        }
      }),
      { numRuns: 40, endOnFailure: true },
    );
  });

  it.each(['stays open', 'ends', 'breaks off'] as const)(
    'needs no time limit to see a 101, if the peer %s',
    async (end) => {
      const limits = heldTimeLimits();
      const { baseUrl, stop } = await listen({ pieces: [UPGRADE], end, good: 0 });
      onTestFinished(stop);
      const result = await call(baseUrl, 'POST');
      expect(limits.set).toContain(600_000);
      expect(result).toMatchObject({ kind: 'failed' });
      if (result.kind !== 'failed') return;
      const verdict = classify(result.error, { rules: [], refreshable: false, attempts: 1, now: 0 });
      expect(verdict).toMatchObject({ kind: 'transient', rule: 'answer-unreadable', effect: 'unknown' });
    },
  );

  it('to a service of AWS settles at the end of its time, even if the client never does', async () => {
    const limits = heldTimeLimits();
    const pending = callAws(
      'Lambda',
      { timeoutMs: 1_000 },
      () => undefined,
      () => new Promise<CallResult>(() => undefined),
    );
    limits.expire(1_000);
    expect(await pending).toMatchObject({ kind: 'failed', error: { name: 'TimeoutError' } });
  });

  it('keeps the process running until it has settled', async () => {
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const before = timers();
    const over = new AbortController();
    const pending = settledInTime(new Promise(() => undefined), over.signal, 600_000);
    const during = timers();
    over.abort(new Error('over'));
    await expect(pending).rejects.toThrow('over');
    expect([during - before, timers() - before]).toEqual([1, 0]);
  });
});
