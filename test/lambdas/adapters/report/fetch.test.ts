import { describe, expect, it } from 'vitest';
import { memoryCircuits } from '../../../../lambdas/adapters/circuit/library.ts';
import { backstop, type ReportedError } from '../../../../lambdas/adapters/report/library.ts';
import { buildRequest } from '../../../../lambdas/domain/boundary/http-request.ts';
import { sampleSettings } from '../../../support/samples.ts';
import { heldTimeLimits } from '../../../support/time-limits.ts';
import { BODY, scene, status } from './fetch-scene.ts';
import { received } from './report-scene.ts';

/** What `fetch` throws if the connection breaks. */
function fetchFailed(code: string): Error {
  return new TypeError('fetch failed', { cause: Object.assign(new Error(code), { code }) });
}

describe('a call that succeeds', () => {
  it('answers the response, and reports nothing', async () => {
    const { payments, reports, fetch } = scene(status(201, {}, '{"id":7}'));
    const response = await payments.fetch('/charges', { id: 'order-1-charge', body: BODY });
    expect(await response.json()).toEqual({ id: 7 });
    expect(reports.sent).toEqual([]);
    const [url, init] = fetch.mock.calls[0] ?? [];
    expect(String(url)).toBe('https://payments.example.com/v1/charges');
    expect(init).toMatchObject({ method: 'POST', body: JSON.stringify(BODY), redirect: 'manual' });
    expect(Object.fromEntries(new Headers(init?.headers))).toEqual({
      'content-type': 'application/json',
      'idempotency-key': 'order-1-charge',
      'x-correlation-id': 'order-1-charge',
    });
  });

  it.each([
    'https://payments.example.com/prod/',
    'https://payments.example.com/prod//',
    'https://Payments.example.com/',
    'https://payments.example.com/a/../prod',
  ])('goes to the address of its repetition, if only the deployment knows it: %s', async (baseUrl) => {
    const { payments, fetch } = scene(status(201), {}, { baseUrl });
    await payments.fetch('/charges', { id: 'order-1-charge', body: BODY });
    const operation = { method: 'POST', path: '/charges' } as const;
    const extras = { idempotencyKey: 'order-1-charge', correlationId: 'a', credential: undefined };
    const repeated = buildRequest(operation, sampleSettings({ baseUrl }), extras);
    expect(String(fetch.mock.calls[0]?.[0])).toBe(String(repeated.url));
  });

  it('is a 304, too, and what a rule of the dependency expects', async () => {
    const rules = [{ name: 'sold-out', when: { statusCodes: [409] }, verdict: 'expected' }] as const;
    const expected = scene(status(409), {}, { rules });
    expect((await expected.payments.fetch('/x', { id: 'a' })).status).toBe(409);
    const unchanged = scene(new Response(null, { status: 304 }));
    expect((await unchanged.payments.fetch('/x', { id: 'a' })).status).toBe(304);
    expect([...expected.reports.sent, ...unchanged.reports.sent]).toEqual([]);
  });
});

describe('a paginated read', () => {
  it('is reported with the checkpoint that the answer names, else with its own', async () => {
    for (const [headers, expected] of [
      [{ 'backstop-checkpoint': 'page=7' }, 'page=7'],
      [{}, 'page=3'],
    ] as const) {
      const { payments, reports, fetch } = scene(status(503, headers));
      await payments.fetch('/sync', { id: 'sync-1', method: 'POST', checkpoint: 'page=3' }).catch(() => undefined);
      expect(new Headers(fetch.mock.calls[0]?.[1].headers).get('backstop-checkpoint')).toBe('page=3');
      expect(received(reports.sent[0])).toMatchObject({
        failure: { operation: { path: '/sync', checkpoint: expected } },
      });
    }
  });
});

describe('a call that fails for good', () => {
  it.each([400, 401, 403, 404, 409, 410, 412, 422])('throws the answer, and reports nothing: %s', async (code) => {
    const { payments, reports } = scene(status(code, {}, 'no funds'));
    const error = await payments.fetch('/charges', { id: 'a', body: BODY }).catch((thrown) => thrown);
    expect(error).toMatchObject({ name: 'CallFailedError', statusCode: code });
    expect(await error.response.text()).toBe('no funds');
    expect(reports.sent).toEqual([]);
  });
});

