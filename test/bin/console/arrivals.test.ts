import { describe, expect, it } from 'vitest';
import { arrivalsOf } from '../../../bin/console/page/arrivals.ts';

const NOW = Date.parse('2026-03-15T12:00:00Z');
const HOUR_MS = 3_600_000;
const ago = (hours: number, times: number) => new Array<number>(times).fill(NOW - hours * HOUR_MS);

describe('arrivals over time', () => {
  it.each([
    ['nothing', [], 'last hour, peak 0 in 5 min', '1 h ago'],
    ['the last hour', [...ago(0.1, 3), ...ago(0.9, 2)], 'last hour, peak 3 in 5 min', '1 h ago'],
    ['a day', [...ago(0.5, 2), ...ago(20, 40)], 'last 24 h, peak 40 an hour', '24 h ago'],
    ['two weeks', [...ago(2, 1), ...ago(300, 1_500)], 'last 14 d, peak 1,500 a day', '14 d ago'],
    ['longer', [...ago(2, 1), ...ago(400, 7)], 'last 14 d, peak 1 a day, 7 older', '14 d ago'],
  ])('tell period and peak of %s', (_, times, text, start) => {
    expect(arrivalsOf(times, NOW)).toMatchObject({ text, start });
  });

  it('counts each once, the latest last', () => {
    const { counts } = arrivalsOf([...ago(0, 2), ...ago(23.9, 1), ...ago(1.5, 4)], NOW);
    expect(counts).toHaveLength(24);
    expect([counts[0], counts.at(-2), counts.at(-1)]).toEqual([1, 4, 2]);
    expect(counts.reduce((sum, each) => sum + each)).toBe(7);
  });

  it('takes 100,000 times', () => {
    expect(arrivalsOf(ago(0.2, 100_000), NOW).text).toBe('last hour, peak 100,000 in 5 min');
  });
});
