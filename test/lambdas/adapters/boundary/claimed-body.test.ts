import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { bodyClaimer, bucketReader } from '../../../../lambdas/adapters/boundary/claimed-body.ts';
import type { HttpOperation } from '../../../../lambdas/contract/failure.ts';
import { json } from '../../../support/json.ts';

const POST: HttpOperation = { method: 'POST', path: '/charges' };
const TEXT = '{"amount": 1.000000000000000001, "name":"ä"}';

/** An operation that claims `claimed`, with `content` in the bucket. */
function given(claimed: string | Uint8Array, content: string | Uint8Array | undefined) {
  const bytes = Buffer.from(claimed);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const bodyClaim = { key: 'bodies/payments/-/0123456789abcdef', sha256, bytes: bytes.byteLength };
  const asked: unknown[] = [];
  const claim = bodyClaimer(async (...args) => {
    asked.push(args);
    return content === undefined ? undefined : Buffer.from(content);
  });
  return { asked, whole: () => claim({ ...POST, bodyClaim }) };
}

describe('a claimed body', () => {
  it('is the text in the bucket, and the claim is gone', async () => {
    const { asked, whole } = given(TEXT, TEXT);
    expect(await whole()).toEqual({ ...POST, body: TEXT });
    expect(asked).toEqual([['bodies/payments/-/0123456789abcdef', Buffer.byteLength(TEXT)]]);
  });

  it('is asked for only if there is a claim', async () => {
    const claim = bodyClaimer(() => Promise.reject(new Error('asked')));
    expect(await claim(POST)).toEqual(POST);
  });

  it.each<[string, string | Uint8Array, string | Uint8Array | undefined, string]>([
    ['changed', TEXT, TEXT.replace('1', '2'), 'not the one that was claimed'],
    ['longer', TEXT, `${TEXT} `, 'not the one that was claimed'],
    ['cut', TEXT, TEXT.slice(1), 'not the one that was claimed'],
    ['missing', TEXT, undefined, 'not in the bucket'],
    ['no JSON', 'PRIVATE', 'PRIVATE', 'not JSON in UTF-8'],
    ['no UTF-8', Uint8Array.of(0x22, 0xff, 0x22), Uint8Array.of(0x22, 0xff, 0x22), 'not JSON in UTF-8'],
    ['JSON after a byte order mark', '\ufeff{"a":1}', '\ufeff{"a":1}', 'not JSON in UTF-8'],
    ['half a character', '"\\ud800"', '"\\ud800"', 'half of a surrogate pair'],
  ])('is refused, without a word of it: %s', async (_, claimed, content, message) => {
    const { whole } = given(claimed, content);
    const error = await whole().catch((thrown) => thrown);
    expect(error).toMatchObject({ name: 'BodyClaimError', message: expect.stringContaining(message) });
    expect(error.message).not.toContain('PRIVATE');
    expect(error.cause).toBeUndefined();
  });

  it('is refused where the claim names another size, even with the right digest', async () => {
    const sha256 = createHash('sha256').update(TEXT).digest('hex');
    const bodyClaim = { key: 'k', sha256, bytes: Buffer.byteLength(TEXT) + 1 };
    const whole = bodyClaimer(async () => Buffer.from(TEXT))({ ...POST, bodyClaim });
    await expect(whole).rejects.toThrow('not the one that was claimed');
  });

  it('never takes the place of a body that the operation has', async () => {
    const claim = bodyClaimer(() => Promise.reject(new Error('asked')));
    const both = { ...POST, body: json('x'), bodyClaim: { key: 'k', sha256: 'x', bytes: 1 } };
    await expect(claim(both)).rejects.toThrow('has a body and claims another');
  });

  it('meets the errors of the bucket, which are no answer of the dependency', async () => {
    const slowDown = Object.assign(new Error('slow down'), { name: 'SlowDown' });
    const claim = bodyClaimer(() => Promise.reject(slowDown));
    const bodyClaim = { key: 'k', sha256: 'x', bytes: 1 };
    await expect(claim({ ...POST, bodyClaim })).rejects.toBe(slowDown);
  });
});

describe('the bucket', () => {
  const asked: string[] = [];
  let answer: readonly [status: number, body: string] = [206, TEXT];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url} ${request.headers.range}`);
    const [status, body] = answer;
    response.writeHead(status, { 'content-type': 'application/xml' }).end(body);
  });
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    vi.stubEnv('AWS_ENDPOINT_URL', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']) vi.stubEnv(name, 'local');
    vi.stubEnv('AWS_REGION', 'us-east-1');
  });
  afterAll(() => {
    vi.unstubAllEnvs();
    server.close();
    server.closeAllConnections();
  });
  const errorOf = (code: string) => `<Error><Code>${code}</Code><Message>x</Message></Error>`;

  it.each<[string, readonly [number, string], string | undefined]>([
    ['the object', [206, TEXT], TEXT],
    ['nothing, if there is no object', [404, errorOf('NoSuchKey')], undefined],
    ['nothing, if the object is empty', [416, errorOf('InvalidRange')], undefined],
  ])('gives %s, and no more than a byte too much', async (_, given, expected) => {
    answer = given;
    asked.length = 0;
    vi.stubEnv('BODIES_BUCKET', 'the-bucket');
    const content = await bucketReader()('bodies/payments/-/x', 99);
    expect(content && Buffer.from(content).toString()).toBe(expected);
    expect(asked).toEqual(['GET /the-bucket/bodies/payments/-/x?x-id=GetObject bytes=0-99']);
  });

  it.each([
    [503, 'SlowDown', 2],
    [403, 'AccessDenied', 1],
  ])('that answers %i fails the call: %s', async (status, code, tries) => {
    answer = [status, errorOf(code)];
    asked.length = 0;
    vi.stubEnv('BODIES_BUCKET', 'the-bucket');
    await expect(bucketReader()('k', 1)).rejects.toMatchObject({ name: code });
    expect(asked).toHaveLength(tries);
  });

  it('has nothing where the pipeline has none', async () => {
    vi.stubEnv('BODIES_BUCKET', undefined);
    expect(await bucketReader()('k', 1)).toBeUndefined();
  });
});
