import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  backstop,
  type FailedCall,
  memoryReports,
  ReportedError,
  reportFailure,
  saga,
} from '../../../../lambdas/adapters/report/library.ts';
import { received } from './report-scene.ts';

const RESIZE: FailedCall = { dependency: 'resize', id: 'image-1', operation: { body: { image: 1 } } };
const THROTTLED = Object.assign(new Error('slow down'), {
  name: 'TooManyRequestsException',
  $metadata: { httpStatusCode: 429 },
});

describe('a reported failure', () => {
  it('is an invocation of a function, with its error', async () => {
    const reports = memoryReports({ resize: { kind: 'lambda' } });
    expect(await reportFailure(THROTTLED, RESIZE, { reports })).toMatchObject({ id: 'image-1', willRetry: true });
    expect(reports.sent).toMatchObject([
      {
        dependency: 'resize',
        operation: { method: 'POST', path: '/', body: { image: 1 } },
        error: { name: 'TooManyRequestsException', statusCode: 429, message: 'slow down' },
      },
    ]);
  });

  it('is not reported a second time', async () => {
    const reports = memoryReports();
    const first = new ReportedError('a', true, undefined);
    expect(await reportFailure(first, RESIZE, { reports })).toBe(first);
    expect(reports.sent).toEqual([]);
  });

  it('has an error that fits, and that proves nothing more than the whole', async () => {
    const reports = memoryReports();
    const refused = { code: 'ECONNREFUSED', message: '\0'.repeat(9_000) };
    const many = Array.from({ length: 19 }, () => ({ ...refused }));
    await reportFailure({ ...refused, causes: many }, { ...RESIZE, dependency: 'payments' }, { reports });
    expect(reports.sent[0]?.error).toMatchObject({ code: 'ECONNREFUSED', attempts: 2 });
    expect(JSON.stringify(reports.sent[0]).length).toBeLessThan(33_000);
  });
});

describe('whatever was thrown', () => {
  const facts = fc.record(
    {
      name: fc.anything(),
      message: fc.anything(),
      code: fc.oneof(fc.constantFrom('ECONNRESET', 503), fc.anything()),
      statusCode: fc.oneof(fc.integer(), fc.anything()),
      headers: fc.anything(),
      cause: fc.anything(),
      errors: fc.anything(),
      stack: fc.anything(),
    },
    { requiredKeys: [] },
  );
  const thrown = fc.oneof(
    facts,
    facts.map((given) => Object.assign(new Error('x'), given)),
    fc.anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true }),
  );

  it('the lane accepts its report', async () => {
    await fc.assert(
      fc.asyncProperty(thrown, async (error) => {
        const reports = memoryReports();
        await reportFailure(error, { ...RESIZE, dependency: 'payments' }, { reports });
        expect(received(reports.sent[0])).toMatchObject({ kind: 'failure', failure: { id: 'image-1' } });
      }),
      { numRuns: 100 },
    );
  });
});

describe('a saga', () => {
  const settings = { stock: { idempotencyKeys: false }, payments: {} };
  const RELEASE = { dependency: 'stock', operation: { method: 'DELETE', path: '/r/1' } } as const;

  async function order(paymentStatus: number) {
    const reports = memoryReports(settings);
    const client = (name: string, status: number) =>
      backstop(name, { reports, fetch: async () => new Response('{"id":1}', { status }) });
    const [stock, payments] = [client('stock', 200), client('payments', paymentStatus)];
    const steps = saga('order-1');
    await steps.step('reserve', () => stock.fetch('/r', { body: {} }), RELEASE);
    await steps.step(
      'label',
      async () => ({ label: 7 }),
      ({ label }) => ({
        dependency: 'stock',
        operation: { method: 'DELETE', path: `/labels/${label}` },
      }),
    );
    const refund = { dependency: 'payments', operation: { path: '/refunds', body: { order: 'order-1' } } };
    const failed = await steps
      .step('charge', () => payments.fetch('/charges', { body: {} }), refund)
      .catch((error) => error);
    return { steps, failed, sent: reports.sent };
  }

  it('reports the failed step with the undos of all that is done, and its own in case it took effect', async () => {
    const { failed, sent } = await order(503);
    expect(failed).toMatchObject({ name: 'ReportedError', id: 'order-1-charge', willRetry: true });
    expect(sent).toMatchObject([
      {
        id: 'order-1-charge',
        correlationId: 'order-1',
        undo: [
          { name: 'reserve', dependency: 'stock', operation: { method: 'DELETE', path: '/r/1' } },
          { name: 'label', dependency: 'stock', operation: { method: 'DELETE', path: '/labels/7' } },
          { name: 'charge', dependency: 'payments', operation: { path: '/refunds' }, undoes: 'operation' },
        ],
      },
    ]);
  });

  it('has what is done undone, too, if a step fails for good', async () => {
    const { failed, sent } = await order(402);
    expect(failed).toMatchObject({ name: 'ReportedError', willRetry: false, cause: { name: 'CallFailedError' } });
    expect(sent).toHaveLength(1);
  });

  it('reports nothing if all is well', async () => {
    const { steps, sent } = await order(200);
    expect(sent).toEqual([]);
    expect(steps.undo.map(({ name, undoes }) => [name, undoes])).toEqual([
      ['reserve', undefined],
      ['label', undefined],
      ['charge', undefined],
    ]);
  });
});
