import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib';
import type { ResponseBody } from '../../domain/boundary/call-result.ts';
import type { HttpAnswer } from './http-connection.ts';

/** Most bytes that are read to reuse the connection. A longer body is dropped, because a new connection is cheaper. */
const MAX_BYTES = 65_536;
/** JSON in all its forms (RFC 6839, 3.1), and text. */
const KEPT_TYPES = /^(?:text\/[\w.+-]+|application\/(?:[\w.+-]+\+)?json)\s*(?:;|$)/i;
/** What an error may also say its code in: the JSON of AWS's protocols, and XML. */
const JUDGED_TYPES = /^application\/(?:x-amz-json-1\.[01]|(?:[\w.+-]+\+)?xml)\s*(?:;|$)/i;
const MAX_TYPE_LENGTH = 200;

/**
 * What to return of a body. `to-compare`: also a `no-store` body, which is compared but not stored. `to-judge`: also
 * XML and the JSON of AWS. `to-match`: whatever its type, since a rule of the dependency reads it.
 */
type Wanted = boolean | 'to-compare' | 'to-judge' | 'to-match';

/**
 * Reads a body to its end, up to 64 KiB.
 *
 * @returns the body, if it is `wanted`, complete and text, and Backstop keeps its type
 * @throws what breaks the connection before the end
 */
export async function readBody(response: HttpAnswer, wanted: Wanted): Promise<ResponseBody | undefined> {
  const chunks = await readAll(response.body);
  const isAllowed = typeof wanted === 'string' || mayStore(response.headers, wanted);
  const contentType = isAllowed && chunks ? typeOf(response.headers, wanted) : undefined;
  const content = contentType !== undefined && chunks ? decodeContent(chunks, response.headers) : undefined;
  const text = content && decodeUtf8(content);
  return contentType === undefined || text === undefined ? undefined : { contentType, text };
}

/** Undefined if the body is too long. */
async function readAll(body: HttpAnswer['body']): Promise<readonly Uint8Array[] | undefined> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  // Leaving the loop closes the connection.
  for await (const chunk of body) {
    bytes += chunk.byteLength;
    if (bytes > MAX_BYTES) return undefined;
    chunks.push(chunk);
  }
  return chunks;
}

/** Whether the body of a success is one to return, if a rule had to read it. */
export function mayKeep(headers: Headers, wanted: boolean | 'to-compare'): boolean {
  return KEPT_TYPES.test(headers.get('content-type') ?? '') && (wanted === 'to-compare' || mayStore(headers, wanted));
}

function mayStore(headers: Headers, wanted: boolean): boolean {
  return wanted && !forbidsStorage(headers);
}

function forbidsStorage(headers: Headers): boolean {
  return /\bno-store\b/i.test(headers.get('cache-control') ?? '');
}

/** Returns the content type; undefined if no code reads it. */
function typeOf(headers: Headers, wanted: Wanted): string | undefined {
  const type = headers.get('content-type') ?? '';
  const isRead = wanted === 'to-match' || KEPT_TYPES.test(type) || (wanted === 'to-judge' && JUDGED_TYPES.test(type));
  return type.length <= MAX_TYPE_LENGTH && isRead ? type : undefined;
}

/** Content codings (RFC 9110, section 8.4.1). Some servers use one although Backstop accepts none. */
const DECODERS = new Map<string, (content: Uint8Array) => Uint8Array>([
  ['', (content) => content],
  ['identity', (content) => content],
  ['gzip', (content) => gunzipSync(content, LIMIT)],
  ['x-gzip', (content) => gunzipSync(content, LIMIT)],
  ['deflate', (content) => inflateSync(content, LIMIT)],
  ['br', (content) => brotliDecompressSync(content, LIMIT)],
]);
const LIMIT = { maxOutputLength: MAX_BYTES };

/** Undefined if the coding is unknown, or the content is broken or too long. */
function decodeContent(chunks: readonly Uint8Array[], headers: Headers): Uint8Array | undefined {
  const decode = DECODERS.get((headers.get('content-encoding') ?? '').trim().toLowerCase());
  try {
    return decode?.(Buffer.concat(chunks));
  } catch {
    return undefined;
  }
}

function decodeUtf8(content: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(content);
  } catch {
    return undefined;
  }
}
