import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Ending } from '../../../tools/demo/ending.ts';
import { environmentFile, mostTriedDeadLetter, programsOf } from '../../../tools/demo/finale.ts';

const step = { at: '2026-03-01T12:00:00.000Z', step: 'undo-failed' } as const;

it('tells of the dead letter that was tried most often, however long the stories of others are', () => {
  const endings: Ending[] = [
    { id: 'undone', outcome: 'dead-lettered', attempts: 1, trail: Array(9).fill(step), endedAt: 1 },
    { id: 'tried', outcome: 'dead-lettered', attempts: 4, trail: [], endedAt: 2 },
    { id: 'recovered', outcome: 'recovered', attempts: 5, endedAt: 3 },
  ];
  expect(mostTriedDeadLetter(endings)?.id).toBe('tried');
  expect(mostTriedDeadLetter([])).toBeUndefined();
});

it('writes programs that a shell finds after one line, and the scripts that it starts, too', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'backstop finale-'));
  try {
    const files = { outputsFile: join(folder, 'outputs'), programs: join(folder, 'bin') };
    const root = join(import.meta.dirname, '../../..');
    await writeFile(files.outputsFile, 'BusName=Bus\n');
    await mkdir(files.programs);
    const programs = Object.entries(programsOf(files, { node: process.execPath, root }));
    for (const [name, text] of programs) await writeFile(join(files.programs, name), text, { mode: 0o755 });
    await writeFile(join(folder, 'env'), environmentFile({ endpoint: 'http://127.0.0.1:4566', outputs: {} }, files));
    const script =
      '. "$1/env"; echo "$AWS_ENDPOINT_URL $AWS_REGION"; echo BusName | xargs output; echo --version | xargs backstop';
    const [endpoint, output, version] = execFileSync('sh', ['-c', script, 'sh', folder], { encoding: 'utf8' }).split(
      '\n',
    );
    expect([endpoint, output]).toEqual(['http://127.0.0.1:4566 us-east-1', 'Bus']);
    expect(version).toMatch(/^\d+\.\d+\.\d+$/);
  } finally {
    await rm(folder, { recursive: true });
  }
});
