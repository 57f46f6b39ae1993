import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createResolver } from '../../../../lambdas/adapters/conflict/resolver.ts';
import { type JsonText, toJsonText } from '../../../../lambdas/contract/json-text.ts';
import { ALWAYS } from '../../../support/departures.ts';
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
const texts: string[] = [];
beforeAll(async () => {
  lambda = createServer(async (request, response) => {
    const sent = await text(request);
    texts.push(sent);
    asked.push({ url: request.url, request: JSON.parse(sent) });
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

const OPERATION = { method: 'PUT', path: '/orders/1', body: toJsonText({ a: 1 }) } as const;
const ENTRY = sampleEntry({ failure: sampleFailure({ operation: OPERATION }), tenant: 'acme' });
const OURS = { operation: OPERATION, occurredAt: ENTRY.occurredAt };
const CURRENT = { statusCode: 200, etag: '"v2"', body: { contentType: 'application/json', text: '{"a":2}' } };

async function advice(given: Answer, dependency = 'payments', body: JsonText = OPERATION.body): Promise<unknown> {
  answer = given;
  const ask = createResolver(async (name) =>
    name === 'payments' ? 'arn:aws:lambda:us-east-1:123456789012:function:merge' : undefined,
  );
  return ask({ ...ENTRY, dependency }, { ...OURS, operation: { ...OPERATION, body } }, CURRENT, ALWAYS).catch(
    (error: unknown) => error,
  );
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
      ours: { ...OURS, operation: { ...OPERATION, body: { a: 1 } } },
      theirs: { statusCode: 200, etag: '"v2"', contentType: 'application/json', body: '{"a":2}' },
    });
  });

  it.each([[{ resolution: 'ours' }], [{ resolution: 'theirs' }], [{ resolution: 'ask' }]])(
    'may advise %j',
    async (given) => {
      expect(await advice({ body: JSON.stringify(given) })).toEqual(given);
    },
  );

  it.each(['{"a":3}', 'null', '"text"', '{"id":9007199254740993,"amount":1.000000000000000001}'])(
    'may advise the state %s, which stays as it was written',
    async (state) => {
      const given = `{ "resolution": "merged", "body": ${state} }`;
      expect(await advice({ body: given })).toEqual({ resolution: 'merged', body: state });
    },
  );

  it('is told the body as it came in', async () => {
    const body = '{"amount":1.000000000000000001,"amount":2}';
    await advice({ body: '{"resolution":"ask"}' }, 'payments', body as JsonText);
    expect(texts.at(-1)).toContain(`"ours":{"operation":{"method":"PUT","path":"/orders/1","body":${body}}`);
  });

  it.each<[string, Answer]>([
    ['nothing', { body: '' }],
    ['null', { body: 'null' }],
    ['no JSON', { body: 'ours' }],
    ['what is none', { body: '{"resolution":"mine"}' }],
    ['merged, and no state', { body: '{"resolution":"merged"}' }],
    ['a state with a member twice', { body: '{"resolution":"merged","body":{"a":1,"a":2}}' }],
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
