import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { FunctionInstance, type InstanceSettings } from '../../../tools/local/function-instance.ts';
import type { Serve, ServedRequest } from '../../../tools/local/in-process-request.ts';
import { VirtualClock } from '../../../tools/local/virtual-clock.ts';

/** Writes modules and creates an instance with the handler in `index.mjs`. */
function instances(modules: Readonly<Record<string, string>>, settings: Partial<InstanceSettings> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'modules-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const [name, code] of Object.entries(modules)) writeFileSync(join(folder, name), code);
  const lines: string[] = [];
  const all: InstanceSettings = {
    role: () => undefined,
    functionId: 'Fn',
    functionName: 'fn',
    functionArn: 'arn:fn',
    memoryMb: '128',
    timeoutMs: 5_000,
    file: join(folder, 'index.mjs'),
    handler: 'handler',
    env: {},
    serve: async () => undefined,
    onLine: (text) => lines.push(text),
    ...settings,
  };
  return { lines, start: () => new FunctionInstance(all) };
}

const payload = async (instance: FunctionInstance, event: unknown = {}) => {
  const result = await instance.invoke('r', JSON.stringify(event));
  return result.ok ? JSON.parse(result.payload) : result.error.errorMessage;
};

it('keeps the state of its modules from one invocation to the next, and from other instances', async () => {
  const { start } = instances({
    'index.mjs': `import { next } from './chunk.mjs';
export const handler = async () => [next(), (await import('./lazy.mjs')).next()];`,
    'chunk.mjs': 'let count = 0; export const next = () => ++count;',
    'lazy.mjs': "export { next } from './chunk.mjs';",
  });
  const [one, other] = [start(), start()];
  expect([await payload(one), await payload(one), await payload(other)]).toEqual([
    [1, 2],
    [3, 4],
    [1, 2],
  ]);
});

it('shares what it has in common with another version, and nothing of what differs', async () => {
  const version = (word: string) =>
    instances({
      'index.mjs': "import { word } from './word.mjs'; export const handler = () => word;",
      'word.mjs': `export const word = '${word}';`,
    });
  const answers = [];
  for (const { start } of ['one', 'other', 'one'].map(version)) answers.push(await payload(start()));
  expect(answers).toEqual(['one', 'other', 'one']);
});

it('has its own environment, terminal and place', async () => {
  const { start, lines } = instances(
    {
      'index.mjs': `import process from 'node:process';
console.log('loaded', import.meta.url.startsWith('file:'));
export const handler = (event) => { process.stdout.write('a\\nb'); process.stdout.write('c\\n'); return [process.env, event]; };`,
    },
    { env: { NAME: 'x' } },
  );
  const [env, event] = await payload(start(), { n: 1 });
  expect(env).toEqual({
    NAME: 'x',
    AWS_ACCESS_KEY_ID: expect.stringMatching(/^INSTANCE/),
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_SESSION_TOKEN: 'local',
  });
  expect([event, lines]).toEqual([{ n: 1 }, ['loaded true', 'a', 'bc']]);
});

it.each([
  [
    'overruns its time',
    'await new Promise((resolve) => setTimeout(resolve, 9_000)); late();',
    'Task timed out after 5.00 seconds',
  ],
  ['exits', 'process.exit(3); await new Promise(() => {});', 'Runtime exited with error: exit status 3'],
  [
    'throws in a timer',
    "setTimeout(() => { throw new Error('in a timer'); }, 10); await new Promise(() => {});",
    'in a timer',
  ],
])('ends an instance that %s, with all its pending work', async (_, code, message) => {
  const { start, lines } = instances({
    'index.mjs': `const late = () => console.log('late'); setInterval(() => console.log('tick'), 4_000);
export const handler = async () => { ${code} };`,
  });
  const clock = new VirtualClock();
  onTestFinished(() => clock.uninstall());
  const instance = start();
  expect(await clock.run(payload(instance))).toContain(message);
  expect(instance.isAlive).toBe(false);
  const before = lines.length;
  await clock.run(new Promise((resolve) => setTimeout(resolve, 60_000)));
  expect(lines.slice(before)).toEqual([]);
});

const CLIENTS = {
  fetch: 'const call = async (url) => (await fetch(url)).text();',
  'node:http': `import http from 'node:http';
const call = (url) => new Promise((resolve) => http.request(url, (answer) => answer.resume().on('end', resolve)).end());`,
};

it.each(Object.entries(CLIENTS))(
  'lets a killed instance make no further call by %s, whatever it was waiting for',
  async (_, client) => {
    const calls: ServerResponse[] = [];
    const server = createServer((_, response) => void calls.push(response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { start, lines } = instances({
      'index.mjs': `${client}
export const handler = async ({ url }) => {
  await call(url);
  console.log('answered');
  await call(url);
};`,
    });
    const clock = new VirtualClock();
    onTestFinished(() => clock.uninstall());
    const instance = start();
    const ended = payload(instance, { url });
    await clock.until(() => expect(calls).toHaveLength(1));
    instance.kill();
    calls[0]?.end('late');
    expect(await clock.run(ended)).toContain('Runtime exited');
    await clock.until(() => expect(lines).toEqual(['answered']));
    await clock.sleep(1_000);
    expect(calls).toHaveLength(1);
  },
);

describe('a request to the gateway', () => {
  const GATEWAY = 'http://127.0.0.1:9';
  const OK = { status: 200, contentType: 'text/plain', body: '' };
  const modules = {
    'index.mjs': `import { request } from 'node:http';
import { text } from 'node:stream/consumers';
export const handler = (event) => new Promise((resolve, reject) => {
  const options = { host: '127.0.0.1', port: event.port ?? 9, method: 'POST', path: '/?a=1', headers: { 'X-Name': 'b' } };
  const sent = request(options, async (response) => {
    resolve([response.statusCode, response.headers['content-type'], await text(response)]);
  });
  sent.on('error', ({ code }) => resolve(code));
  sent.on('close', () => event.abort && resolve('closed'));
  sent.end('body');
  if (event.abort) sent.destroy();
});`,
  };

  it('needs no connection', async () => {
    const served: ServedRequest[] = [];
    const serve: Serve = async (request) => {
      served.push(request);
      return { status: 201, contentType: 'text/plain', body: 'käse' };
    };
    const { start } = instances(modules, { serve, env: { AWS_ENDPOINT_URL: GATEWAY } });
    expect(await payload(start())).toEqual([201, 'text/plain', 'käse']);
    expect(served).toEqual([{ method: 'POST', url: '/?a=1', headers: { 'x-name': 'b' }, body: 'body' }]);
  });

  it.each([
    ['fails when the gateway drops it', { event: {}, answer: undefined, result: 'ECONNRESET' }],
    ['gets no answer after the client gave up', { event: { abort: true }, answer: OK, result: 'closed' }],
    ['to another server opens a connection', { event: { port: 1 }, answer: OK, result: 'ECONNREFUSED' }],
  ])('%s', async (_, { event, answer, result }) => {
    const { start } = instances(modules, { serve: async () => answer, env: { AWS_ENDPOINT_URL: GATEWAY } });
    expect(await payload(start(), event)).toEqual(result);
  });
});
