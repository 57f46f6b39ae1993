import { describe, expect, it } from 'vitest';
import { failedExecution, failureRef } from '../../../../lambdas/use-cases/ledger/failure-ref.ts';

const INPUT = { key: 'payments/order-1', id: 'order-1', cycle: 2, correlationId: 'trace-1' };
const REF = { key: 'payments/order-1', cycle: 2, correlationId: 'trace-1', failureId: 'order-1' };

describe('what the machine says of its failure', () => {
  it('is taken without the rest of its state', () => {
    expect(failureRef({ ...INPUT, settlement: { outcome: 'recovered' }, deadLetterQueueUrl: 'url' })).toEqual(REF);
  });

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['no key', { ...INPUT, key: undefined }],
    ['no id', { ...INPUT, id: undefined }],
    ['an id that is no text', { ...INPUT, id: 1 }],
    ['no correlation id', { ...INPUT, correlationId: undefined }],
    ['cycle 0', { ...INPUT, cycle: 0 }],
    ['half a cycle', { ...INPUT, cycle: 1.5 }],
    ['a cycle that is no number', { ...INPUT, cycle: '1' }],
  ])('is refused with %s', (_, input) => {
    expect(() => failureRef(input)).toThrow();
  });
});

describe('an event about an execution that failed', () => {
  const event = (change: object = {}) => ({
    'detail-type': 'Step Functions Execution Status Change',
    source: 'aws.states',
    detail: { status: 'FAILED', input: JSON.stringify({ ...INPUT, dependency: 'payments' }) },
    ...change,
  });

  it('names the failure', () => {
    expect(failedExecution(event())).toEqual(REF);
  });

  it.each<[string, unknown]>([
    ['the schedule', event({ 'detail-type': 'Scheduled Event', detail: {} })],
    ['another service, whatever its detail', event({ 'detail-type': 'Operation Failed' })],
    ['nobody', undefined],
  ])('is none where it comes from %s', (_, other) => {
    expect(failedExecution(other)).toBeUndefined();
  });
});
