import { describe, expect, it } from 'vitest';
import type { Filter, SeenRun } from '../../../bin/console/page/documents.ts';
import { meansFor, othersOf } from '../../../bin/console/page/others.ts';
import { atWork, mayMeet, type RunUnderWay } from '../../../bin/session/run-meeting.ts';

const AT = '2026-03-01T12:00:00.000Z';
const NOW = Date.parse(AT) + 180_000;
const redrive: RunUnderWay = { what: 'redrive', of: 'payments', by: 'ana', why: 'w', at: AT, letters: 40, moved: 12 };
const discard: RunUnderWay = { what: 'discard', of: 'payments', by: 'bo', why: 'gone', at: AT, letters: 1 };
const own = (change: Partial<SeenRun> = {}): SeenRun => ({
  id: 'run-1',
  what: 'redrive',
  of: 'payments',
  why: 'w',
  state: 'running',
  done: 0,
  total: 0,
  text: '',
  startedAt: AT,
  ...change,
});

describe('runs of others', () => {
  it('are those that this console has not started', () => {
    const all = [redrive, { ...redrive, of: 'orders' }, discard];
    expect(othersOf(all, [])).toEqual(all);
    expect(othersOf(all, [own()])).toEqual([all[1], discard]);
    expect(othersOf(all, [own({ state: 'done' })])).toEqual(all);
    expect(othersOf(all, [own({ what: 'discard', of: 'these 2 of payments', why: 'gone' })])).toEqual(all.slice(0, 2));
    // Somebody else gave the same reason, long before.
    const later = own({ what: 'discard', why: 'gone', startedAt: '2026-03-01T12:30:00.000Z' });
    expect(othersOf(all, [later])).toEqual(all);
  });

  it.each<[RunUnderWay, string]>([
    [redrive, 'ana redrives payments: 12 of 40 moved, since 3 min'],
    [{ what: 'redrive', of: 'payments', by: 'ana' }, 'ana redrives payments: counting'],
    [{ what: 'redrive', of: 'payments', by: 'ana', at: AT, moved: 3 }, 'ana redrives payments: 3 moved, since 3 min'],
    [discard, 'bo discards payments: 1 dead letter, since 3 min'],
  ])('%j reads as %j', (run, expected) => {
    expect(atWork(run, NOW)).toBe(expected);
  });

  it.each<[Filter | undefined, Filter, boolean]>([
    [undefined, { dependency: 'payments' }, true],
    [undefined, { dependency: 'orders' }, false],
    [{ dependency: 'orders' }, { dependency: 'payments' }, false],
    [{ ids: ['a', 'b'] }, { ids: ['b'] }, true],
    [{ ids: ['a'] }, { ids: ['b'] }, false],
    [{ rule: 'http-gone' }, { rule: 'http-bad-request' }, false],
    [{ rule: 'http-gone' }, { ids: ['b'] }, true],
    [{ reasons: ['exhausted'] }, { reasons: ['permanent'] }, false],
    [{ tenant: '' }, { tenant: 'acme' }, false],
  ])('with %j may be about %j: %s', (filter, chosen, expected) => {
    expect(mayMeet({ ...redrive, ...(filter && { filter }) }, chosen)).toBe(expected);
  });

  it('refuse a second redrive of their lane, and meet a discard', () => {
    expect(meansFor(redrive, 'redrive', 'payments')).toContain('refused until that one ends');
    expect(meansFor(redrive, 'discard', 'payments')).toContain('may be among them');
    expect(meansFor(discard, 'redrive', 'payments')).toContain('may be among them');
  });
});
