import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { zipOf } from '../../../lib/parts/zip.ts';
import { unzipped } from '../../../tools/local/unzip.ts';
import { temporaryFolder } from '../../lib/templates.ts';

it('unpacks an archive beside itself, once', () => {
  const folder = temporaryFolder();
  const archive = join(folder, 'asset.1.zip');
  writeFileSync(archive, zipOf([{ name: 'inner/worker.mjs', contents: Buffer.from('export {};') }]));
  const unpacked = unzipped(archive);
  expect(readFileSync(join(unpacked, 'inner', 'worker.mjs'), 'utf8')).toBe('export {};');
  writeFileSync(join(unpacked, 'kept'), '');
  expect(unzipped(archive)).toBe(unpacked);
  expect(readdirSync(folder).toSorted()).toEqual(['asset.1', 'asset.1.zip']);
  expect(readdirSync(unpacked)).toContain('kept');
});
