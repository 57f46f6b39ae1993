import { createHash } from 'node:crypto';
import type { ResponseBody } from '../boundary/call-result.ts';
import { canonicalJson } from '../json/canonical-json.ts';
import type { Json } from '../json/json-value.ts';
import { readJson } from '../json/lossless-json.ts';
import type { ViewableState } from './difference.ts';
import { isJsonType, mediaTypeOf } from './media-type.ts';

/** Response of the GET for a resource's current state. */
export interface CurrentState {
  /** 2xx, 404 or 410. */
  readonly statusCode: number;
  readonly etag?: string;
  readonly lastModified?: string;
  /** Absent if the body is neither JSON nor text, too large, or incomplete. */
  readonly body?: ResponseBody;
}

const OK = 200;
const GONE: readonly number[] = [404, 410];

export function isGone({ statusCode }: CurrentState): boolean {
  return GONE.includes(statusCode);
}

/** The state as JSON; undefined if there is none, or if parsing it would lose digits. */
export function comparableState(current: CurrentState): Json | undefined {
  const body = completeBody(current);
  return body && isJsonType(mediaTypeOf(body.contentType)) ? readJson(body.text) : undefined;
}

/** The body, if it holds the complete state. */
export function completeBody({ statusCode, body }: CurrentState): ResponseBody | undefined {
  // Other 2xx statuses carry a part, no body, or a proxy's transformation.
  return statusCode === OK ? body : undefined;
}

export function viewOfCurrent(current: CurrentState): ViewableState {
  if (isGone(current)) return { kind: 'absent' };
  const state = comparableState(current);
  if (state !== undefined) return { kind: 'json', state };
  const { body } = current;
  if (!body) return { kind: 'other', mediaType: 'unknown' };
  return { kind: 'other', mediaType: mediaTypeOf(body.contentType), bytes: Buffer.byteLength(body.text) };
}

/**
 * Digest that detects a changed state: SHA-256 in hexadecimal.
 *
 * - JSON: independent of the order of fields
 * - unreadable state: digest of the ETag
 * - deleted resource: `gone`
 */
export function stateDigest(current: CurrentState): string {
  if (isGone(current)) return 'gone';
  const state = comparableState(current);
  const text = state === undefined ? completeBody(current)?.text : canonicalJson(state);
  return createHash('sha256')
    .update(text ?? `etag ${current.etag ?? ''}`)
    .digest('hex');
}
