import type { HttpOperation } from '../../contract/failure.ts';
import { isStringJson, type JsonText, toJsonText } from '../../contract/json-text.ts';
import { wireText } from '../boundary/wire-text.ts';
import type { Json } from '../json/json-value.ts';
import { readJson, writeJson } from '../json/lossless-json.ts';
import type { ViewableState } from './difference.ts';
import { applyJsonPatch, diffJsonPatch, type JsonPatch, readJsonPatch } from './json-patch.ts';
import { isJsonType, mediaTypeOf } from './media-type.ts';
import { applyMergePatch, diffMergePatch } from './merge-patch.ts';

/**
 * Effect of an operation on its resource's state.
 *
 * - `whole`: replaces the state
 * - `merge-patch`, `json-patch`: changes parts of it
 * - `opaque`: unknown, since the body is not JSON or an unsupported patch format
 */
export type Write =
  | { readonly kind: 'delete' | 'opaque' }
  | { readonly kind: 'whole'; readonly state: Json }
  | { readonly kind: 'merge-patch'; readonly patch: Json }
  | { readonly kind: 'json-patch'; readonly patch: JsonPatch };

const OPAQUE: Write = { kind: 'opaque' };
const MERGE_PATCH_TYPES: readonly string[] = ['application/merge-patch+json', 'application/json'];
/** Digests of the old body, which would be wrong for a new one. */
const BODY_DIGESTS: ReadonlySet<string> = new Set(['content-md5', 'content-digest', 'digest', 'repr-digest']);

/** Undefined if the method is not PUT, PATCH or DELETE. */
export function readWrite(operation: HttpOperation): Write | undefined {
  switch (operation.method) {
    case 'DELETE':
      return { kind: 'delete' };
    case 'PUT': {
      const state = readBody(operation);
      return state === undefined ? OPAQUE : { kind: 'whole', state };
    }
    case 'PATCH':
      return readPatch(operation);
    default:
      return undefined;
  }
}

/** Applies a write to a state; undefined if the result is unknown or a deletion. */
export function resultingState(write: Write, before: Json | undefined): Json | undefined {
  switch (write.kind) {
    case 'delete':
    case 'opaque':
      return undefined;
    case 'whole':
      return write.state;
    case 'merge-patch':
      return before === undefined ? undefined : applyMergePatch(before, write.patch);
    case 'json-patch': {
      const applied = before === undefined ? undefined : applyJsonPatch(before, write.patch);
      return applied?.kind === 'applied' ? applied.state : undefined;
    }
    default:
      return write satisfies never;
  }
}

/**
 * Builds the operation that turns `from` into `to`, in the format of the given one; undefined if the format can't
 * express it.
 */
export function rewrite(
  operation: HttpOperation,
  write: Write,
  from: Json | undefined,
  to: Json,
): HttpOperation | undefined {
  switch (write.kind) {
    case 'delete':
    case 'opaque':
      return undefined;
    case 'whole':
      return withBody(operation, to);
    case 'merge-patch':
      return withBody(operation, from === undefined ? undefined : diffMergePatch(from, to));
    case 'json-patch':
      return withBody(operation, from === undefined ? undefined : diffJsonPatch(from, to));
    default:
      return write satisfies never;
  }
}

/** Replaces the body, be it in the operation or claimed by it. An operation never has both. */
export function withBodyText({ bodyClaim: _, ...operation }: HttpOperation, body: JsonText): HttpOperation {
  return { ...operation, body };
}

/** A write for display: the state that it produces. */
export function viewOfWrite({ body, bodyClaim, headers }: HttpOperation, state: Json | undefined): ViewableState {
  if (state !== undefined) return { kind: 'json', state };
  const bytes = body === undefined ? bodyClaim?.bytes : Buffer.byteLength(wireText(body));
  if (bytes === undefined) return { kind: 'absent' };
  const isText = body !== undefined && isStringJson(body);
  const contentType = headers?.['content-type'] ?? (isText ? 'text/plain' : 'application/json');
  return { kind: 'other', mediaType: mediaTypeOf(contentType), bytes };
}

function readPatch(operation: HttpOperation): Write {
  const body = readBody(operation);
  if (body === undefined) return OPAQUE;
  const mediaType = mediaTypeOf(operation.headers?.['content-type'] ?? 'application/json');
  if (MERGE_PATCH_TYPES.includes(mediaType)) return { kind: 'merge-patch', patch: body };
  const patch = mediaType === 'application/json-patch+json' ? readJsonPatch(body) : undefined;
  return patch ? { kind: 'json-patch', patch } : OPAQUE;
}

/** The body as the dependency reads it. A string is sent unchanged, so it is JSON only if its content type says so. */
function readBody({ body, headers }: HttpOperation): Json | undefined {
  const contentType = headers?.['content-type'];
  if (contentType !== undefined && !isJsonType(mediaTypeOf(contentType))) return undefined;
  if (body === undefined || (isStringJson(body) && contentType === undefined)) return undefined;
  return readJson(wireText(body));
}

function withBody(operation: HttpOperation, body: Json | undefined): HttpOperation | undefined {
  if (body === undefined) return undefined;
  const { headers = {} } = operation;
  const kept = Object.entries(headers).filter(([name]) => !BODY_DIGESTS.has(name));
  const typed = typeof body === 'string' && !('content-type' in headers) ? [['content-type', 'application/json']] : [];
  const all = Object.fromEntries([...kept, ...typed]);
  // A JSON string is sent as its content, so that content is the JSON text of the state.
  const text = typeof body === 'string' ? toJsonText(writeJson(body)) : writeJson(body);
  return { ...withBodyText(operation, text), ...(operation.headers || typed.length > 0 ? { headers: all } : {}) };
}
