import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { postJson } from '../../../../lambdas/adapters/escalation/post-json.ts';
import { heldTimeLimits } from '../../../support/time-limits.ts';

let server: Server | undefined;
// Removes the pause between two tries.
beforeEach(() => void vi.spyOn(Math, 'random').mockReturnValue(0));
afterEach(async () => {
  vi.restoreAllMocks();
  server?.closeAllConnections();
  await new Promise((resolve) => server?.close(resolve));
});

const BREAKS = 0;
const HANGS = -1;

/** Answers with these statuses, one per request. */
async function service(statuses: readonly number[]) {
  const bodies: string[] = [];
  const limits = heldTimeLimits();
  server = createServer(async (request, response) => {
    const status = statuses[bodies.length] ?? 500;
    bodies.push(await text(request));
    if (status === BREAKS) request.socket.destroy();
    else if (status === HANGS) limits.expire();
    else response.writeHead(status, { location: '/elsewhere', connection: 'close' }).end();
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/secret-path`, bodies, limits };
}

describe('what a service of humans is sent', () => {
  it.each([
    ['is taken', [202], 1],
    ['is sent again where the service is busy', [429, 202], 2],
    ['is sent again where the service has failed', [503, 202], 2],
    ['is sent again where the connection broke', [BREAKS, 202], 2],
    ['is sent again where no answer came within five seconds', [HANGS, 202], 2],
  ])('%s', async (_, statuses, times) => {
    const { url, bodies, limits } = await service(statuses);
    await postJson('PagerDuty', url, { a: 1 });
    expect(bodies).toEqual(Array.from({ length: times }, () => '{"a":1}'));
    expect(limits.set).toEqual(Array.from({ length: times }, () => 5_000));
  });

  it.each([
    ['refused', [400, 202], 1, 'PagerDuty answered 400'],
    ['busy for too long', [429, 429, 202], 2, 'PagerDuty answered 429'],
    ['leading elsewhere', [307, 307, 202], 2, "can't reach PagerDuty"],
    ['silent', [HANGS, HANGS, 202], 2, "can't reach PagerDuty"],
  ])('is given up where it is %s, and says nothing of the address', async (_, statuses, times, message) => {
    const { url, bodies } = await service(statuses);
    const failed = postJson('PagerDuty', url, { a: 1 });
    await expect(failed).rejects.toMatchObject({ name: 'NotTakenError', message });
    expect(bodies).toHaveLength(times);
  });
});
