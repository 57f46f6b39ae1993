import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { backstop, memoryReports } from '../../../../lambdas/adapters/report/library.ts';

const LIMIT = 65_536;
const closing: (() => void)[] = [];

afterEach(() => {
  for (const close of closing.splice(0)) close();
});

async function answerOf(listener: RequestListener) {
  const server = createServer(listener);
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const reports = memoryReports({ payments: { baseUrl, timeoutMs: 30_000 } });
  return backstop('payments', { reports })
    .fetch('/x', { id: 'a', body: {} })
    .catch((error) => error);
}

describe('the body of an error', () => {
  it('is read up to 64 KiB if it never ends, and closes the connection', async () => {
    const closed = Promise.withResolvers<void>();
    const error = await answerOf((_, response) => {
      response.writeHead(422);
      const more = () => {
        while (!response.destroyed && response.write('x'.repeat(10_000)));
      };
      response.on('drain', more).on('close', closed.resolve);
      more();
    });
    expect(error).toMatchObject({ name: 'CallFailedError', statusCode: 422 });
    expect(await error.response.text()).toBe('x'.repeat(LIMIT));
    await closed.promise;
  });

  it('is read up to 64 KiB of what it unfolds to', async () => {
    const bomb = gzipSync(Buffer.alloc(20_000_000));
    const error = await answerOf((_, response) => {
      response.writeHead(422, { 'content-encoding': 'gzip', 'content-type': 'application/json' }).end(bomb);
    });
    expect((await error.response.arrayBuffer()).byteLength).toBe(LIMIT);
  });

  it.each([0, 1, LIMIT - 1, LIMIT, LIMIT + 1])('is whole up to 64 KiB: %d bytes', async (bytes) => {
    const error = await answerOf((_, response) => response.writeHead(422).end('x'.repeat(bytes)));
    expect((await error.response.text()).length).toBe(Math.min(bytes, LIMIT));
  });

  it('stays readable with a status that the constructor of a response refuses', async () => {
    const error = await answerOf((_, response) => response.writeHead(799, 'Odd').end('no'));
    const { response } = error.cause ?? error;
    expect([response.status, response.statusText, response.ok, await response.text()]).toEqual([
      799,
      'Odd',
      false,
      'no',
    ]);
  });
});
