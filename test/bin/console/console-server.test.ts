import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ConsoleServer, startConsole } from '../../../bin/console/console-server.ts';
import type { ToolOutput } from '../../../bin/console/run-for-document.ts';
import { consoleRuns } from '../../../bin/console/runs.ts';

const TOKEN = 'the-token';
const page = new Map([['/', { type: 'text/html', body: 'the page' }]]);
/** What the page asked the tool for. */
let asked: (readonly string[])[] = [];
let server: ConsoleServer;

beforeAll(async () => {
  const run = async (args: readonly string[], { stdout, stderr }: ToolOutput) => {
    asked.push(args);
    if (args[0] === 'trace') stderr(`{"error":{"code":3,"message":"No failure has the id '${args[1]}'."}}\n`);
    else stdout('{ "open": 3 }');
    return args[0] === 'trace' ? 3 : 0;
  };
  server = await startConsole({ api: { run, runs: consoleRuns(run) }, page, port: 0, token: TOKEN });
});
afterAll(() => server.stop());

interface Sent {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

/** Sends a request as whatever client it likes to be. */
function send(path: string, { method = 'POST', headers = {}, body = '{}' }: Sent = {}) {
  const { hostname, port } = new URL(server.address);
  return new Promise<{ status: number | undefined; headers: object; text: string }>((resolve, reject) => {
    const sent = request({ hostname, port, path, method, headers, agent: false }, (response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, text }));
    });
    sent.on('error', reject);
    sent.end(method === 'POST' ? body : undefined);
  });
}

const open = { 'x-backstop-token': TOKEN };

describe('the server of the console', () => {
  it('gives the token to nobody but the reader of its address, which stays in the browser', () => {
    expect(new URL(server.address)).toMatchObject({ hostname: '127.0.0.1', pathname: '/', hash: `#token=${TOKEN}` });
  });

  it('serves the page under a policy that allows no other host, no inline script and no frame', async () => {
    const { status, headers, text } = await send('/', { method: 'GET' });
    expect([status, text]).toEqual([200, 'the page']);
    expect(headers).toMatchObject({
      'content-security-policy': expect.stringMatching(
        /^default-src 'none'; script-src 'self';.*frame-ancestors 'none'$/,
      ),
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
    });
  });

  it.each<[string, string, Sent, number]>([
    ['without the token', '/api/status', {}, 401],
    ['with another token', '/api/status', { headers: { 'x-backstop-token': 'the-tokem' } }, 401],
    ['from the page of another site', '/api/status', { headers: { ...open, origin: 'https://evil.example' } }, 403],
    [
      'that another site made the browser send',
      '/api/status',
      { headers: { ...open, 'sec-fetch-site': 'cross-site' } },
      403,
    ],
    [
      'to a name that somebody pointed at this machine',
      '/api/status',
      { headers: { ...open, host: 'evil.example' } },
      421,
    ],
    ['for an operation that is not there', '/api/deploy', { headers: open }, 404],
    ['for a member of every object', '/api/constructor', { headers: open }, 404],
    ['for a file that is not there', '/../package.json', { method: 'GET' }, 404],
    ['with another method', '/api/status', { method: 'DELETE', headers: open }, 405],
    ['that is too large', '/api/status', { headers: open, body: ' '.repeat(1_048_577) }, 413],
    ['that is not JSON', '/api/status', { headers: open, body: '{' }, 400],
    ['with a field that the operation does not have', '/api/status', { headers: open, body: '{"stack":"Mine"}' }, 400],
    ['without a reason', '/api/turn-lane', { headers: open, body: '{"lane":"orders","paused":true,"why":" "}' }, 400],
  ])('refuses a request %s', async (_, path, sent, status) => {
    asked = [];
    expect(await send(path, sent)).toMatchObject({ status });
    expect(asked).toEqual([]);
  });

  it('answers with the document of the command', async () => {
    asked = [];
    const { status, text } = await send('/api/status', { headers: open });
    expect([status, JSON.parse(text)]).toEqual([200, { open: 3 }]);
    expect(asked).toEqual([['status', '--json', '--yes']]);
  });

  it('answers with what the command said if it failed', async () => {
    const { status, text } = await send('/api/trace', { headers: open, body: '{"id":"order-1"}' });
    expect([status, JSON.parse(text)]).toEqual([
      404,
      { name: 'ToolError', code: 3, message: "No failure has the id 'order-1'." },
    ]);
  });

  it.each([
    ['a failure', '/api/trace', { id: '--endpoint=http://evil.example' }],
    ['a lane', '/api/redrive', { lane: '--from', filter: {}, rate: 5, why: 'w' }],
    ['a circuit', '/api/force-circuit', { circuit: '-x', to: 'open', for: '1h', why: 'w' }],
  ])('takes no option of the tool for the name of %s', async (_, path, input) => {
    asked = [];
    expect(await send(path, { headers: open, body: JSON.stringify(input) })).toMatchObject({ status: 400 });
    expect(asked).toEqual([]);
  });

  it('passes each text as the value of its own option, whatever it says', async () => {
    asked = [];
    const why = '--dry-run --stack=Mine';
    await send('/api/turn-lane', { headers: open, body: JSON.stringify({ lane: 'orders', paused: false, why }) });
    expect(asked).toEqual([['resume', 'orders', `--why=${why}`, '--json', '--yes']]);
  });

  it('searches a period', async () => {
    asked = [];
    await send('/api/failures', { headers: open, body: '{"since":"2h","until":"1h","page":"start"}' });
    expect(asked[0]?.slice(0, 5)).toEqual(['failures', '--since=2h', '--until=1h', '--limit=1000', '--page=start']);
  });

  it('asks what an action acknowledges, and acknowledges one incident or all', async () => {
    asked = [];
    const ask = (path: string, input: object) => send(path, { headers: open, body: JSON.stringify(input) });
    await ask('/api/acknowledges', { action: 'redrive', dependency: 'orders', filter: { rule: 'http-gone' } });
    await ask('/api/acknowledge', { dependency: 'orders', cause: 'undo-incomplete', why: 'w' });
    await ask('/api/acknowledge', { dependency: 'orders', why: 'w' });
    expect(asked.map((args) => args.slice(0, -2))).toEqual([
      ['incidents', 'preview', 'redrive', 'orders', '--rule=http-gone'],
      ['incidents', 'ack', 'orders', '--cause=undo-incomplete', '--why=w'],
      ['incidents', 'ack', 'orders', '--why=w'],
    ]);
  });
});
