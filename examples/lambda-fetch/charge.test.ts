import { backstop, memoryReports } from '@backstop-cdk/backstop/report';
import { expect, it } from 'vitest';

it('hands a charge to Backstop while the API is down', async () => {
  const reports = memoryReports();
  const payments = backstop('payments', { reports, fetch: async () => new Response(null, { status: 503 }) });
  await expect(payments.fetch('/charges', { id: 'order-1-charge', body: {} })).rejects.toThrow('order-1-charge');
  expect(reports.sent).toMatchObject([{ id: 'order-1-charge', operation: { method: 'POST', path: '/charges' } }]);
});
