import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { zipOf } from '../../../lib/parts/zip.ts';
import { unzipped } from '../../../tools/local/unzip.ts';
import { pack, unpack } from '../../../tools/versions/packed-assembly.ts';
import { temporaryFolder } from '../../lib/templates.ts';

it('packs the files of archives, so that their texts can be replaced', () => {
  const folder = temporaryFolder();
  const file = (name: string, text: string) => ({ name, contents: Buffer.from(text) });
  const settings = file('dependencies.json', '{"url":"http://recorded"}');
  writeFileSync(join(folder, 'asset.1.zip'), zipOf([settings, file('worker.mjs.map', '{}')]));
  mkdirSync(join(folder, 'asset.2'));
  writeFileSync(join(folder, 'asset.2', 'index.mjs'), 'export {};');
  const other = temporaryFolder();
  unpack(pack(folder), other, ['http://recorded', 'http://here']);
  // The embedded cloud finds the folder in place of the archive.
  const code = unzipped(join(other, 'asset.1.zip'));
  expect(readFileSync(join(code, 'dependencies.json'), 'utf8')).toBe('{"url":"http://here"}');
  expect(() => readFileSync(join(code, 'worker.mjs.map'))).toThrow('ENOENT');
  expect(readFileSync(join(other, 'asset.2', 'index.mjs'), 'utf8')).toBe('export {};');
});
