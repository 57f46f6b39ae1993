import type { HttpOperation } from '../../contract/failure.ts';
import { isHeaderSafe } from '../boundary/http-request.ts';

/** `strong`: `"x"`. `weak`: `W/"x"`. `bare`: without quotes, as some servers send it. */
type EtagForm = 'strong' | 'weak' | 'bare';

/** Headers that make a write conditional on a version or on existence. */
const CONDITIONAL_HEADERS: ReadonlySet<string> = new Set(['if-match', 'if-none-match', 'if-unmodified-since']);
/**
 * One entity tag (RFC 9110, section 8.8.3), or one word without quotes. A list, sent back, would match any of its
 * versions.
 */
const ONE_ETAG = /^(?:(?:W\/)?"[^"]*"|[^\s",*]+)$/i;
const ETAG = /(?:W\/)?"[^"]*"|[^\s,"]+/g;

/** Returns the ETag if sending it back protects a write. `*` matches any version, so it protects nothing. */
export function usableEtag(etag: string | undefined): string | undefined {
  const text = etag?.trim() ?? '';
  return ONE_ETAG.test(text) && isHeaderSafe(text) ? text : undefined;
}

export function etagForm(etag: string): EtagForm {
  if (etag.startsWith('W/"')) return 'weak';
  return etag.startsWith('"') ? 'strong' : 'bare';
}

/**
 * Whether the caller's ETag and the current one may come from the same system. They do not if they differ in form,
 * except that a proxy weakens the ETag of an answer that it compresses for the caller.
 */
export function isOfOneSystem(known: string, current: string): boolean {
  const [before, now] = [etagForm(known), etagForm(current)];
  return before === now || (before === 'weak' && now === 'strong');
}

/** ETags in the caller's write. The dependency refused them together with the write. */
export function knownEtags({ ifMatch, headers = {} }: HttpOperation): readonly string[] {
  const listed = (ifMatch ?? headers['if-match'] ?? '').match(ETAG) ?? [];
  return listed.filter((etag) => etag !== '*');
}

/**
 * Makes the operation conditional on one ETag only. Sends the ETag unchanged, even a weak one, because OData requires
 * that.
 */
export function ifMatching({ ifMatch: _, ...operation }: HttpOperation, etag: string): HttpOperation {
  return { ...withoutConditions(operation), ifMatch: etag };
}

/** Makes the operation conditional on the resource's absence. */
export function ifAbsent({ ifMatch: _, ...operation }: HttpOperation): HttpOperation {
  const { headers, ...rest } = withoutConditions(operation);
  return { ...rest, headers: { ...headers, 'if-none-match': '*' } };
}

function withoutConditions(operation: HttpOperation): HttpOperation {
  if (!operation.headers) return operation;
  const headers = Object.entries(operation.headers).filter(([name]) => !CONDITIONAL_HEADERS.has(name.toLowerCase()));
  return { ...operation, headers: Object.fromEntries(headers) };
}
