import { describe, expect, it } from 'vitest';
import type { Mark } from '../../../bin/console/page/timeline.ts';
import { clustersOf, ticksOf, zoomsOf } from '../../../bin/console/page/timeline-view.ts';

const START = Date.parse('2026-03-01T12:00:00Z');
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

describe('milliseconds beside hours', () => {
  const mark = (ms: number, lane: Mark['lane'] = 'attempts'): Mark => ({
    at: START + ms,
    lane,
    tone: 'warn',
    text: '',
  });
  const marks = [mark(0), mark(40), mark(90, 'steps'), mark(120), mark(HOUR_MS), mark(3 * HOUR_MS)];
  const whole = { from: START, to: START + 3 * HOUR_MS };

  it('are one mark with a number, in each lane', () => {
    const found = clustersOf(marks, whole).map((each) => [each.lane, each.marks.length]);
    expect(found).toEqual([
      ['attempts', 3],
      ['steps', 1],
      ['attempts', 1],
      ['attempts', 1],
    ]);
  });

  it('are apart in the zoom that is offered', () => {
    const zooms = zoomsOf(marks, whole);
    expect(zooms).toEqual([{ from: START, to: START + 120, count: 4 }]);
    expect(clustersOf(marks, { from: START - 10, to: START + 130 }).map((each) => each.marks.length)).toEqual([
      1, 1, 1, 1,
    ]);
  });

  it('never become one cluster for being evenly close', () => {
    const even = Array.from({ length: 101 }, (_, index) => mark(index));
    expect(clustersOf(even, { from: START, to: START + 100 }).length).toBeGreaterThan(20);
  });

  it('offer no zoom into steps of the same millisecond', () => {
    expect(zoomsOf([mark(0), mark(0), mark(HOUR_MS)], whole)).toEqual([]);
  });
});

describe('the ticks of the axis', () => {
  it.each([
    [3 * HOUR_MS, '+1 h, +2 h'],
    [20 * MINUTE_MS, '+5 min, +10 min, +15 min'],
    [900, '+200 ms, +400 ms, +600 ms, +800 ms'],
    [90_000, '+1 min'],
    [400 * 24 * HOUR_MS, ''],
    [1, ''],
  ])('of %d ms have short names', (length, expected) => {
    const texts = ticksOf({ from: START, to: START + length }).map(({ text }) => text);
    expect(texts.join(', ')).toBe(expected);
  });
});
