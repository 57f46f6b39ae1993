import { describe, expect, it } from 'vitest';
import { type DeadLetterFilter, matches } from '../../../../lambdas/domain/redrive/dead-letter-filter.ts';
import { readDeadLetter } from '../../../../lambdas/domain/redrive/dead-letter-message.ts';
import { NOW, sampleFailure } from '../../../support/samples.ts';
import { deadLetterOf } from '../../use-cases/redrive/memory-queues.ts';

const AT = new Date(NOW - 3_600_000).toISOString();
const deadLetter = readDeadLetter(deadLetterOf('order-1', { tenant: 'acme', deadLetteredAt: AT }));
const event = readDeadLetter(
  JSON.stringify({ 'detail-type': 'Operation Failed', detail: sampleFailure({ id: 'order-2' }) }),
);

describe('readDeadLetter', () => {
  it.each([
    ['no JSON', 'oops'],
    ['an array', '[]'],
    ['an event of another type', '{"detail-type":"Operation Recovered","detail":{"id":"a","operation":{}}}'],
    ['a letter without an id', '{"kind":"backstop-dead-letter","version":1}'],
    ['a letter with an id that could steer something', deadLetterOf('a b')],
    ['an object of somebody else', '{"id":"a"}'],
  ])('takes %s for something else', (_, body) => {
    expect(readDeadLetter(body)).toEqual({ kind: 'other' });
  });

  it('reads events of AWS, which belong to the lane whose queue they are in', () => {
    const changed = {
      'detail-type': 'Step Functions Execution Status Change',
      time: '2026-03-01T12:00:00Z',
      detail: {
        executionArn: 'arn:aws:states:us-east-1:123456789012:execution:m:run-1',
        name: 'run-1',
        status: 'FAILED',
      },
    };
    const read = readDeadLetter(JSON.stringify(changed));
    expect(read).toMatchObject({ kind: 'event', facts: { correlationId: 'run-1' } });
    expect(matches(read, NOW, { dependency: 'payments' })).toBe(true);
    expect(matches(read, NOW, { tenant: 'acme' })).toBe(false);
  });

  it('reads the known fields of a dead letter, and omits those of another type', () => {
    const read = readDeadLetter(deadLetterOf('a', { attempts: 'many', reason: 7 }));
    expect(read).toMatchObject({ kind: 'letter', facts: { id: 'a', attempts: undefined, reason: undefined } });
  });
});

describe('matches', () => {
  it.each<readonly [string, DeadLetterFilter, boolean, boolean]>([
    ['nothing asked for', {}, true, true],
    ['its id', { ids: ['order-1', 'order-2'] }, true, true],
    ['another id', { ids: ['order-3'] }, false, false],
    ['its dependency', { dependency: 'payments' }, true, true],
    ['another dependency', { dependency: 'stock' }, false, false],
    ['its tenant', { tenant: 'acme' }, true, false],
    ['its verdict', { verdict: 'transient' }, true, false],
    ['its rule', { rule: 'http-503' }, true, false],
    ['one of the reasons', { reasons: ['deadline', 'exhausted'] }, true, false],
    ['another reason', { reasons: ['permanent'] }, false, false],
    ['reasons, or a whole event', { reasons: ['permanent'], events: true }, false, true],
    ['its correlation id', { correlationId: 'trace-order-1' }, true, false],
    ['since before', { since: NOW - 3_600_000 }, true, true],
    ['since after', { since: NOW - 3_599_999 }, false, true],
    ['until after', { until: NOW - 3_600_000 }, true, false],
    ['until before', { until: NOW - 3_600_001 }, false, false],
    ['two conditions, one of which does not hold', { tenant: 'acme', rule: 'http-500' }, false, false],
  ])('%s', (_, filter, ofDeadLetter, ofEvent) => {
    expect(matches(deadLetter, NOW, filter)).toBe(ofDeadLetter);
    expect(matches(event, NOW, filter)).toBe(ofEvent);
  });
});
