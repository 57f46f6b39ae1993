import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failure, startWorld, type World } from './world.ts';

/** What the API has got, by path. It refuses all that it is told to. */
const received = new Map<string, string[]>();
const refused = new Map<string, number>();
const api = createServer(async (request, response) => {
  const path = request.url ?? '';
  const bodies = [...(received.get(path) ?? []), await text(request)];
  received.set(path, bodies);
  const status = path === '/undone' ? 400 : 503;
  response.writeHead(bodies.length <= (refused.get(path) ?? 0) ? status : 200).end();
});
let world: World;
beforeAll(async () => {
  await new Promise<void>((resolve) => api.listen(0, '127.0.0.1', resolve));
  const baseUrl = `http://127.0.0.1:${(api.address() as AddressInfo).port}`;
  world = await startWorld({ exact: { baseUrl, encodedSlashes: true }, queued: { baseUrl, ordered: true } });
});
afterAll(async () => {
  await world?.stop();
  api.close();
});

const BODY =
  '{"amount":1.000000000000000001, "amount":2,"id":12345678901234567890,"tiny":1e-400,"\\u0062":"\\ud800","zero":-0,"a":1E5}';

/** Puts a message on the lane queue, with this body in each operation. */
async function send(dependency: string, queue: string, path: string, change: object = {}): Promise<string> {
  const { body: _, ...operation } = failure(path).operation as { readonly body?: unknown };
  const detail = failure(path, { dependency, operation: { ...operation, body: '@@' }, ...change });
  const MessageBody = JSON.stringify(detail).replaceAll('"@@"', BODY);
  await world.sqs.send(new SendMessageCommand({ QueueUrl: world.output(queue), MessageBody }));
  return detail.id;
}

describe('a body on its way', () => {
  it.each([
    ['exact', 'ExactLaneQueueUrl', '/projects/group%2Fname'],
    ['queued', 'QueuedLaneQueueUrl', '/queued'],
  ])('reaches the API of %s as it came in, in the worker and in the Recovery machine', async (lane, queue, path) => {
    refused.set(path, 5);
    const id = await send(lane, queue, path);
    expect(await world.settled(id)).toMatchObject({ outcome: 'recovered', tier: 'warm' });
    expect(received.get(path)).toEqual(Array(6).fill(BODY));
  });

  it('of an undo reaches the API as it came in', async () => {
    refused.set('/undone', 100);
    const operation = { method: 'PUT', path: '/reversed', body: '@@' };
    const id = await send('exact', 'ExactLaneQueueUrl', '/undone', {
      undo: [{ name: 'reserve', dependency: 'exact', operation }],
    });
    expect(await world.settled(id)).toMatchObject({ outcome: 'compensated' });
    expect(received.get('/reversed')).toEqual([BODY]);
  });
});
