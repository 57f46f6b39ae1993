import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { inflateRawSync } from 'node:zlib';

const END_LENGTH = 22;
const STORED = 0;

/**
 * Unpacks an archive into the folder of its name beside it, once.
 *
 * @returns the folder
 */
export function unzipped(archive: string): string {
  const folder = archive.replace(/\.zip$/, '');
  if (existsSync(folder)) return folder;
  const whole = mkdtempSync(`${folder}-`);
  for (const { name, contents } of filesOf(readFileSync(archive))) {
    const file = join(whole, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, contents);
  }
  try {
    renameSync(whole, folder);
  } catch (error) {
    rmSync(whole, { recursive: true });
    // Another process may have been first.
    if (!existsSync(folder)) throw error;
  }
  return folder;
}

/** The files of a ZIP archive without a comment at its end. */
export function filesOf(archive: Buffer): readonly { readonly name: string; readonly contents: Buffer }[] {
  const end = archive.subarray(-END_LENGTH);
  const count = end.readUInt16LE(10);
  const files: { name: string; contents: Buffer }[] = [];
  let at = end.readUInt32LE(16);
  for (let n = 0; n < count; n++) {
    const lengthAt = (field: number) => archive.readUInt16LE(at + field);
    const name = archive.toString('utf8', at + 46, at + 46 + lengthAt(28));
    files.push({ name, contents: contentsAt(archive, at) });
    at += 46 + lengthAt(28) + lengthAt(30) + lengthAt(32);
  }
  return files;
}

/** @param entry place of the file's entry in the directory */
function contentsAt(archive: Buffer, entry: number): Buffer {
  const at = archive.readUInt32LE(entry + 42);
  const start = at + 30 + archive.readUInt16LE(at + 26) + archive.readUInt16LE(at + 28);
  const data = archive.subarray(start, start + archive.readUInt32LE(entry + 20));
  return archive.readUInt16LE(entry + 10) === STORED ? data : inflateRawSync(data);
}
