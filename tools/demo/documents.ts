import type { IncomingMessage } from 'node:http';
import { isDeepStrictEqual } from 'node:util';
import { applyPatch, type Operation } from 'rfc6902';

/** A write as it arrived, and its result. */
export interface Write {
  readonly path: string;
  readonly method: string;
  readonly ifMatch?: string;
  readonly correlationId?: string;
  readonly status: number;
}

export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

interface Document {
  body: unknown;
  version: number;
  modifiedAt: number;
}

type Headers = IncomingMessage['headers'];
type Object = Record<string, unknown>;

/**
 * Versioned documents of a careful API. Every answer has `ETag` and `Last-Modified`. A write must name its base version
 * in `If-Match` (428 without it, 412 if it is stale). The kind, the first part of the path, selects special behavior:
 *
 * - `strong`: none
 * - `weak`: ETags are weak
 * - `untagged`: no ETags; rejects every write that names one
 * - `stubborn`: rejects every write with 409, whatever version it names
 * - `busy`: another writer changes the document after each read
 */
export class Documents {
  readonly writes: Write[] = [];
  readonly #documents = new Map<string, Document>();

  /** Another writer changes the document. */
  put(path: string, body: unknown, modifiedAt = Date.now()): void {
    const version = (this.#documents.get(path)?.version ?? 0) + 1;
    this.#documents.set(path, { body, version, modifiedAt });
  }

  delete(path: string): void {
    this.#documents.delete(path);
  }

  get(path: string): unknown {
    return this.#documents.get(path)?.body;
  }

  etag(path: string): string | undefined {
    const document = this.#documents.get(path);
    return document && etagOf(document, kindOf(path));
  }

  answer(method: string, path: string, headers: Headers, body: string): Reply {
    if (method === 'GET') return this.#read(path);
    const status = this.#write(method, path, headers, body);
    const ifMatch = headers['if-match'];
    const correlationId = headers['x-correlation-id']?.toString();
    this.writes.push({ path, method, status, ifMatch, correlationId });
    const document = this.#documents.get(path);
    return { status, headers: status < 300 && document ? headersOf(document, kindOf(path)) : undefined };
  }

  #read(path: string): Reply {
    const document = this.#documents.get(path);
    if (!document) return { status: 404 };
    const { body } = document;
    const reply = { status: 200, headers: headersOf(document, kindOf(path)), body };
    if (kindOf(path) === 'busy') this.put(path, { ...(body as Object), others: document.version });
    return reply;
  }

  #write(method: string, path: string, headers: Headers, text: string): number {
    const document = this.#documents.get(path);
    const kind = kindOf(path);
    if (kind === 'stubborn') return 409;
    if (headers['if-none-match'] === '*') {
      if (document) return 412;
      this.put(path, JSON.parse(text));
      return 201;
    }
    if (!document) return 404;
    const refused = refusal(document, kind, headers['if-match']);
    if (refused !== undefined) return refused;
    if (method === 'DELETE') {
      this.#documents.delete(path);
      return 204;
    }
    const next = changed(document.body, method, String(headers['content-type']), text);
    if (next === undefined) return 422;
    // Like many APIs: a write without a change makes no new version.
    if (!isDeepStrictEqual(next, document.body)) this.put(path, next);
    return 200;
  }
}

function kindOf(path: string): string {
  return path.split('/')[2] ?? '';
}

function etagOf({ version }: Document, kind: string): string {
  return kind === 'weak' ? `W/"v${version}"` : `"v${version}"`;
}

function headersOf(document: Document, kind: string): Record<string, string> {
  const modified = { 'last-modified': new Date(document.modifiedAt).toUTCString(), 'cache-control': 'no-store' };
  return kind === 'untagged' ? modified : { ...modified, etag: etagOf(document, kind) };
}

function refusal(document: Document, kind: string, ifMatch: string | undefined): number | undefined {
  if (kind === 'untagged') return ifMatch === undefined ? undefined : 412;
  if (ifMatch === undefined) return 428;
  return ifMatch === etagOf(document, kind) ? undefined : 412;
}

function changed(before: unknown, method: string, contentType: string, text: string): unknown {
  const given = JSON.parse(text);
  if (method === 'PUT') return given;
  if (!contentType.startsWith('application/json-patch+json')) return mergePatched(before, given);
  const after = structuredClone(before);
  return applyPatch(after, given as Operation[]).some((error) => error !== null) ? undefined : after;
}

/** RFC 7396, 2 */
function mergePatched(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const merged = isObject(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete merged[name];
    else merged[name] = mergePatched(merged[name], value);
  }
  return merged;
}

function isObject(value: unknown): value is Object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
