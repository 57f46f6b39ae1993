import type { ResponseBody } from '../../domain/boundary/call-result.ts';

/** Read so that the connection can serve the next call; a longer body costs less as a new connection. Nor is one kept. */
const MAX_BYTES = 65_536;
/** JSON in all its kinds (RFC 6839, 3.1), and text. */
const KEPT_TYPES = /^(?:text\/[\w.+-]+|application\/(?:[\w.+-]+\+)?json)\s*(?:;|$)/i;
const MAX_TYPE_LENGTH = 200;

/** Reads a body to its end, within limits. Answers with it where that is wanted, and it is whole, and text. Never throws. */
export async function readBody(response: Response, wanted: boolean | 'to-compare'): Promise<ResponseBody | undefined> {
  const chunks = await readAll(response.body);
  const isAllowed = wanted === 'to-compare' || (wanted && !forbidsKeeping(response.headers));
  const contentType = isAllowed && chunks ? keptType(response.headers) : undefined;
  const text = contentType !== undefined && chunks ? decoded(chunks) : undefined;
  return contentType === undefined || text === undefined ? undefined : { contentType, text };
}

/** Undefined where the body is too long, or broke off. */
async function readAll(body: Response['body']): Promise<readonly Uint8Array[] | undefined> {
  const chunks: Uint8Array[] = [];
  if (!body) return chunks;
  let bytes = 0;
  try {
    // Leaving the loop cancels the rest.
    for await (const chunk of body) {
      bytes += chunk.byteLength;
      if (bytes > MAX_BYTES) return undefined;
      chunks.push(chunk);
    }
    return chunks;
  } catch {
    // Broken off, or out of time: the connection is closed.
    return undefined;
  }
}

function forbidsKeeping(headers: Headers): boolean {
  return /\bno-store\b/i.test(headers.get('cache-control') ?? '');
}

/** Undefined where it is of another type. */
function keptType(headers: Headers): string | undefined {
  const type = headers.get('content-type') ?? '';
  return type.length <= MAX_TYPE_LENGTH && KEPT_TYPES.test(type) ? type : undefined;
}

function decoded(chunks: readonly Uint8Array[]): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
  } catch {
    return undefined;
  }
}
