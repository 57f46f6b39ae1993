import { describe, expect, it } from 'vitest';
import { failureId, number, pointInTime, span, whole } from '../../../bin/session/options.ts';

describe('an option', () => {
  it.each<[string, (text: string) => unknown, string, unknown]>([
    ['a span', span(1_000, 604_800_000), '90s', 90_000],
    ['a span of days', span(1_000, 604_800_000), '7d', 604_800_000],
    ['how long ago', pointInTime(() => 10_000_000), '2h', 2_800_000],
    ['a time', pointInTime(), '2026-03-01T12:00:00Z', 1_772_366_400_000],
    ['a whole number', whole(1, 500), '500', 500],
    ['a number', number(0.1, 500), '0.5', 0.5],
    ['an id', failureId, 'order-1_a.b', 'order-1_a.b'],
  ])('is %s', (_, read, text, expected) => {
    expect(read(text)).toBe(expected);
  });

  it.each<[string, (text: string) => unknown, string]>([
    ['too long a span', span(1_000, 604_800_000), '8d'],
    ['no span', span(1_000, 604_800_000), '0s'],
    ['a span without a unit', span(1_000, 604_800_000), '90'],
    ['a time that is none', pointInTime(), '2026-13-01'],
    ['a word for a time', pointInTime(), 'yesterday'],
    ['a fraction', whole(1, 500), '1.5'],
    ['nothing', whole(1, 500), ''],
    ['too much', number(0.1, 500), '501'],
    ['no number', number(0.1, 500), 'fast'],
    ['an empty number', number(0, 500), ' '],
    ['an id with a space', failureId, 'a b'],
    ['an id that is a path', failureId, '../x'],
  ])('is not %s', (_, read, text) => {
    expect(() => read(text)).toThrow(/^Must be /);
  });
});
