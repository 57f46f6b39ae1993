import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Circuit, closed } from '../../../../lambdas/domain/circuit/circuit-state.ts';
import { NOW, PLAIN_POLICY as POLICY, step } from './circuits.ts';

describe('a circuit that adapts', () => {
  const ADAPTIVE = { ...POLICY, adaptive: true };
  const counted = (now: number, failures: number) =>
    ({ type: 'counted', now, tally: { successes: 100 - failures, failures } }) as const;

  it.each([
    [0, 50],
    [0.2, 60],
    [0.5, 75],
    [0.9, 95],
  ])('with %d usual opens at %d percent', (baseline, percent) => {
    const circuit = closed(NOW, baseline);
    expect(step(circuit, counted(NOW, percent - 1), ADAPTIVE).kind).toBe('closed');
    expect(step(circuit, counted(NOW, percent), ADAPTIVE).kind).toBe('open');
  });

  it('learns a fifth of the way, not before six windows have gone', () => {
    const circuit = closed(NOW, 0.1);
    expect(step(circuit, counted(NOW + 59_999, 20), ADAPTIVE)).toBe(circuit);
    const after = step(circuit, counted(NOW + 60_000, 20), ADAPTIVE);
    expect(after).toEqual({ ...circuit, baseline: expect.closeTo(0.12), learnedAt: NOW + 60_000 });
  });

  it('learns nothing from too few calls, and nothing where it is not told to', () => {
    const circuit = closed(NOW, 0.1);
    const few = { type: 'counted', now: NOW + 60_000, tally: { successes: 4, failures: 0 } } as const;
    expect(step(circuit, few, ADAPTIVE)).toBe(circuit);
    expect(step(circuit, counted(NOW + 60_000, 20), POLICY)).toBe(circuit);
  });

  it('never takes an outage for what is usual, however slowly failures grow', () => {
    const slowly = fc.array(fc.integer({ min: 0, max: 100 }), { minLength: 1, maxLength: 50 });
    fc.assert(
      fc.property(slowly, (failures) => {
        let circuit: Circuit = closed(NOW);
        for (const [round, each] of failures.entries())
          circuit = step(circuit, counted(NOW + (round + 1) * 60_000, each), ADAPTIVE);
        expect(circuit.baseline).toBeLessThan(1);
        expect(step(closed(NOW, circuit.baseline), counted(NOW, 100), ADAPTIVE).kind).toBe('open');
      }),
    );
  });
});
