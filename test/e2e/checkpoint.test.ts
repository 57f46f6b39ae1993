import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CHECKPOINT_HEADER } from '../../lambdas/contract/checkpoint-header.ts';
import { toolIn } from './tool.ts';
import { failure, startWorld, type World } from './world.ts';

/*
 * A service that reads ten pages of another, two in a call. Then it fails and says how far it got.
 */

const LAST_PAGE = 10;
const PAGES_A_CALL = 2;
/** The call that reads its pages and says nothing: the connection breaks. */
const BROKEN_CALL = 2;

const sent: (string | undefined)[] = [];
const pages = new Set<number>();

function startReader(): Promise<Server> {
  const server = createServer({ keepAliveTimeout: 0 }, (request, response) => {
    const header = request.headers[CHECKPOINT_HEADER];
    const checkpoint = typeof header === 'string' ? header : undefined;
    sent.push(checkpoint);
    const first = Number(checkpoint?.replace('page=', ''));
    const next = first + PAGES_A_CALL;
    for (let page = first; page < next; page++) pages.add(page);
    if (sent.length === BROKEN_CALL) request.socket.resetAndDestroy();
    else if (next > LAST_PAGE) response.writeHead(200).end();
    else response.writeHead(503, { [CHECKPOINT_HEADER]: `page=${next}` }).end();
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', () => resolve(server));
  });
}

let reader: Server;
let world: World;
beforeAll(async () => {
  reader = await startReader();
  const baseUrl = `http://127.0.0.1:${(reader.address() as AddressInfo).port}`;
  const retry = { hotAttempts: 1, durableAttempts: 3 };
  world = await startWorld({ reader: { baseUrl, retry } }, { separateOperations: true });
});
afterAll(async () => {
  await world?.stop();
  reader?.closeAllConnections();
  reader?.close();
});

it('continues a paginated read at its checkpoint, over worker, machine and redrive', async () => {
  const operation = { method: 'PUT', path: '/sync', checkpoint: 'page=1' };
  const detail = failure('', { dependency: 'reader', operation });
  await world.send(detail);
  expect(await world.settled(detail.id)).toMatchObject({ outcome: 'dead-lettered', reason: 'exhausted' });
  expect(sent).toEqual(['page=1', 'page=3', 'page=3', 'page=5']);
  await toolIn(world, 'dlq', 'redrive', 'reader', '--why', 'the reader is well again', '--yes');
  expect(await world.settled(detail.id, 2)).toMatchObject({ outcome: 'recovered' });
  expect(sent.slice(4)).toEqual(['page=7', 'page=9']);
  expect([...pages]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  expect(world.logs.join()).not.toContain('page=');
});
