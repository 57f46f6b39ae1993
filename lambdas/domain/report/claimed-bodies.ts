import { createHash } from 'node:crypto';
import { bodyKey, MAX_CLAIMED_BYTES, MAX_INLINE_BYTES } from '../../contract/body-claim.ts';
import { ReportTooLargeError } from '../../contract/report-errors.ts';

/** An object for the pipeline's bucket. */
export interface StoredBody {
  readonly key: string;
  readonly content: Uint8Array;
}

type Detail = Readonly<Record<string, unknown>>;

/**
 * Replaces the body of an operation by a claim if the body is large. The object holds the JSON text that the event
 * would have, so that both ways lead to the same call.
 *
 * @param token names the object, together with dependency and tenant. A new one for each object
 * @throws ReportTooLargeError if the body is larger than the bucket takes
 */
export function claimedIfLarge(
  operation: Detail,
  dependency: string,
  tenant: string | undefined,
  token: string,
): { readonly operation: Detail; readonly stored?: StoredBody } {
  const { body, ...others } = operation;
  // A function has no JSON text, so the event has no body either.
  const text: string | undefined = JSON.stringify(body);
  if (text === undefined || Buffer.byteLength(text) <= MAX_INLINE_BYTES) return { operation };
  const content = Buffer.from(text);
  const { byteLength: bytes } = content;
  if (bytes > MAX_CLAIMED_BYTES) throw new ReportTooLargeError(bytes, MAX_CLAIMED_BYTES, 'a body');
  const key = bodyKey(dependency, tenant, token);
  const sha256 = createHash('sha256').update(content).digest('hex');
  return { operation: { ...others, bodyClaim: { key, sha256, bytes } }, stored: { key, content } };
}
