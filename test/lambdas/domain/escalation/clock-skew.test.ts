import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CircuitKind } from '../../../../lambdas/contract/circuit-kinds.ts';
import { circuitEvent } from '../../../../lambdas/domain/circuit/circuit-event.ts';
import { readSignal, type Signal } from '../../../../lambdas/domain/escalation/signal.ts';
import { all, pages } from './incidents.ts';
import { at, deadLetter, operator, question } from './samples.ts';

const NOON = Date.parse(at(0));
/** Milliseconds by which a clock is fast. */
const skew = fc.oneof(fc.constantFrom(-5_000, 0, 5_000), fc.integer({ min: -120_000, max: 120_000 }));

/** The change of a circuit as the bus tells it, noted by a clock that is off. */
function change(
  circuit: string,
  sequence: number,
  to: CircuitKind,
  [second, skewMs]: readonly [number, number],
): Signal {
  const counts = { successes: 0, failures: 5 };
  const noted = {
    circuit,
    from: 'closed',
    to,
    reason: 'failure-rate',
    counts,
    at: NOON + second * 1_000 + skewMs,
  } as const;
  const { detailType, detail } = circuitEvent(noted, sequence);
  const signal = readSignal(
    JSON.stringify({ 'detail-type': detailType, time: at(second), detail: JSON.parse(detail) }),
    { arrivedAt: NOON + second * 1_000, settingsOf: () => ({ rules: [] }) },
  );
  if (!signal) throw new Error('the event is no signal');
  return signal;
}

describe('an incident, by clocks that differ', () => {
  it('ends with its circuit, which one clock notes 5 s early and another 5 s late', () => {
    const state = all(
      change('payments', 1, 'open', [0, 0]),
      change('payments', 2, 'half-open', [30, 0]),
      change('payments', 3, 'recovering', [35, 5_000]),
      change('payments', 4, 'closed', [41, -5_000]),
    );
    expect(pages(state)).toEqual(['trigger unreachable#1', 'resolve unreachable#1']);
  });

  it('begins again with its circuit, although the clock of the second opening is slow', () => {
    const state = all(
      change('payments', 1, 'open', [0, 0]),
      change('payments', 2, 'closed', [40, 5_000]),
      change('payments', 3, 'open', [42, -5_000]),
    );
    expect(pages(state)).toEqual(['trigger unreachable#1', 'resolve unreachable#1', 'trigger unreachable#2']);
  });

  it('has the dead letters of its outage, although their clock is fast', () => {
    const state = all(
      change('payments', 1, 'open', [0, 0]),
      change('payments', 2, 'closed', [40, -5_000]),
      deadLetter(39),
    );
    expect(pages(state)).toEqual(['trigger unreachable#1', 'resolve unreachable#1']);
  });

  it('is acknowledged, although the clock of the operator is slow', () => {
    const state = all(change('payments', 1, 'open', [10, 0]), operator(5));
    expect(pages(state)).toEqual(['trigger unreachable#1', 'acknowledge unreachable#1']);
  });

  const kinds = fc.array(fc.constantFrom<CircuitKind>('open', 'half-open', 'recovering', 'closed'), {
    minLength: 1,
    maxLength: 8,
  });

  it('is open exactly while a circuit is, in whatever order and however often the changes arrive', () => {
    const story = fc.tuple(kinds, kinds).chain((stories) => {
      const changes = stories.flatMap((steps, n) =>
        steps.map((to, index) => ({
          circuit: n === 0 ? 'payments' : 'payments/a',
          sequence: index + 1,
          to,
          second: 7 * index,
        })),
      );
      const told = fc.tuple(
        ...changes.map((each) => skew.map((ms) => change(each.circuit, each.sequence, each.to, [each.second, ms]))),
      );
      return fc.record({
        stories: fc.constant(stories),
        signals: told.chain((signals) =>
          fc
            .tuple(fc.shuffledSubarray(signals, { minLength: signals.length }), fc.shuffledSubarray(signals))
            .map(([once, again]) => [...once, ...again]),
        ),
      });
    });
    fc.assert(
      fc.property(story, ({ stories, signals }) => {
        const { openCircuits, incidents } = all(...signals);
        const ends = stories.map((steps) => steps.at(-1));
        if (ends.every((end) => end === 'closed')) {
          expect(openCircuits).toEqual([]);
          expect(incidents.unreachable?.state ?? 'resolved').toBe('resolved');
        }
        if (ends.includes('open')) expect(incidents.unreachable?.state).toBe('open');
      }),
      { numRuns: 500 },
    );
  });
});

describe('a question', () => {
  const decide = (second: number, failureId: string) => operator(second, 'anna', { action: 'decide', failureId });

  it('whose notice arrives after its answer keeps no incident open', () => {
    const state = all(question(1, 'a'), question(2, 'b'), decide(30, 'a'), decide(31, 'b'), question(1, 'a'));
    expect(pages(state).at(-1)).toBe('resolve decision-needed#1');
    expect(state.questions).toEqual([]);
    // The end of a later question is told, too.
    const next = all(question(1, 'a'), decide(30, 'a'), question(1, 'a'), question(60, 'c'), decide(70, 'c'));
    expect(pages(next).at(-1)).toBe('resolve decision-needed#2');
  });

  it('that the same failure asks again is announced again', () => {
    const state = all(question(1, 'a'), decide(30, 'a'), question(40, 'a'));
    expect(pages(state).at(-1)).toBe('trigger decision-needed#2');
  });

  it('leaves nothing open once all are answered, in whatever order and however often the signals arrive', () => {
    const signals = ['a', 'b', 'c'].flatMap((id, n) => [
      question(n, id),
      n === 1 ? deadLetter(40, { failureId: id, reason: 'no-decision' }) : decide(30 + n, id),
    ]);
    const story = fc
      .tuple(fc.shuffledSubarray(signals, { minLength: signals.length }), fc.shuffledSubarray(signals))
      .map(([once, again]) => [...once, ...again]);
    fc.assert(
      fc.property(story, (told) => {
        const { questions, incidents } = all(...told);
        expect(questions).toEqual([]);
        expect(incidents['decision-needed']?.state ?? 'resolved').toBe('resolved');
      }),
      { numRuns: 300 },
    );
  });
});
