import type { HttpOperation } from '../../contract/failure.ts';
import { isHeaderSafe } from '../boundary/http-request.ts';

/** `strong`: `"x"`. `weak`: `W/"x"`. `bare`: without quotes, as some servers have it. */
export type EtagForm = 'strong' | 'weak' | 'bare';

/** Headers that make a write depend on a version, or on there being one. */
const CONDITIONS: ReadonlySet<string> = new Set(['if-match', 'if-none-match', 'if-unmodified-since']);
/** Several headers of the name, joined: sent back, it would match any of them. */
const SEVERAL = /",\s*(?:W\/)?"/;
const LISTED = /(?:W\/)?"[^"]*"|[^\s,"]+/g;

/** An ETag that protects a write when it is sent back. Any version matches `*`, so that it protects nothing. */
export function usableEtag(etag: string | undefined): string | undefined {
  const text = etag?.trim() ?? '';
  return text === '' || text === '*' || SEVERAL.test(text) || !isHeaderSafe(text) ? undefined : text;
}

export function etagForm(etag: string): EtagForm {
  if (etag.startsWith('W/"')) return 'weak';
  return etag.startsWith('"') ? 'strong' : 'bare';
}

/** ETags that the caller's write was made for. They were refused together with it. */
export function knownEtags({ ifMatch, headers = {} }: HttpOperation): readonly string[] {
  const listed = (ifMatch ?? headers['if-match'] ?? '').match(LISTED) ?? [];
  return listed.filter((etag) => etag !== '*');
}

/** The operation for a version, and no other condition. The ETag goes back as it came, a weak one too: OData wants that. */
export function forVersion({ ifMatch: _, ...operation }: HttpOperation, etag: string): HttpOperation {
  return { ...withoutConditions(operation), ifMatch: etag };
}

/** The operation for a resource that must not exist. */
export function forAbsence({ ifMatch: _, ...operation }: HttpOperation): HttpOperation {
  const { headers, ...rest } = withoutConditions(operation);
  return { ...rest, headers: { ...headers, 'if-none-match': '*' } };
}

function withoutConditions(operation: HttpOperation): HttpOperation {
  if (!operation.headers) return operation;
  const headers = Object.entries(operation.headers).filter(([name]) => !CONDITIONS.has(name.toLowerCase()));
  return { ...operation, headers: Object.fromEntries(headers) };
}
