import { describe, expect, it } from 'vitest';
import type { FallbackAnswer } from '../../../../lambdas/shared/fallback/fallback-answer.ts';
import { fromItem, toItem } from '../../../../lambdas/shared/ledger/ledger-item.ts';
import { outcomeEvent } from '../../../../lambdas/shared/ledger/outcome-event.ts';
import { sampleEntry } from '../../../support/samples.ts';

const answer: FallbackAnswer = {
  fallback: 'last-good',
  statusCode: 200,
  headers: { 'retry-after': '17', age: '3', 'content-type': 'text/MARKER' },
  body: 'MARKER',
  ageMs: 2_500,
  at: '2026-03-01T12:00:00.000Z',
};

describe('the event of a degraded operation', () => {
  it('tells facts of the answer, never the answer', () => {
    const event = outcomeEvent(sampleEntry(), 'degraded', 'exhausted', answer);
    expect(event).toMatchObject({ eventId: 'order-1.1.degraded', detailType: 'Operation Degraded' });
    expect(JSON.parse(event?.detail ?? '')).toMatchObject({
      outcome: 'degraded',
      reason: 'exhausted',
      fallback: 'last-good',
      statusCode: 200,
      retryAfter: 17,
      ageMs: 2_500,
    });
    expect(event?.detail).not.toContain('MARKER');
  });

  it('of any other outcome has no such facts', () => {
    const { detail = '' } = outcomeEvent(sampleEntry(), 'recovered', undefined) ?? {};
    for (const fact of ['fallback', 'statusCode', 'retryAfter', 'ageMs']) {
      expect(JSON.parse(detail)).not.toHaveProperty(fact);
    }
  });
});

describe('an entry with an answer', () => {
  it('is stored and read as it is, however deep its failure', () => {
    const entry = sampleEntry({ state: 'settled', outcome: 'degraded', answer });
    const item = toItem(entry);
    expect(item.answer).toEqual({ S: JSON.stringify(answer) });
    expect(fromItem(item)).toEqual(entry);
  });
});
