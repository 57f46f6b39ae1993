import { describe, expect, it } from 'vitest';
import { lastWriter, parseHttpDate, parseTime } from '../../../../lambdas/domain/conflict/timestamps.ts';

const TIME = Date.parse('2026-03-01T12:00:00.000Z');

describe('momentOf', () => {
  it.each([
    ['2026-03-01T12:00:00Z', TIME],
    ['2026-03-01T13:30:00.250+01:30', TIME + 250],
    ['2026-03-01t12:00:00.000z', TIME],
    [TIME / 1_000, TIME],
    [TIME, TIME],
    [TIME / 1_000 + 0.5, TIME + 500],
  ])('reads %j', (value, time) => {
    expect(parseTime(value)).toEqual({ from: time, to: time });
  });

  it.each([undefined, null, '', '2026-03-01', '2026-03-01T12:00:00', '2026-02-40T12:00:00Z', 'now', 0, -1, true, {}])(
    'does not take %j for a time',
    (value) => {
      expect(parseTime(value)).toBeUndefined();
    },
  );
});

describe('httpMoment', () => {
  it('is all of a second, since the header counts in those', () => {
    expect(parseHttpDate('Sun, 01 Mar 2026 12:00:00 GMT')).toEqual({ from: TIME, to: TIME + 999 });
  });

  it.each([
    undefined,
    '',
    '1',
    '2026-03-01T12:00:00Z',
    'Sun, 01 Mar 2026 12:00:00 CET',
    'Sun, 01 Foo 2026 12:00:00 GMT',
  ])('does not take %j for a date', (date) => {
    expect(parseHttpDate(date)).toBeUndefined();
  });
});

describe('lastWriter', () => {
  const at = (from: number, to = from) => ({ from, to });

  it.each([
    [at(2), at(1), 'ours'],
    [at(1), at(2), 'theirs'],
    [at(2), at(2), 'same-time'],
    [at(1_000), at(0, 999), 'ours'],
    [at(999), at(0, 999), 'same-time'],
    [at(0), at(0, 999), 'same-time'],
    [at(0), at(1, 1_000), 'theirs'],
    [undefined, at(1), 'no-timestamps'],
    [at(1), undefined, 'no-timestamps'],
  ] as const)('of %j and %j is %s', (ours, theirs, last) => {
    expect(lastWriter(ours, theirs)).toBe(last);
  });
});
