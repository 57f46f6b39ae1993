import type { HttpOperation } from '../../../../lambdas/contract/failure.ts';
import type { ConflictSettings } from '../../../../lambdas/contract/settings.ts';
import {
  type Comparison,
  type CurrentState,
  compare,
  type RefusedWrite,
} from '../../../../lambdas/domain/conflict/compare.ts';
import { json } from '../../../support/json.ts';

export const FRESH = '"v2"';
export const OCCURRED_AT = '2026-03-01T12:00:00.500Z';

/** A state that isn't JSON. */
export const TEXT: CurrentState = { statusCode: 200, etag: FRESH, body: { contentType: 'text/plain', text: 'hello' } };
/** A state that was too large or incomplete. */
export const UNREADABLE: CurrentState = { statusCode: 200, etag: FRESH };

export const MERGE: ConflictSettings = { strategy: 'merge', arrayKeys: { '/lines': 'id' }, sensitive: [] };
export const ASK: ConflictSettings = { strategy: 'ask', sensitive: [] };
export const BY_FIELD: ConflictSettings = { strategy: 'last-writer-wins', timestamp: '/changed', sensitive: [] };
export const BY_DATE: ConflictSettings = { strategy: 'last-writer-wins', sensitive: [] };

const PATH = '/orders/1';

export function put(body: unknown, change: Partial<HttpOperation> = {}): HttpOperation {
  return { method: 'PUT', path: PATH, body: json(body), ...change };
}

export function patch(body: unknown, type: 'merge-patch' | 'json-patch', change: Partial<HttpOperation> = {}) {
  const headers = { 'content-type': `application/${type}+json` };
  return { method: 'PATCH', path: PATH, headers, body: json(body), ...change } as const;
}

/** A JSON Patch that adds one value. */
export function add(path: string, value: unknown) {
  return patch([{ op: 'add', path, value }], 'json-patch');
}

export function remove(change: Partial<HttpOperation> = {}): HttpOperation {
  return { method: 'DELETE', path: PATH, ...change };
}

export function ours(operation: HttpOperation): RefusedWrite {
  return { operation, occurredAt: OCCURRED_AT };
}

/** A JSON state with the ETag {@link FRESH}. */
export function current(state: unknown, change: Partial<CurrentState> = {}): CurrentState {
  const body = { contentType: 'application/json; charset=utf-8', text: JSON.stringify(state) };
  return { statusCode: 200, etag: FRESH, body, ...change };
}

export function compared(
  operation: HttpOperation,
  theirs: CurrentState,
  settings: ConflictSettings = MERGE,
  refused: readonly string[] = [],
): Comparison {
  return compare(ours(operation), theirs, settings, refused);
}
