import { backstop, type DependencyClient, ReportedError } from '@backstop-cdk/backstop/report';

/** Charges an order. What fails and may pass is Backstop's from here, so the caller gets a 202. */
export function charging(payments: DependencyClient) {
  return async ({ order, amount }: { readonly order: string; readonly amount: number }) => {
    try {
      const charge = await payments.fetch('/charges', { id: `${order}-charge`, body: { order, amount } });
      return { statusCode: 200, body: await charge.text() };
    } catch (error) {
      if (error instanceof ReportedError) return { statusCode: 202, body: error.id };
      throw error;
    }
  };
}

export const handler = charging(backstop('payments'));
