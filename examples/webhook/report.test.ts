import { expect, it } from 'vitest';
import { rendered } from './rendered.ts';
import { ANSWER_TEMPLATE, putEventsTemplate } from './report.ts';

const CHARGE = { amount: 4200, note: 'Alice\'s "gift"\\ \n é', items: [{ n: 1 }] };
const FAILED = { order: 'order-1', failedAt: '2026-03-01T12:00:00Z', charge: CHARGE };

it('makes an event of the request, whatever characters the charge has', () => {
  const { Entries } = JSON.parse(rendered(putEventsTemplate('the-bus', 'backstop.report'), { ...FAILED, status: 504 }));
  expect(Entries).toMatchObject([{ EventBusName: 'the-bus', DetailType: 'Operation Failed' }]);
  expect(JSON.parse(Entries[0].Detail)).toMatchObject({
    id: 'order-1-charge',
    occurredAt: FAILED.failedAt,
    operation: { method: 'POST', path: '/charges', headers: { 'idempotency-key': 'order-1-charge' }, body: CHARGE },
    error: { statusCode: 504 },
  });
});

it('takes a missing status for a 503', () => {
  const { Entries } = JSON.parse(rendered(putEventsTemplate('the-bus', 'backstop.report'), FAILED));
  expect(JSON.parse(Entries[0].Detail).error).toEqual({ name: 'ChargeFailed', statusCode: 503 });
});

it.each([
  [0, undefined],
  [1, 503],
])('answers 503 if the bus refused the event: %s refused', (FailedEntryCount, status) => {
  const context = { responseOverride: {} as { status?: number } };
  expect(JSON.parse(rendered(ANSWER_TEMPLATE, { FailedEntryCount }, context))).toEqual({});
  expect(context.responseOverride.status).toBe(status);
});
