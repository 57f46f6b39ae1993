import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { circuitBreaker, memoryCircuits } from '../../../../lambdas/adapters/circuit/library.ts';
import {
  backstop,
  type FailedCall,
  memoryReports,
  reportFailure,
} from '../../../../lambdas/adapters/report/library.ts';
import { classify } from '../../../../lambdas/domain/classification/classify.ts';
import { closedPort } from '../boundary/recording-server.ts';
import { PAYMENTS, received } from './report-scene.ts';

let server: Server | undefined;
afterEach(() => void server?.close());

// Without idempotency keys, only a proof that nothing happened lets a POST go out again.
const UNPROTECTED = { ...PAYMENTS, idempotencyKeys: false };
const FAILED: FailedCall = { dependency: 'payments', id: 'order-1', operation: { path: '/charges', body: {} } };

/** What the library tells the caller, and what the lane makes of the report. They must agree. */
async function effectOf(error: unknown, attempts?: number) {
  const reports = memoryReports({ payments: UNPROTECTED });
  const { willRetry } = await reportFailure(error, { ...FAILED, ...(attempts && { attempts }) }, { reports });
  const parsed = received(reports.sent[0], UNPROTECTED);
  if (parsed.kind !== 'failure') throw new Error(JSON.stringify(parsed));
  const circumstances = { rules: [], refreshable: false, attempts: 0, isReported: true, now: 0 };
  const { effect } = classify(parsed.failure.error, circumstances);
  expect(willRetry).toBe(effect === 'none');
  return effect;
}

const thrown = (fields: object, message = 'x') => Object.assign(new Error(message), fields);
const refused = { code: 'ECONNREFUSED', syscall: 'connect' };
const fetchFailed = new TypeError('fetch failed', { cause: thrown(refused) });

