import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createResolver } from '../../../../lambdas/adapters/conflict/resolver.ts';
import { sampleEntry, sampleFailure } from '../../../support/samples.ts';

/** The function's answer. */
interface Answer {
  readonly status?: number;
  readonly body: string;
  readonly failed?: boolean;
  /** Delays the answer. */
  readonly heldFor?: () => Promise<unknown>;
}

let lambda: Server;
let answer: Answer;
const asked: { readonly url: string | undefined; readonly request: unknown }[] = [];
beforeAll(async () => {
  lambda = createServer(async (request, response) => {
    asked.push({ url: request.url, request: await json(request) });
    const { status = 200, body, failed = false, heldFor } = answer;
    await heldFor?.();
    response.writeHead(status, failed ? { 'x-amz-function-error': 'Unhandled' } : {}).end(body);
  });
  await new Promise<void>((resolve) => lambda.listen(0, '127.0.0.1', resolve));
});
afterAll(() => {
  lambda.closeAllConnections();
  lambda.close();
});
beforeEach(() => {
  vi.stubEnv('AWS_ENDPOINT_URL_LAMBDA', `http://127.0.0.1:${(lambda.address() as AddressInfo).port}`);
  vi.stubEnv('AWS_REGION', 'us-east-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
});

const OPERATION = { method: 'PUT', path: '/orders/1', body: { a: 1 } } as const;
const ENTRY = sampleEntry({ failure: sampleFailure({ operation: OPERATION }), tenant: 'acme' });
const OURS = { operation: OPERATION, occurredAt: ENTRY.occurredAt };
const CURRENT = { statusCode: 200, etag: '"v2"', body: { contentType: 'application/json', text: '{"a":2}' } };

async function advice(given: Answer, dependency = 'payments'): Promise<unknown> {
  answer = given;
  const ask = createResolver({ payments: 'arn:aws:lambda:us-east-1:123456789012:function:merge' });
  return ask({ ...ENTRY, dependency }, OURS, CURRENT).catch((error: unknown) => error);
}

describe("a team's own function", () => {
  it('is told both sides, and whose they are', async () => {
    await advice({ body: '{"resolution":"ask"}' });
    const { url, request } = asked.at(-1) ?? {};
    expect(url).toContain('function%3Amerge/invocations');
    expect(request).toEqual({
      version: 1,
      id: 'order-1',
      correlationId: 'trace-1',
      dependency: 'payments',
      tenant: 'acme',
      ours: OURS,
      theirs: { statusCode: 200, etag: '"v2"', contentType: 'application/json', body: '{"a":2}' },
    });
  });

  it.each([
    [{ resolution: 'ours' }],
    [{ resolution: 'theirs' }],
    [{ resolution: 'ask' }],
    [{ resolution: 'merged', body: { a: 3 } }],
    [{ resolution: 'merged', body: null }],
  ])('may advise %j', async (given) => {
    expect(await advice({ body: JSON.stringify(given) })).toEqual(given);
  });

  it.each<[string, Answer]>([
    ['nothing', { body: '' }],
    ['null', { body: 'null' }],
    ['no JSON', { body: 'ours' }],
    ['what is none', { body: '{"resolution":"mine"}' }],
    ['merged, and no state', { body: '{"resolution":"merged"}' }],
    ['a state that loses digits', { body: '{"resolution":"merged","body":9007199254740993}' }],
    ['an error', { body: '{"errorMessage":"of anna@example.com"}', failed: true }],
  ])('gives no advice where it answers %s', async (_, given) => {
    const error = await advice(given);
    expect(error).toMatchObject({ name: 'ResolverError' });
    expect(String(error)).not.toContain('anna');
  });

  it('has five seconds, and is asked once', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const before = asked.length;
    const given = advice({ body: '{"resolution":"ours"}', heldFor: () => vi.advanceTimersByTimeAsync(4_999) });
    expect(await given).toEqual({ resolution: 'ours' });
    const late = advice({ body: '{"resolution":"ours"}', heldFor: () => vi.advanceTimersByTimeAsync(5_000) });
    expect(await late).toMatchObject({ name: 'TimeoutError' });
    expect(asked).toHaveLength(before + 2);
  });

  it('gives none where it is not there', async () => {
    const body = '{"Type":"User","Message":"Function not found"}';
    const error = await advice({ status: 404, body });
    expect(error).toBeInstanceOf(Error);
  });

  it('is not asked where the config names none', async () => {
    const before = asked.length;
    expect(await advice({ body: '{"resolution":"ours"}' }, 'orders')).toMatchObject({ name: 'ResolverError' });
    expect(asked).toHaveLength(before);
  });
});
