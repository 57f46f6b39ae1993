import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib';
import { unzipped } from '../local/unzip.ts';

/** Files that no function needs at work. */
const LEFT_OUT = /\.map$|^tree\.json$|validation-report|\.metadata\.json$/;

/** The files of an assembly as one, small enough for the repository. Files of archives are files of their own. */
export function pack(folder: string): Buffer {
  for (const archive of readdirSync(folder).filter((name) => name.endsWith('.zip'))) {
    unzipped(join(folder, archive));
    rmSync(join(folder, archive));
  }
  const names = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1))
    .filter((name) => !LEFT_OUT.test(name))
    .toSorted();
  const files = names.map((name) => [name, readFileSync(join(folder, name), 'utf8')]);
  const text = JSON.stringify(Object.fromEntries(files));
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24 };
  return brotliCompressSync(text, { params });
}

/** The files of a packed assembly, by name. */
export function unpacked(packed: Uint8Array): Readonly<Record<string, string>> {
  return JSON.parse(brotliDecompressSync(packed).toString());
}

/** Writes the files of a packed assembly, with one text in place of another. */
export function unpack(packed: Uint8Array, folder: string, [from, to]: readonly [string, string]): void {
  for (const [name, text] of Object.entries(unpacked(packed))) {
    mkdirSync(join(folder, dirname(name)), { recursive: true });
    writeFileSync(join(folder, name), text.replaceAll(from, to));
  }
}
