import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import { postJson } from '../../../../lambdas/shared/escalation/post-json.ts';

let server: Server | undefined;
afterEach(async () => {
  await new Promise((resolve) => server?.close(resolve));
});

/** Answers with these statuses in turn; a status of 0 breaks the connection. */
async function service(statuses: readonly number[]): Promise<{ readonly url: string; readonly bodies: string[] }> {
  const bodies: string[] = [];
  server = createServer({ keepAliveTimeout: 1 }, async (request, response) => {
    const status = statuses[bodies.length] ?? 500;
    bodies.push(await text(request));
    if (status === 0) request.destroy();
    else response.writeHead(status, { location: '/elsewhere', connection: 'close' }).end();
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/secret-path`, bodies };
}

describe('what a service of humans is sent', () => {
  it.each([
    ['is taken', [202], 1],
    ['is sent again where the service is busy', [429, 202], 2],
    ['is sent again where the service has failed', [503, 202], 2],
    ['is sent again where the connection broke', [0, 202], 2],
  ])('%s', async (_, statuses, times) => {
    const { url, bodies } = await service(statuses);
    await postJson('PagerDuty', url, { a: 1 });
    expect(bodies).toEqual(Array.from({ length: times }, () => '{"a":1}'));
  });

  it.each([
    ['refused', [400, 202], 1, 'PagerDuty answered 400'],
    ['busy for too long', [429, 429, 202], 2, 'PagerDuty answered 429'],
    ['leading elsewhere', [307, 307, 202], 2, "can't reach PagerDuty"],
  ])('is given up where it is %s, and says nothing of the address', async (_, statuses, times, message) => {
    const { url, bodies } = await service(statuses);
    const failed = postJson('PagerDuty', url, { a: 1 });
    await expect(failed).rejects.toMatchObject({ name: 'NotTakenError', message });
    expect(bodies).toHaveLength(times);
  });
});
