import { beforeEach, describe, expect, it } from 'vitest';
import { Documents, type Reply } from '../../../tools/demo/documents.ts';

let documents: Documents;
beforeEach(() => {
  documents = new Documents();
});

const pathOf = (kind: string) => `/documents/${kind}/1`;
const get = (kind: string) => documents.answer('GET', pathOf(kind), {}, '');

function write(
  kind: string,
  headers: Readonly<Record<string, string>>,
  method = 'PUT',
  body: unknown = { n: 2 },
): Reply {
  const typed = { 'content-type': 'application/json', ...headers };
  return documents.answer(method, pathOf(kind), typed, JSON.stringify(body));
}

describe('a document', () => {
  it('is read with its version and the time of its last change', () => {
    documents.put(pathOf('strong'), { n: 1 }, Date.parse('2026-03-01T12:00:00Z'));
    expect(get('strong')).toEqual({
      status: 200,
      body: { n: 1 },
      headers: { etag: '"v1"', 'last-modified': 'Sun, 01 Mar 2026 12:00:00 GMT', 'cache-control': 'no-store' },
    });
    expect(documents.answer('GET', '/documents/strong/none', {}, '')).toEqual({ status: 404 });
  });

  it('is written under its current version only, and has another then', () => {
    documents.put(pathOf('strong'), { n: 1 });
    expect(write('strong', {})).toEqual({ status: 428 });
    expect(write('strong', { 'if-match': '"v0"' })).toEqual({ status: 412 });
    expect(documents.get(pathOf('strong'))).toEqual({ n: 1 });
    expect(write('strong', { 'if-match': '"v1"' })).toMatchObject({ status: 200, headers: { etag: '"v2"' } });
    expect(write('strong', { 'if-match': '"v1"' })).toEqual({ status: 412 });
    expect(documents.get(pathOf('strong'))).toEqual({ n: 2 });
  });

  it('keeps its version where a write changes nothing', () => {
    documents.put(pathOf('strong'), { n: 2 });
    expect(write('strong', { 'if-match': '"v1"' })).toMatchObject({ status: 200, headers: { etag: '"v1"' } });
  });

  it('is deleted under its current version, and created again if there is none', () => {
    documents.put(pathOf('strong'), { n: 1 });
    expect(write('strong', { 'if-none-match': '*' })).toEqual({ status: 412 });
    expect(write('strong', { 'if-match': '"v0"' }, 'DELETE')).toEqual({ status: 412 });
    expect(write('strong', { 'if-match': '"v1"' }, 'DELETE')).toEqual({ status: 204 });
    expect(write('strong', { 'if-match': '"v1"' })).toEqual({ status: 404 });
    expect(write('strong', { 'if-none-match': '*' })).toMatchObject({ status: 201 });
  });

  it.each([
    ['application/merge-patch+json', { b: null, c: { d: 1 } }, 200, { a: 1, c: { d: 1 } }],
    ['application/json-patch+json', [{ op: 'add', path: '/c', value: 1 }], 200, { a: 1, b: 1, c: 1 }],
    ['application/json-patch+json', [{ op: 'test', path: '/a', value: 9 }], 422, { a: 1, b: 1 }],
    ['application/json-patch+json', [{ op: 'remove', path: '/none' }], 422, { a: 1, b: 1 }],
  ])('is patched by %s: %j', (type, patch, status, expected) => {
    documents.put(pathOf('strong'), { a: 1, b: 1 });
    const headers = { 'if-match': '"v1"', 'content-type': type };
    expect(write('strong', headers, 'PATCH', patch).status).toBe(status);
    expect(documents.get(pathOf('strong'))).toEqual(expected);
  });

  it('remembers each attempt to write it, and the result', () => {
    documents.put(pathOf('strong'), { n: 1 });
    write('strong', { 'if-match': '"v1"', 'x-correlation-id': 'c1' });
    get('strong');
    const path = pathOf('strong');
    expect(documents.writes).toEqual([{ path, method: 'PUT', status: 200, ifMatch: '"v1"', correlationId: 'c1' }]);
  });
});

describe('a document of a kind', () => {
  beforeEach(() => {
    for (const kind of ['weak', 'untagged', 'stubborn', 'busy']) documents.put(pathOf(kind), { n: 1 });
  });

  it('weak has weak versions, which go back as they came', () => {
    expect(get('weak').headers?.etag).toBe('W/"v1"');
    expect(write('weak', { 'if-match': '"v1"' }).status).toBe(412);
    expect(write('weak', { 'if-match': 'W/"v1"' }).status).toBe(200);
  });

  it('untagged has none, and refuses a request that names one', () => {
    expect(Object.keys(get('untagged').headers ?? {})).not.toContain('etag');
    expect(write('untagged', { 'if-match': '"v1"' }).status).toBe(412);
    expect(write('untagged', {}).status).toBe(200);
  });

  it('stubborn refuses every write', () => {
    for (const ifMatch of ['"v1"', '"v2"']) expect(write('stubborn', { 'if-match': ifMatch }).status).toBe(409);
    expect(documents.get(pathOf('stubborn'))).toEqual({ n: 1 });
  });

  it('busy is changed by somebody else after each read', () => {
    expect(get('busy')).toMatchObject({ headers: { etag: '"v1"' }, body: { n: 1 } });
    expect(write('busy', { 'if-match': '"v1"' }).status).toBe(412);
    expect(documents.get(pathOf('busy'))).toEqual({ n: 1, others: 1 });
  });
});
