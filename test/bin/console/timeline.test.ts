import { describe, expect, it } from 'vitest';
import type { CircuitRow, Story, TrailStep } from '../../../bin/console/page/documents.ts';
import { timelineOf, totalsOf } from '../../../bin/console/page/timeline.ts';

const START = Date.parse('2026-03-01T12:00:00Z');
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const at = (ms: number) => new Date(START + ms).toISOString();
const step = (ms: number, name: string, facts: object = {}): TrailStep => ({ at: at(ms), step: name, ...facts });
const story = (trail: readonly TrailStep[], change: Partial<Story> = {}) =>
  ({ trail, occurredAt: at(0), state: 'settled', ...change }) as Story;
const circuit = (change: Partial<CircuitRow>): CircuitRow => ({
  circuit: 'payments',
  state: 'closed',
  successes: 0,
  failures: 0,
  meaning: '',
  ...change,
});
/** Bands in minutes since the start. */
const inMinutes = (bands: readonly { readonly kind: string; readonly from: number; readonly to: number }[]) =>
  bands.map(({ kind, from, to }) => [kind, (from - START) / MINUTE_MS, (to - START) / MINUTE_MS]);

describe('the timeline of a failure', () => {
  const OUTAGE = [
    step(1 * MINUTE_MS, 'received', { statusCode: 503 }),
    step(2 * MINUTE_MS, 'attempt-failed', { attempt: 1, statusCode: 503 }),
    step(3 * MINUTE_MS, 'held', { because: 'circuit' }),
    step(8 * MINUTE_MS, 'attempt-failed', { attempt: 2, statusCode: 503, probe: 'of the circuit' }),
    step(8 * MINUTE_MS, 'held', { because: 'circuit' }),
    step(9 * MINUTE_MS, 'held', { because: 'retry-budget' }),
    step(10 * MINUTE_MS, 'settled', { outcome: 'recovered' }),
  ];

  it('has each wait by what it waits for, joined where it continues', () => {
    const { waits } = timelineOf(story(OUTAGE), undefined, START + HOUR_MS);
    expect(inMinutes(waits)).toEqual([
      ['delivery', 0, 1],
      ['retry', 1, 3],
      ['circuit', 3, 9],
      ['retry-budget', 9, 10],
    ]);
    expect(totalsOf(waits)).toContainEqual({ kind: 'circuit', ms: 6 * MINUTE_MS });
  });

  it('marks the call of the reporter, each attempt and probe, and how they ended', () => {
    const { marks } = timelineOf(story(OUTAGE), undefined, START);
    expect(marks.filter(({ lane }) => lane === 'attempts').map(({ tone, text }) => `${tone}: ${text}`)).toEqual([
      "warn: caller's call failed, HTTP 503",
      'warn: attempt 1 failed, HTTP 503',
      'warn: probe failed, HTTP 503',
      'good: recovered',
    ]);
  });

  it.each<[string, Partial<CircuitRow>, readonly unknown[]]>([
    ['open', { state: 'open', since: at(7 * MINUTE_MS), outageSince: at(2 * MINUTE_MS) }, [['open', 2, 10]]],
    [
      'recovering',
      { state: 'recovering', since: at(9 * MINUTE_MS), outageSince: at(2 * MINUTE_MS) },
      [
        ['open', 2, 9],
        ['recovering', 9, 10],
      ],
    ],
    ['closed again', { since: at(9 * MINUTE_MS), outageSince: at(2 * MINUTE_MS) }, [['outage', 2, 9]]],
    // A later outage says nothing about this failure. Its holds do.
    ['open long after', { state: 'open', since: at(HOUR_MS), outageSince: at(HOUR_MS) }, [['blocked', 3, 9]]],
    ['never open', {}, [['blocked', 3, 9]]],
  ])('shows a circuit that is %s, else what the holds tell', (_, change, expected) => {
    const { circuit: bands } = timelineOf(story(OUTAGE), circuit(change), START + 2 * HOUR_MS);
    expect(inMinutes(bands)).toEqual(expected);
  });

  it('continues until now while a failure is under way, and up to its next call', () => {
    const trail = OUTAGE.slice(0, 3);
    const until = (notBefore?: string) =>
      timelineOf(story(trail, { state: 'open', ...(notBefore && { notBefore }) }), undefined, START + 5 * MINUTE_MS).to;
    expect(until()).toBe(START + 5 * MINUTE_MS);
    expect(until(at(4 * MINUTE_MS))).toBe(START + 5 * MINUTE_MS);
    expect(until(at(20 * MINUTE_MS))).toBe(START + 20 * MINUTE_MS);
  });

  it('begins at the first step that it knows, if earlier ones were dropped', () => {
    const trail = [
      step(5 * MINUTE_MS, 'redriven', { cycle: 3 }),
      step(6 * MINUTE_MS, 'settled', { outcome: 'ignored' }),
    ];
    const { from, marks, waits } = timelineOf(story(trail), undefined, START);
    expect([from, marks.length]).toEqual([START + 5 * MINUTE_MS, 2]);
    expect(inMinutes(waits)).toEqual([['retry', 5, 6]]);
  });

  it('waits as a dead letter, for a decision, and for an execution', () => {
    const trail = [
      step(0, 'received'),
      step(0, 'attempt-failed', { question: 'q-1' }),
      step(1 * MINUTE_MS, 'decided'),
      step(2 * MINUTE_MS, 'awaited'),
      step(3 * MINUTE_MS, 'settled', { outcome: 'dead-lettered' }),
      step(4 * MINUTE_MS, 'edited'),
      step(5 * MINUTE_MS, 'redriven'),
      step(6 * MINUTE_MS, 'undo-begun'),
      step(7 * MINUTE_MS, 'settled', { outcome: 'compensated' }),
    ];
    expect(inMinutes(timelineOf(story(trail), undefined, START).waits)).toEqual([
      ['decision', 0, 1],
      ['retry', 1, 2],
      ['execution', 2, 3],
      ['dead', 3, 5],
      ['retry', 5, 6],
      ['undo', 6, 7],
    ]);
  });

  it('keeps the order of the steps where clocks differ', () => {
    const trail = [step(2_000, 'received'), step(1_000, 'attempt-failed'), step(3_000, 'settled')];
    const { marks, from } = timelineOf(story(trail, { occurredAt: at(9_000) }), undefined, START);
    expect(from).toBe(START + 2_000);
    expect(marks.map((mark) => mark.at - START)).toEqual([2_000, 2_000, 2_000, 3_000]);
  });
});
