import { crc32, deflateRawSync } from 'node:zlib';

/** A file of an archive. */
export interface ZipFile {
  /** Name, without a folder. */
  readonly name: string;
  readonly contents: Uint8Array;
}

/** Makes a ZIP archive. The same files make the same bytes, because no entry has the time of today. */
export function zipOf(files: readonly ZipFile[]): Buffer {
  return addToZip(endOf({ count: 0, size: 0, offset: 0 }), files, DEFLATED);
}

/**
 * Adds files to an archive of {@link zipOf}, without reading what it holds.
 *
 * @param method files are stored by default, because any version of zlib then makes the same archive
 */
export function addToZip(archive: Uint8Array, files: readonly ZipFile[], method: Method = STORED): Buffer {
  const whole = Buffer.from(archive.buffer, archive.byteOffset, archive.byteLength);
  const end = whole.subarray(-END_LENGTH);
  const offset = end.readUInt32LE(16);
  const bodies: Uint8Array[] = [];
  const directory: Uint8Array[] = [whole.subarray(offset, whole.length - END_LENGTH)];
  let at = offset;
  for (const file of files) {
    const { body, entry } = packed(file, method, at);
    bodies.push(...body);
    directory.push(...entry);
    at += lengthOf(body);
  }
  const count = end.readUInt16LE(10) + files.length;
  const last = endOf({ count, size: lengthOf(directory), offset: at });
  return Buffer.concat([whole.subarray(0, offset), ...bodies, ...directory, last]);
}

type Method = typeof STORED | typeof DEFLATED;

const STORED = 0;
const DEFLATED = 8;
const END_LENGTH = 22;
/** The first of January 1980, the earliest that the format knows. */
const NO_DATE = 0x21;
/** Names are UTF-8. */
const UTF_8 = 0x800;
const VERSION = 20;
/** Says that the attributes are those of Unix: everybody may read the file, as Lambda must. */
const MADE_ON_UNIX = 0x300 + VERSION;
const READABLE = 0o100644 * 0x10000;

/** @param at where the file begins in the archive */
function packed({ name, contents }: ZipFile, method: Method, at: number) {
  const data = method === DEFLATED ? deflateRawSync(contents) : contents;
  const path = Buffer.from(name);
  const common = Buffer.alloc(26);
  common.writeUInt16LE(VERSION, 0);
  common.writeUInt16LE(UTF_8, 2);
  common.writeUInt16LE(method, 4);
  common.writeUInt16LE(NO_DATE, 8);
  common.writeUInt32LE(crc32(contents), 10);
  common.writeUInt32LE(data.length, 14);
  common.writeUInt32LE(contents.length, 18);
  common.writeUInt16LE(path.length, 22);
  const made = Buffer.alloc(2);
  made.writeUInt16LE(MADE_ON_UNIX);
  const place = Buffer.alloc(14);
  place.writeUInt32LE(READABLE, 6);
  place.writeUInt32LE(at, 10);
  return {
    body: [Buffer.from('PK\x03\x04'), common, path, data],
    entry: [Buffer.from('PK\x01\x02'), made, common, place, path],
  };
}

function endOf({ count, size, offset }: Readonly<Record<'count' | 'size' | 'offset', number>>): Buffer {
  const end = Buffer.alloc(END_LENGTH);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(count, 8);
  end.writeUInt16LE(count, 10);
  end.writeUInt32LE(size, 12);
  end.writeUInt32LE(offset, 16);
  return end;
}

function lengthOf(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, { length }) => sum + length, 0);
}
