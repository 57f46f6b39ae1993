import { expect, it } from 'vitest';
import { DETAIL } from './stack.ts';

it('makes an event of a message', () => {
  const detail = DETAIL.replaceAll('<$.body.order>', 'order-1')
    .replace('<$.body.charge>', '{"amount":4200}')
    .replace('<$.body.status>', '503')
    .replace('<aws.pipes.event.ingestion-time>', '2026-03-01T12:00:00Z');
  expect(JSON.parse(detail)).toMatchObject({
    id: 'order-1-charge',
    operation: { path: '/charges', body: { amount: 4200 } },
    error: { statusCode: 503 },
  });
});
