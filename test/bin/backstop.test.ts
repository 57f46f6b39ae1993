import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const TOOL = join(import.meta.dirname, '../../bin/backstop.ts');

it('ends at the second Ctrl-C, also where AWS does not answer at all', async () => {
  const silent = createServer();
  const connected = once(silent, 'connection');
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
  const child = spawn(process.execPath, [TOOL, 'status', '--endpoint', endpoint]);
  const ended = once(child, 'close');
  let err = '';
  child.stderr.on('data', (chunk) => {
    err += chunk;
    if (err.includes('Ctrl-C')) child.kill('SIGINT');
  });
  try {
    await Promise.race([connected, ended]);
    child.kill('SIGINT');
    expect(await ended).toEqual([130, null]);
    expect(err).toContain('Shutting down: returning in-flight messages.');
  } finally {
    child.kill('SIGKILL');
    silent.close();
  }
});
