import { backstop, memoryReports } from '@backstop-cdk/backstop/report';
import { expect, it } from 'vitest';
import { ordering } from './order.ts';

it('reports a failed charge with the steps to undo', async () => {
  const reports = memoryReports();
  const answering = (name: string, status: number) =>
    backstop(name, { reports, fetch: async () => new Response(null, { status }) });
  const order = ordering(answering('stock', 200), answering('payments', 503));
  expect(await order({ order: 'order-1', amount: 4200 })).toEqual({ statusCode: 202, body: 'order-1-charge' });
  expect(reports.sent).toMatchObject([
    {
      id: 'order-1-charge',
      undo: [
        { name: 'reserve', operation: { method: 'DELETE', path: '/reservations/order-1' } },
        { name: 'charge', operation: { path: '/refunds' }, undoes: 'operation' },
      ],
    },
  ]);
});
