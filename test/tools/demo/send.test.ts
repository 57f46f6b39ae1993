import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';

const DEMO = join(import.meta.dirname, '../../../tools/demo');
const EVENT = join(DEMO, 'events/01-healed-at-once.json');

function send(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [join(DEMO, 'send.ts'), ...args], (error, stdout, stderr) =>
      resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
    );
  });
}

describe('send', () => {
  it.each([
    ['nothing', [], '--endpoint is missing'],
    ['no bus', ['--endpoint', 'http://127.0.0.1:9', EVENT], '--bus is missing'],
    ['no file', ['--endpoint', 'http://127.0.0.1:9', '--bus', 'b'], 'FILE.json is missing'],
    ['two files', ['--endpoint', 'http://127.0.0.1:9', '--bus', 'b', EVENT, EVENT], 'one FILE.json at a time'],
    [
      'an endpoint that is no URL',
      ['--endpoint', 'here', '--bus', 'b', EVENT],
      "must be a URL such as http://127.0.0.1:4566, got 'here'",
    ],
    ['an unknown option', ['--queue', 'b', EVENT], "Unknown option '--queue'"],
  ])('names the mistake and tells its usage when given %s', async (_, args, mistake) => {
    const { code, stderr } = await send(...args);
    expect(code).toBe(2);
    expect(stderr).toContain(mistake);
    expect(stderr).toContain('usage: npm run send --');
  });

  it('tells its usage when asked', async () => {
    const { code, stdout } = await send('--help');
    expect(code).toBe(0);
    expect(stdout).toContain('usage: npm run send --');
  });

  it.each([
    ['is not there', join(DEMO, 'no-such.json'), "can't be read as JSON"],
    ['is no JSON', join(DEMO, 'send.ts'), "can't be read as JSON"],
  ])('names a file that %s', async (_, file, message) => {
    const { code, stderr } = await send('--endpoint', 'http://127.0.0.1:9', '--bus', 'b', file);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
    expect(stderr).toContain(file);
  });

  it('says so in one line when nothing listens', async () => {
    const { code, stderr } = await send('--endpoint', 'http://127.0.0.1:9', '--bus', 'b', EVENT);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^Not sent: .*\n$/);
  });

  it('puts the event on the bus, under the id that is asked for', async () => {
    let request = '';
    const server = createServer(async (incoming, response) => {
      request = await text(incoming);
      response.setHeader('content-type', 'application/x-amz-json-1.1').end('{"FailedEntryCount":0,"Entries":[{}]}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const { code, stdout } = await send('--endpoint', `http://127.0.0.1:${port}`, '--bus', 'b', '--id', 'mine', EVENT);
    server.close();
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout:
        'Sent. Where the demonstration runs it shows what becomes of it: its outcome, a question, or that it knows the id.\n',
    });
    const { EventBusName, DetailType, Detail } = JSON.parse(request).Entries[0];
    expect({ EventBusName, DetailType }).toEqual({ EventBusName: 'b', DetailType: 'Operation Failed' });
    expect(JSON.parse(Detail)).toMatchObject({ version: 1, id: 'mine', occurredAt: expect.any(String) });
  });
});
