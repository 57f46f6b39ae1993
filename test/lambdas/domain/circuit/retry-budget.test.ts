import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { drawToken, type RetryBudget } from '../../../../lambdas/domain/circuit/retry-budget.ts';

const POLICY = { share: 0.2, perSecond: 1 };
const NOW = 1_000_000;

const policies = fc.record({
  share: fc.double({ min: 0, max: 1, noNaN: true }),
  perSecond: fc.double({ min: 0.01, max: 50, noNaN: true }),
});
/** Draws, each with the time and traffic since the previous one. Clocks differ, so time may go back. */
const draws = fc.array(
  fc.record({ elapsed: fc.integer({ min: -1_000, max: 4_000 }), traffic: fc.integer({ min: 0, max: 500 }) }),
  { maxLength: 100 },
);

function budgetOf(tokens: number): RetryBudget {
  return { tokens, at: NOW, traffic: 0 };
}

describe('a retry budget', () => {
  it('is full when nobody has ever drawn from it', () => {
    const first = drawToken(undefined, { now: NOW, traffic: 1_000 }, POLICY);
    expect(first).toEqual({ at: NOW, budget: { tokens: 9, at: NOW, traffic: 1_000 } });
  });

  it.each([
    ['five normal calls', { now: NOW, traffic: 5 }],
    ['a second', { now: NOW + 1_000, traffic: 0 }],
    ['some of both', { now: NOW + 600, traffic: 2 }],
  ])('has a token again after %s', (_, since) => {
    expect(drawToken(budgetOf(0), since, POLICY)).toMatchObject({ at: since.now, budget: { tokens: 0 } });
  });

  it('is paid in advance where there is no token, which is there when it says', () => {
    const drawn = drawToken(budgetOf(0), { now: NOW, traffic: 2 }, POLICY);
    expect(drawn).toMatchObject({ at: NOW + 600, budget: { tokens: expect.closeTo(-0.6) } });
  });

  it('puts retries that come in at once one behind the other', () => {
    const at: number[] = [];
    let budget = budgetOf(1);
    for (let retry = 0; retry < 4; retry++) {
      const drawn = drawToken(budget, { now: NOW, traffic: 0 }, { share: 0.2, perSecond: 2 });
      budget = drawn.budget;
      at.push(drawn.at - NOW);
    }
    expect(at).toEqual([0, 500, 1_000, 1_500]);
  });

  it('saves up ten seconds at most', () => {
    const rested = drawToken(budgetOf(0), { now: NOW + 3_600_000, traffic: 0 }, POLICY);
    expect(rested).toMatchObject({ at: NOW + 3_600_000, budget: { tokens: 9 } });
  });

  it('holds one token even where tokens are rare', () => {
    expect(drawToken(undefined, { now: NOW, traffic: 0 }, { share: 0, perSecond: 0.01 }).at).toBe(NOW);
  });

  it('earns nothing twice when the clock of one instance is behind', () => {
    let budget = budgetOf(0);
    for (let pair = 0; pair < 5; pair++) {
      budget = drawToken(budget, { now: NOW - 1_000, traffic: 0 }, POLICY).budget;
      budget = drawToken(budget, { now: NOW, traffic: 0 }, POLICY).budget;
    }
    expect(budget.tokens).toBe(-10);
  });

  it('never admits more than its savings, its share of the traffic and the amount per second', () => {
    fc.assert(
      fc.property(policies, draws, (policy, steps) => {
        let budget: RetryBudget | undefined;
        let now = NOW;
        let traffic = 0;
        const first = { now: NOW + (steps[0]?.elapsed ?? 0), traffic: steps[0]?.traffic ?? 0 };
        for (const [index, step] of steps.entries()) {
          now += step.elapsed;
          traffic += step.traffic;
          const drawn = drawToken(budget, { now, traffic }, policy);
          budget = drawn.budget;
          const latest = Math.max(drawn.at, budget.at);
          const earned = policy.share * (traffic - first.traffic) + (policy.perSecond * (latest - first.now)) / 1_000;
          expect(index + 1).toBeLessThanOrEqual(Math.max(1, policy.perSecond * 10) + earned + 1e-6);
          expect(drawn.at).toBeGreaterThanOrEqual(now);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('makes nobody wait longer than those before it take', () => {
    fc.assert(
      fc.property(policies, fc.integer({ min: 1, max: 100 }), fc.nat(100_000), (policy, count, elapsed) => {
        let budget = budgetOf(0);
        for (let index = 0; index < count; index++) budget = drawToken(budget, { now: NOW, traffic: 0 }, policy).budget;
        const now = NOW + elapsed;
        const { at } = drawToken(budget, { now, traffic: 0 }, policy);
        expect(at).toBeLessThanOrEqual(Math.max(now, NOW + ((count + 1) * 1_000) / policy.perSecond + 1));
      }),
    );
  });
});
