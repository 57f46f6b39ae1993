import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { UnsentNotification } from '../../../../lambdas/domain/escalation/incident.ts';
import type { Signal } from '../../../../lambdas/domain/escalation/signal.ts';
import { all, pages } from './incidents.ts';
import { alarm, circuit, deadLetter, operator, question } from './samples.ts';

describe('by whatever signals, in whatever order', () => {
  const second = fc.integer({ min: 0, max: 59 });
  const signal: fc.Arbitrary<Signal> = fc.oneof(
    fc.tuple(second, fc.constantFrom('P1', 'P2')).map(([n, priority]) => deadLetter(n, { priority })),
    fc.tuple(second, fc.constantFrom('a', 'b')).map(([n, rule]) => deadLetter(n, { reason: 'permanent', rule })),
    fc
      .tuple(
        second,
        fc.constantFrom('open', 'closed', 'half-open', 'recovering', 'forced-open', 'forced-closed'),
        fc.constantFrom('payments', 'payments/a'),
      )
      .map(([n, to, name]) => circuit(n, to, name)),
    fc
      .tuple(second, fc.boolean(), fc.constantFrom('A', 'B'))
      .map(([n, rings, name]) => alarm(n, rings, { alarm: name })),
    fc.tuple(second, fc.nat(3)).map(([n, cycle]) => ({ ...deadLetter(n), cycle: cycle + 1 })),
    second.map((n) => operator(n)),
    second.map((n) => operator(n, 'bob', { action: 'redrive', acknowledges: ['unreachable'] })),
    second.map((n) => question(n)),
  );

  it('each cause sends trigger, then perhaps acknowledge, then resolve, and only then trigger again', () => {
    fc.assert(
      fc.property(fc.array(signal, { maxLength: 40 }), (signals) => {
        const state = all(...signals);
        const causes = Map.groupBy(
          state.untold.filter(({ channel }) => channel === 'pager'),
          ({ cause }) => cause,
        );
        for (const [cause, untold] of causes) {
          const story = untold.map(({ telling, number }: UnsentNotification) => `${number}${telling[0]}`).join(' ');
          const numbers = Array.from({ length: state.incidents[cause]?.number ?? 0 }, (_, n) => n + 1);
          expect(story).toMatch(new RegExp(`^${numbers.map((n) => `${n}t( ${n}a)?( ${n}r)?`).join(' ')}$`));
          // An incident is resolved exactly if the pager knows it.
          expect(story.endsWith('r')).toBe(state.incidents[cause]?.state === 'resolved');
        }
      }),
      { numRuns: 300 },
    );
  });

  it('a circuit that closes leaves nothing unreachable, and the same signal again changes nothing but counts', () => {
    fc.assert(
      fc.property(fc.array(signal, { maxLength: 30 }), (signals) => {
        const state = all(...signals, circuit(60, 'closed'), circuit(61, 'closed', 'payments/a'));
        expect(state.incidents.unreachable?.state ?? 'resolved').toBe('resolved');
        const last = signals.at(-1);
        if (last) expect(pages(all(...signals, last))).toEqual(pages(all(...signals)));
      }),
      { numRuns: 300 },
    );
  });
});