describe('a connection that was never made', () => {
  it('proves nothing if the client may have followed a redirect to it', async () => {
    const port = await closedPort();
    let charges = 0;
    server = createServer((request, response) => {
      if (request.method === 'POST') charges++;
      response.writeHead(303, { location: `http://127.0.0.1:${port}/result` }).end();
    });
    await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/charges`;
    const error = await fetch(url, { method: 'POST', body: '{}' }).catch((cause: unknown) => cause);
    expect(await effectOf(error)).toBe('unknown');
    expect(charges).toBe(1);
  });

  it.each([
    ['an error of the socket', thrown(refused)],
    ['fetch', fetchFailed],
    ['a failed look-up', thrown({ code: 'ENOTFOUND', syscall: 'getaddrinfo' })],
    ['a certificate', thrown({ code: 'CERT_HAS_EXPIRED' })],
    ['a request that can not be sent', thrown({ code: 'ERR_INVALID_URL' })],
    ['p-retry, which counts no redirects', thrown({ ...refused, attemptNumber: 1 })],
    ['axios after a redirect', thrown({ ...refused, request: { _redirectCount: 1 } })],
  ])('proves nothing by itself: %s', async (_, error) => {
    expect(await effectOf(error)).toBe('unknown');
  });

  it.each([
    ['the AWS SDK', thrown({ ...refused, $metadata: { attempts: 1 } })],
    ['axios', thrown({ ...refused, name: 'AxiosError', config: {}, request: { _redirectCount: 0 } })],
    ['got', thrown({ ...refused, name: 'RequestError', request: { retryCount: 0, redirectUrls: [] } })],
  ])('proves that nothing happened where the client counts its calls: %s', async (_, error) => {
    expect(await effectOf(error)).toBe('none');
  });

  it('proves as much as you say', async () => {
    expect(await effectOf(fetchFailed, 1)).toBe('none');
    expect(await effectOf(fetchFailed, 2)).toBe('unknown');
    expect(await effectOf(thrown({ status: 429 }), 2)).toBe('unknown');
  });

  it('proves that nothing happened in a call of the library itself', async () => {
    const reports = memoryReports({ payments: UNPROTECTED });
    const client = backstop('payments', { reports, fetch: () => Promise.reject(fetchFailed) });
    await expect(client.fetch('/charges', { id: 'a', body: {} })).rejects.toMatchObject({ willRetry: true });
    expect(received(reports.sent[0])).toMatchObject({ failure: { error: { attempts: 1 } } });
  });
});

describe('after several calls of the client, nothing is proven', () => {
  const limited = { status: 429 };
  it.each([
    ['axios-retry', { ...limited, config: { 'axios-retry': { retries: 3, retryCount: 2 } } }],
    [
      'axios-retry, refused',
      { ...refused, config: { 'axios-retry': { retryCount: 1 } }, request: { _redirectCount: 0 } },
    ],
    ['retry-axios', { ...limited, config: { raxConfig: { currentRetryAttempt: 1 } } }],
    ['axios, redirected', { ...limited, request: { _redirectable: { _redirectCount: 1 } } }],
    ['got', { response: { statusCode: 429, retryCount: 2 } }],
    ['got, redirected', { response: { statusCode: 429, redirectUrls: ['https://a.example'] } }],
    ['octokit', { ...limited, request: { request: { retryCount: 3 } } }],
    ['gaxios', { ...limited, config: { retryConfig: { currentRetryAttempt: 3 } } }],
    ['superagent', { ...limited, retries: 1 }],
    ['superagent, redirected', { ...limited, response: { redirects: ['https://a.example'] } }],
    ['a response of fetch, redirected', { response: { status: 429, redirected: true } }],
    ['Elasticsearch', { statusCode: 429, meta: { meta: { attempts: 1 } } }],
  ])('%s', async (_, fields) => {
    expect(await effectOf(thrown(fields))).toBe('unknown');
  });

  it('but settings for retries are no retries', async () => {
    const config = { 'axios-retry': { retries: 3, retryCount: 0 }, retryConfig: { retry: 3, currentRetryAttempt: 0 } };
    expect(await effectOf(thrown({ ...limited, config, response: { redirected: false, retryCount: 0 } }))).toBe('none');
  });
});

describe('an open circuit', () => {
  async function openCircuit(dependency: string) {
    const down = (_order: string) => Promise.reject(thrown({ status: 503 }));
    const charge = circuitBreaker(dependency, down, { circuits: memoryCircuits({ minimumCalls: 2 }) });
    for (const order of ['order-8', 'order-9']) await charge(order).catch(() => undefined);
    return charge('order-1').catch((error: unknown) => error);
  }

  it('of the dependency proves that no call was made', async () => {
    expect(await effectOf(await openCircuit('payments'))).toBe('none');
  });

  it('of another one, within the call, does not', async () => {
    const inner = await openCircuit('stock');
    const charge = circuitBreaker('payments', () => Promise.reject(inner), { circuits: memoryCircuits() });
    expect(await effectOf(await charge().catch((error: unknown) => error))).toBe('unknown');
  });

  it('does not after an earlier try', async () => {
    const open = await openCircuit('payments');
    expect(await effectOf(open, 2)).toBe('unknown');
    expect(await effectOf(Object.assign(open as Error, { attemptNumber: 2 }))).toBe('unknown');
  });

  it('does not by its name, which may come from behind the dependency', async () => {
    expect(await effectOf(thrown({ name: 'CircuitOpenError' }))).toBe('unknown');
  });
});

describe('your loop around a circuit', () => {
  const timeout = { code: 'ETIMEDOUT', syscall: 'read' };
  const limited = { status: 429 };
  interface Order {
    readonly id: string;
  }

  /** Calls until one succeeds or no answer is left, as a loop without a count does. Returns the last error. */
  async function lastError(answers: readonly object[], orders: readonly Order[], minimumCalls = 20) {
    const left = [...answers];
    const charge = circuitBreaker(
      'payments',
      async (_: Order) => {
        const fields = left.shift();
        if (fields && Object.keys(fields).length > 0) throw thrown(fields);
      },
      { circuits: memoryCircuits({ minimumCalls }) },
    );
    let last: unknown;
    for (const order of orders)
      last = await charge(order).then(
        () => undefined,
        (error: unknown) => error,
      );
    return last;
  }

  const order = { id: 'order-1' };

  it.each([
    ['the same object', [order, order]],
    ['an equal one', [{ ...order }, { ...order }]],
  ])('proves nothing by its last error, after a call that may have taken effect: %s', async (_, orders) => {
    expect(await effectOf(await lastError([timeout, limited], orders))).toBe('unknown');
  });

  it('proves nothing by a circuit that opened after such a call', async () => {
    const error = await lastError([timeout, timeout], [order, order, order], 2);
    expect(error).toMatchObject({ name: 'CircuitOpenError' });
    expect(await effectOf(error)).toBe('unknown');
  });

  it('proves nothing by an error around the last one', async () => {
    const cause = await lastError([timeout, limited], [order, order]);
    expect(await effectOf(new TypeError('fetch failed', { cause }))).toBe('unknown');
  });

  it.each([
    ['whose calls were all refused', [limited, limited], [order, order]],
    ['for another order', [timeout, limited], [{ id: 'order-2' }, order]],
    ['for one that has succeeded since', [timeout, {}, limited], [order, order, order]],
  ])('still proves by its last error that nothing happened: one %s', async (_, answers, orders) => {
    expect(await effectOf(await lastError(answers, orders))).toBe('none');
  });

  it('does not speak for the callers of others, who get the same error of an open circuit', async () => {
    const circuits = memoryCircuits({ minimumCalls: 2 });
    const charge = circuitBreaker('payments', (_: Order) => Promise.reject(thrown({ status: 503 })), { circuits });
    for (let call = 0; call < 2; call++) await charge(order).catch(() => undefined);
    const errors = [order, { id: 'order-2' }].map((each) => charge(each).catch((error: unknown) => error));
    expect(await effectOf(await errors[0])).toBe('unknown');
    expect(await effectOf(await errors[1])).toBe('none');
  });
});
