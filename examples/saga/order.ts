import { backstop, type DependencyClient, ReportedError, saga } from '@backstop-cdk/backstop/report';

/**
 * Reserves stock, then charges. If the charge fails for good, Backstop releases the stock. It refunds a charge whose
 * answer was lost.
 */
export function ordering(stock: DependencyClient, payments: DependencyClient) {
  return async ({ order, amount }: { readonly order: string; readonly amount: number }) => {
    const reservation = `/reservations/${order}`;
    const steps = saga(order);
    const release = { dependency: 'stock', operation: { method: 'DELETE', path: reservation } } as const;
    const refund = { dependency: 'payments', operation: { path: '/refunds', body: { order } } };
    try {
      await steps.step('reserve', () => stock.fetch(reservation, { method: 'PUT', body: { order } }), release);
      await steps.step('charge', () => payments.fetch('/charges', { body: { order, amount } }), refund);
      return { statusCode: 200 };
    } catch (error) {
      if (error instanceof ReportedError) return { statusCode: 202, body: error.id };
      throw error;
    }
  };
}

export const handler = ordering(backstop('stock'), backstop('payments'));
