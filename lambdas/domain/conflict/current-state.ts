import { createHash } from 'node:crypto';
import type { KeptBody } from '../boundary/call-result.ts';
import { canonical } from '../ledger/fingerprint.ts';
import type { Showable } from './difference.ts';
import type { Json } from './json-value.ts';
import { readJson } from './lossless-json.ts';
import { isJsonType, mediaTypeOf } from './media-type.ts';

/** The state that a GET has found. */
export interface Current {
  /** A success, 404 or 410. */
  readonly statusCode: number;
  readonly etag?: string;
  readonly lastModified?: string;
  /** Absent where it is neither JSON nor text, too large, or broke off. */
  readonly body?: KeptBody;
}

const OK = 200;
const GONE: readonly number[] = [404, 410];

export function isGone({ statusCode }: Current): boolean {
  return GONE.includes(statusCode);
}

/** Undefined where there is no state, or it can't be compared: no JSON, or digits would be lost. */
export function theirState(current: Current): Json | undefined {
  const body = wholeBody(current);
  return body && isJsonType(mediaTypeOf(body.contentType)) ? readJson(body.text) : undefined;
}

/** The body as text, where it is the whole of the state. */
export function wholeBody({ statusCode, body }: Current): KeptBody | undefined {
  // Any other success is one of a part, of nothing, or of what a proxy made of it.
  return statusCode === OK ? body : undefined;
}

export function showTheirs(current: Current): Showable {
  if (isGone(current)) return { kind: 'absent' };
  const state = theirState(current);
  if (state !== undefined) return { kind: 'json', state };
  const { body } = current;
  if (!body) return { kind: 'other', mediaType: 'unknown' };
  return { kind: 'other', mediaType: mediaTypeOf(body.contentType), bytes: Buffer.byteLength(body.text) };
}

/**
 * Tells whether a state has changed since: SHA-256 in hexadecimal, whatever the order of its fields where it is JSON; of the ETag
 * where the state can't be read; `gone` where it was deleted.
 */
export function stateDigest(current: Current): string {
  if (isGone(current)) return 'gone';
  const state = theirState(current);
  const text = state === undefined ? wholeBody(current)?.text : canonical(state);
  return createHash('sha256')
    .update(text ?? `etag ${current.etag ?? ''}`)
    .digest('hex');
}
