import { memoryReports } from '@backstop-cdk/backstop/report';
import { describe, expect, it } from 'vitest';
import { shipping } from './ship.ts';

describe('an order to ship', () => {
  it('is handed to Backstop if SQS does not take it', async () => {
    const reports = memoryReports({ warehouse: { kind: 'queue' } });
    const throttled = Object.assign(new Error('slow down'), { name: 'RequestThrottled' });
    const ship = shipping(() => Promise.reject(throttled), { reports });
    expect(await ship({ order: 'order-1' })).toEqual({ statusCode: 202, body: 'order-1-ship' });
    expect(reports.sent).toMatchObject([
      { dependency: 'warehouse', operation: { body: '{"order":"order-1"}' }, error: { name: 'RequestThrottled' } },
    ]);
  });

  it('goes to the warehouse otherwise', async () => {
    const sent: string[] = [];
    const reports = memoryReports({ warehouse: { kind: 'queue' } });
    const ship = shipping(async (body) => sent.push(body), { reports });
    expect(await ship({ order: 'order-1' })).toEqual({ statusCode: 200 });
    expect([sent, reports.sent]).toEqual([['{"order":"order-1"}'], []]);
  });
});
