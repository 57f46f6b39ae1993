import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { remoteDesk } from '../../../../lambdas/adapters/operator/remote-desk.ts';

interface Answer {
  readonly status: number;
  readonly body: string;
}

let server: Server;
let answers: Answer[] = [];
let seen: { readonly headers: IncomingMessage['headers']; readonly body: string; readonly url: string | undefined }[] =
  [];
let waits: number[] = [];
beforeAll(async () => {
  server = createServer(async (request, response) => {
    seen.push({ url: request.url, headers: request.headers, body: await text(request) });
    const { status, body } = answers.shift() ?? { status: 500, body: '' };
    response.writeHead(status).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(resolve));
});
beforeEach(() => {
  [answers, seen, waits] = [[], [], []];
});

const desk = (port = (server.address() as AddressInfo).port) =>
  remoteDesk({
    url: `http://127.0.0.1:${port}/operator/`,
    region: async () => 'eu-central-2',
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'hidden', sessionToken: 'session' },
    sleep: async (ms) => void waits.push(ms),
    now: () => Date.parse('2026-03-01T12:00:00Z'),
    random: () => 1,
    newId: () => REQUEST,
  });
const ok = (result: object): Answer => ({ status: 200, body: JSON.stringify(result) });
const fault = (status: number, name: string): Answer => ({
  status,
  body: JSON.stringify({ error: { name, message: `why: ${name}` } }),
});
const REQUEST = '7d444840-9dc0-41d1-b245-5ffdce74fad2';
const RENEW = { lane: 'payments', run: 'run-1' };
const PAUSE = { lane: 'payments', paused: true, why: 'w' };

describe('the desk behind its API', () => {
  it('asks each route for its operations', async () => {
    answers = [ok({}), ok({}), ok({}), ok({ by: 'ada' })];
    const failure = { id: 'o-1', dependency: 'orders' };
    await desk()('view', { failure });
    await desk()('reveal', { failure, why: 'w' });
    await desk()('turn-lane', PAUSE);
    await desk()('check', { route: 'reveal' });
    expect(seen.map(({ url }) => url)).toEqual([
      '/operator/view',
      '/operator/reveal',
      '/operator/',
      '/operator/reveal',
    ]);
  });

  it('names the operation, and signs it with the credentials of the operator', async () => {
    answers = [ok({ by: 'ada' })];
    expect(await desk()('turn-lane', PAUSE)).toEqual({ by: 'ada' });
    const [{ headers = {}, body = '' } = {}] = seen;
    expect(JSON.parse(body)).toEqual({ operation: 'turn-lane', args: PAUSE, request: REQUEST });
    expect(headers.authorization).toMatch(
      /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/eu-central-2\/execute-api\/aws4_request, SignedHeaders=\S*host\S*, Signature=[0-9a-f]{64}$/,
    );
    expect(headers['x-amz-security-token']).toBe('session');
    expect(JSON.stringify([headers, body])).not.toContain('hidden');
  });

  it('signs with the time of AWS, which refuses a signature that is minutes off', async () => {
    answers = [ok({})];
    await desk()('turn-lane', PAUSE);
    expect(seen[0]?.headers['x-amz-date']).toBe('20260301T120000Z');
  });

  it('passes on why the function refuses, by the name of its error', async () => {
    answers = [fault(409, 'DecisionError')];
    const decide = desk()('decide', {
      failure: { id: 'a', dependency: 'payments' },
      question: '1.1',
      choice: 'ours',
      why: 'w',
    });
    await expect(decide).rejects.toMatchObject({ name: 'DecisionError', message: 'why: DecisionError' });
    expect(seen).toHaveLength(1);
  });

  it('repeats a request under the same id, ever later, since the answer may be lost', async () => {
    answers = [
      { status: 503, body: '' },
      { status: 429, body: '{"message":"Too Many Requests"}' },
      ok({ renewed: true }),
    ];
    expect(await desk()('renew-run', RENEW)).toEqual({ renewed: true });
    expect(waits).toEqual([400, 800]);
    expect(new Set(seen.map(({ body }) => body)).size).toBe(1);
  });

  it('gives up after four attempts', async () => {
    await expect(desk()('renew-run', RENEW)).rejects.toMatchObject({ message: 'the operator function answered 500' });
    expect(seen).toHaveLength(4);
  });

  it('says which policy is missing', async () => {
    answers = [{ status: 403, body: '{"message":"Forbidden"}' }];
    await expect(desk()('turn-lane', PAUSE)).rejects.toMatchObject({
      name: 'AccessDenied',
      message: expect.stringContaining('OperatorPolicyArn'),
    });
  });

  it('says where nothing listens', async () => {
    const idle = createServer();
    await new Promise<void>((resolve) => idle.listen(0, '127.0.0.1', resolve));
    const { port } = idle.address() as AddressInfo;
    await new Promise((resolve) => idle.close(resolve));
    await expect(desk(port)('turn-lane', PAUSE)).rejects.toMatchObject({ code: 'ECONNREFUSED', port });
  });
});
