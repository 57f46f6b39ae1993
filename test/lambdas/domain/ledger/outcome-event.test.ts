import { describe, expect, it } from 'vitest';
import { fromItem, toItem } from '../../../../lambdas/adapters/ledger/ledger-item.ts';
import type { FallbackAnswer } from '../../../../lambdas/contract/fallback-answer.ts';
import { outcomeEvent } from '../../../../lambdas/domain/ledger/outcome-event.ts';
import { sampleEntry, sampleFailure, sampleUndo } from '../../../support/samples.ts';

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
    expect(event).toMatchObject({ eventId: 'payments/order-1.1.degraded', detailType: 'Operation Degraded' });
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

describe('the event of what was given up', () => {
  const undo = [{ name: 'MARKER', dependency: 'stock', operation: { method: 'DELETE', path: '/MARKER' } }] as const;

  it.each([
    ['none', {}],
    ['not-run', { failure: sampleFailure({ undo }) }],
    ['incomplete', { failure: sampleFailure({ undo }), undo: sampleUndo() }],
    ['done', { failure: sampleFailure({ undo }), undo: sampleUndo({ steps: [] }) }],
  ])('tells how far it is undone: %s', (compensation, change) => {
    const { detail = '' } = outcomeEvent(sampleEntry(change), 'dead-lettered', 'exhausted') ?? {};
    expect(JSON.parse(detail)).toMatchObject({ outcome: 'dead-lettered', compensation });
    expect(detail).not.toContain('MARKER');
  });

  it('tells how many steps are undone, where all are', () => {
    const { detail = '' } = outcomeEvent(sampleEntry({ undo: sampleUndo() }), 'compensated', 'exhausted') ?? {};
    expect(JSON.parse(detail)).toMatchObject({ outcome: 'compensated', undone: 1 });
    expect(JSON.parse(detail)).not.toHaveProperty('compensation');
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