describe('a call that may succeed later', () => {
  it.each([
    ['a 503', status(503, { 'retry-after': '20' }), { statusCode: 503, headers: { 'retry-after': '20' } }],
    ['a 429', status(429), { statusCode: 429 }],
    ['a broken connection', fetchFailed('UND_ERR_SOCKET'), { code: 'UND_ERR_SOCKET' }],
    ['a refused connection', fetchFailed('ECONNREFUSED'), { code: 'ECONNREFUSED' }],
  ])('is reported as the call that it was: %s', async (_, answer, error) => {
    const { payments, reports } = scene(answer);
    const headers = { authorization: 'Bearer x', 'X-Api-Key': 'k', 'content-type': 'application/json', 'x-shop': 'eu' };
    const call = payments.fetch('/charges', { id: 'order-1', body: BODY, headers, query: { 'dry-run': 'no' } });
    await expect(call).rejects.toMatchObject({ name: 'ReportedError', id: 'order-1', willRetry: true });
    expect(reports.sent).toEqual([
      {
        version: 1,
        id: 'order-1',
        correlationId: 'order-1',
        dependency: 'payments',
        occurredAt: expect.any(String),
        operation: {
          method: 'POST',
          path: '/charges',
          query: { 'dry-run': 'no' },
          headers: { 'content-type': 'application/json', 'x-shop': 'eu', 'idempotency-key': 'order-1' },
          body: BODY,
        },
        error: expect.objectContaining(error),
      },
    ]);
    expect(received(reports.sent[0])).toMatchObject({ kind: 'failure' });
  });

  it.each([
    ['a number that a parser rounds', { n: 2 ** 60 }, '{"n":1152921504606847000}'],
    ['null, which an event takes for absent', null, 'null'],
  ])('travels as text, if another service could change its body: %s', async (_, body, text) => {
    const { payments, reports } = scene(status(503));
    await payments.fetch('/charges', { id: 'order-1', body }).catch(() => undefined);
    const headers = { 'content-type': 'application/json', 'idempotency-key': 'order-1' };
    expect(reports.sent).toMatchObject([{ operation: { body: text, headers } }]);
  });

  it('says that an answer is lost, so that Backstop repeats only what is safe', async () => {
    const lost = scene(fetchFailed('UND_ERR_SOCKET'), {}, { idempotencyKeys: false });
    const post = lost.payments.fetch('/charges', { id: 'a', body: BODY });
    await expect(post).rejects.toMatchObject({ id: 'a', willRetry: false });
    const put = lost.payments.fetch('/charges/1', { id: 'b', method: 'PUT', body: BODY });
    await expect(put).rejects.toMatchObject({ id: 'b', willRetry: true });
    const withKey = lost.payments.fetch('/charges', { headers: { 'Idempotency-Key': 'c' }, body: BODY });
    await expect(withKey).rejects.toMatchObject({ id: 'c', willRetry: false });
    expect(lost.reports.sent).toHaveLength(3);
  });

  it('says that no answer came in time, which proves nothing about its effect', async () => {
    const limits = heldTimeLimits();
    const fetch = async (_: URL, { signal }: RequestInit): Promise<Response> => {
      limits.expire(50);
      throw signal?.reason;
    };
    const { payments, reports } = scene(status(200), { fetch }, { idempotencyKeys: false, timeoutMs: 50 });
    const post = payments.fetch('/charges', { id: 'a', body: BODY });
    await expect(post).rejects.toMatchObject({ id: 'a', willRetry: false });
    expect(reports.sent).toMatchObject([{ error: { name: 'TimeoutError', message: 'no answer within 50 ms' } }]);
  });

  it('is a lost race, if the dependency resolves those', async () => {
    const { payments } = scene(status(412), {}, { resolvesConflicts: true });
    const call = payments.fetch('/customers/1', { id: 'a', method: 'PUT', body: {}, ifMatch: '"v1"', base: {} });
    await expect(call).rejects.toMatchObject({ id: 'a', willRetry: true });
  });

  it('is a call that the open circuit did not let pass, which had no effect', async () => {
    const circuits = memoryCircuits({ minimumCalls: 1 });
    const { payments, fetch } = scene(status(503), { circuits }, { idempotencyKeys: false });
    const charge = (id: string) =>
      payments.fetch('/charges', { id, body: BODY }).catch((error: ReportedError) => error);
    expect(await charge('a')).toMatchObject({ id: 'a' });
    expect(await charge('b')).toMatchObject({ id: 'b', willRetry: true });
    expect(fetch).toHaveBeenCalledOnce();
  });

  it('is reported with the steps before it, even if it fails for good', async () => {
    const undo = [{ name: 'reserve', dependency: 'stock', operation: { method: 'DELETE', path: '/r/1' } }] as const;
    const { payments, reports } = scene(status(402));
    const call = payments.fetch('/charges', { id: 'a', body: BODY, undo });
    await expect(call).rejects.toMatchObject({ name: 'ReportedError', willRetry: false, cause: { statusCode: 402 } });
    expect(reports.sent[0]).toMatchObject({ undo });
  });

  it('is not one that its caller has cancelled', async () => {
    const { payments, reports } = scene(new DOMException('', 'AbortError'));
    const signal = AbortSignal.abort('not wanted');
    await expect(payments.fetch('/x', { id: 'a', signal })).rejects.toBe('not wanted');
    expect(reports.sent).toEqual([]);
  });
});

describe('a call that Backstop could not take over', () => {
  it.each([
    [
      'no id',
      '/charges',
      {},
      'InvalidReportError',
      'id is missing (give one, or an idempotency-key header that is one)',
    ],
    ['a key in another form', '/c', { headers: { 'idempotency-key': 'a/b' } }, 'InvalidReportError', 'id is missing'],
    ['a query in the path', '/c?a=b', { id: 'a' }, 'InvalidReportError', 'must not contain a query'],
    ['a body of a BigInt', '/c', { id: 'a', body: { n: 1n } }, 'InvalidReportError', 'operation.body must be'],
    ['half a character', '/c', { id: 'a', body: '\ud800' }, 'InvalidReportError', 'half of a surrogate pair'],
    [
      'a large body',
      '/c',
      { id: 'a', body: 'x'.repeat(300_000) },
      'ReportTooLargeError',
      'with largeBodies of the pipeline',
    ],
  ])('is not made: %s', async (_, path, options, name, message) => {
    const { payments, fetch } = scene(status(200));
    const error = await payments.fetch(path, { method: 'POST', ...options }).catch((thrown) => thrown);
    expect(error).toMatchObject({ name, message: expect.stringContaining(message) });
    expect(fetch).not.toHaveBeenCalled();
  });

  it('says all its mistakes at once', async () => {
    const { payments } = scene(status(200));
    const call = payments.fetch('//x', { id: '/', tenant: ' ', ifMatch: '' });
    await expect(call).rejects.toMatchObject({ mistakes: { length: 4 } });
  });

  it('is one of a function that is not connected', async () => {
    await expect(backstop('payments').fetch('/x', { id: 'a' })).rejects.toThrow(
      'BACKSTOP_REPORTS must be set: call pipeline.reportsFrom(fn, dependency) for this function in the CDK app',
    );
  });
});
