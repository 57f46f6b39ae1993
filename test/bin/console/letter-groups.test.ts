import { describe, expect, it } from 'vitest';
import type { FailureRow } from '../../../bin/console/page/documents.ts';
import { LetterGroups, patternOf } from '../../../bin/console/page/letter-groups.ts';

const row = (change: Partial<FailureRow>): FailureRow => ({
  id: 'order-1',
  correlationId: 'order-1',
  dependency: 'payments',
  status: 'dead',
  where: 'in the dead-letter queue of its lane: permanent',
  reason: 'permanent',
  rule: 'http-not-found',
  verdict: 'permanent',
  attempts: 1,
  cycle: 1,
  receivedAt: '2026-03-01T12:00:00.000Z',
  ...change,
});

describe('groups of dead letters', () => {
  it.each([
    ['order 4711 is unknown', 'order … is unknown'],
    ['no row a81-b2 at 2026-03-01T12:00:00Z', 'no row … at …'],
    ['plain words', 'plain words'],
    ['', ''],
  ])('take %j for %j', (message, pattern) => {
    expect(patternOf(message)).toBe(pattern);
  });

  it('join what failed in the same way, the largest group first', () => {
    const rows = [
      row({ excerpt: 'order 1 is unknown' }),
      row({ id: 'order-2', excerpt: 'order 2 is unknown' }),
      row({ id: 'order-3', reason: 'exhausted' }),
      row({ id: 'order-4', dependency: 'orders' }),
      row({ id: 'order-5', rule: 'http-gone' }),
    ];
    const groups = new LetterGroups();
    // As the pages of a list arrive.
    for (let loaded = 1; loaded <= rows.length; loaded++) groups.take(rows.slice(0, loaded));
    expect(groups.all().map((group) => group.rows.length)).toEqual([2, 1, 1, 1]);
    expect(groups.all()[0]).toMatchObject({ dependency: 'payments', pattern: 'order … is unknown' });
  });
});
