import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addToZip, zipOf } from '../../../lib/parts/zip.ts';
import { filesOf } from '../../../tools/local/unzip.ts';
import { temporaryFolder } from '../templates.ts';

const text = (name: string, contents: string) => ({ name, contents: Buffer.from(contents) });
const some = [text('one.mjs', 'export {};\n'.repeat(50)), text('zwei ü.json', '{}'), text('empty', '')];
const hasPython = spawnSync('python3', ['--version']).status === 0;
describe('an archive', () => {
  it('holds what was put in, then and later', () => {
    const file = fc.record({ name: fc.string({ minLength: 1 }), contents: fc.uint8Array().map(Buffer.from) });
    fc.assert(
      fc.property(fc.array(file), fc.array(file), (first, later) => {
        expect(filesOf(addToZip(zipOf(first), later))).toEqual([...first, ...later]);
      }),
      { numRuns: 50 },
    );
  });
  it('compresses its files, and stores later ones as they are', () => {
    const big = text('big', 'x'.repeat(5_000));
    expect(zipOf([big]).length).toBeLessThan(300);
    expect(addToZip(zipOf([]), [big]).length).toBeGreaterThan(5_000);
  });
  it('is the same whenever it is made', () => {
    expect(zipOf(some)).toEqual(zipOf(some));
  });
  it('stays as it was when files are added', () => {
    const archive = zipOf(some);
    const before = Buffer.from(archive);
    addToZip(archive, some);
    expect(archive).toEqual(before);
  });
  it.runIf(hasPython)('can be read by others, who see files that everybody may read', () => {
    const file = join(temporaryFolder(), 'some.zip');
    writeFileSync(file, addToZip(zipOf(some), [text('late', 'later')]));
    const script = `
import json, sys, zipfile
archive = zipfile.ZipFile(sys.argv[1])
print(json.dumps([archive.testzip()] + [[i.filename, oct(i.external_attr >> 16), archive.read(i).decode()] for i in archive.infolist()]))`;
    const read = JSON.parse(execFileSync('python3', ['-c', script, file], { encoding: 'utf8' }));
    const all = [...some, text('late', 'later')];
    expect(read).toEqual([null, ...all.map(({ name, contents }) => [name, '0o100644', contents.toString()])]);
  });
});
