import { backstop, memoryReports } from '@backstop-cdk/backstop/report';
import { describe, expect, it } from 'vitest';
import { charging } from './charge.ts';

const ORDER = { order: 'order-1', amount: 4200 };

describe('a charge', () => {
  it('is handed to Backstop while the API is down', async () => {
    const reports = memoryReports();
    const charge = charging(backstop('payments', { reports, fetch: async () => new Response(null, { status: 503 }) }));
    expect(await charge(ORDER)).toEqual({ statusCode: 202, body: 'order-1-charge' });
    expect(reports.sent).toMatchObject([
      { id: 'order-1-charge', operation: { method: 'POST', path: '/charges', body: ORDER } },
    ]);
  });

  it('fails if the API refuses it', async () => {
    const reports = memoryReports();
    const charge = charging(backstop('payments', { reports, fetch: async () => new Response(null, { status: 402 }) }));
    await expect(charge(ORDER)).rejects.toMatchObject({ name: 'CallFailedError', statusCode: 402 });
    expect(reports.sent).toEqual([]);
  });
});
