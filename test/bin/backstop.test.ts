import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { build } from 'esbuild';
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

it('starts without the SDK, which only a command loads', async () => {
  const { metafile } = await build({
    entryPoints: [TOOL],
    outdir: 'dist',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    metafile: true,
    write: false,
  });
  /** Packages that a file of the bundle loads before it runs. */
  const loadedBy = (file: string): readonly string[] =>
    (metafile.outputs[file]?.imports ?? []).flatMap(({ path, kind, external }) => {
      if (kind !== 'import-statement') return [];
      return external ? [path] : loadedBy(path);
    });
  const [main] = Object.entries(metafile.outputs).find(([, { entryPoint }]) =>
    entryPoint?.endsWith('bin/backstop.ts'),
  ) ?? [''];
  const [program] = Object.entries(metafile.outputs).find(([, { entryPoint }]) =>
    entryPoint?.endsWith('bin/program.ts'),
  ) ?? [''];
  const packages = new Set([...loadedBy(main), ...loadedBy(program)]);
  expect(packages).toContain('commander');
  expect([...packages].filter((name) => /^(@aws-sdk|@smithy|@clack|valibot)/.test(name))).toEqual([]);
});
