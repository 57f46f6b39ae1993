import { describe, expect, it } from 'vitest';
import type { FailureRow } from '../../../bin/console/page/documents.ts';
import { type Group, headingOf, LetterGroups } from '../../../bin/console/page/letter-groups.ts';

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

function grouped(...rows: readonly FailureRow[]) {
  const groups = new LetterGroups();
  // As the pages of a list arrive.
  for (let loaded = 1; loaded <= rows.length; loaded++) groups.take(rows.slice(0, loaded));
  return groups.all();
}

const headings = (...excerpts: readonly string[]) =>
  grouped(...excerpts.map((excerpt) => row({ excerpt }))).flatMap(({ groups }) =>
    groups.map((group) => headingOf(group)),
  );

describe('groups of dead letters', () => {
  it('know those with completed steps that are still in effect', () => {
    const [payments] = grouped(
      row({}),
      row({ id: 'order-2', compensation: 'incomplete' }),
      row({ compensation: 'done' }),
    );
    expect(payments?.groups[0]?.halfDone.map(({ id }) => id)).toEqual(['order-2']);
  });

  it.each<[readonly string[], readonly string[]]>([
    [['order 4711 is unknown', 'order 4712 is unknown'], ['order … is unknown']],
    // What all of them say names none of them.
    [['status: 422', 'status: 422'], ['status: 422']],
    [['order 1 answered 503', 'order 2 answered 503'], ['order … answered 503']],
    [
      ['plain words', 'other words'],
      ['plain words', 'other words'],
    ],
    [['a81-b2', 'c92-d4'], ['for example: a81-b2']],
    [['', ''], ['']],
  ])('of %j have the headings %j', (excerpts, expected) => {
    expect(headings(...excerpts)).toEqual(expected);
  });

  it('join what failed in the same way, the largest dependency and group first', () => {
    const found = grouped(
      row({ id: 'order-4', dependency: 'orders' }),
      row({ id: 'order-3', reason: 'exhausted' }),
      row({ excerpt: 'order 1 is unknown', statusCode: 404 }),
      row({ id: 'order-2', excerpt: 'order 2 is unknown', statusCode: 404 }),
      row({ id: 'order-5', rule: 'http-gone' }),
      row({ id: 'order-6', rule: 'http-gone', statusCode: 410 }),
    );
    expect(found.map(({ dependency, total }) => [dependency, total])).toEqual([
      ['payments', 5],
      ['orders', 1],
    ]);
    const sizes = found.map(({ groups }) => groups.map(({ rows }: Group) => rows.length));
    expect(sizes).toEqual([[2, 1, 1, 1], [1]]);
    expect(found[0]?.groups[0]).toMatchObject({ statusCode: 404, words: ['order', '…', 'is', 'unknown'] });
  });
});
