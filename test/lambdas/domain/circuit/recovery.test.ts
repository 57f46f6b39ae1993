import { describe, expect, it } from 'vitest';
import { DEFAULT_CIRCUIT_POLICY as POLICY } from '../../../../lambdas/contract/circuit-policy.ts';
import type { Recovering } from '../../../../lambdas/domain/circuit/circuit-state.ts';
import { judgeRecovery } from '../../../../lambdas/domain/circuit/recovery.ts';

/** Start of the recovery, in epoch seconds. */
const SECOND = 1_000_000;
const CIRCUIT: Recovering = {
  kind: 'recovering',
  since: SECOND * 1_000,
  trippedAt: SECOND * 1_000 - 30_000,
  baseline: 0,
  probes: [],
  ramp: { share: 0.1, since: SECOND * 1_000 },
  reference: { successes: 3, failures: 0 },
};

type Seconds = readonly (readonly [successes: number, failures: number])[];

/** Judges a second's end. The first pair is the first second. */
function judge(seconds: Seconds, circuit = CIRCUIT) {
  const buckets = seconds.map(([successes, failures], n) => ({ second: SECOND + n, successes, failures }));
  const now = (SECOND + seconds.length) * 1_000 - 1;
  return judgeRecovery(circuit, { now, buckets, rate: 0.5 }, POLICY);
}

/** The second in which the ramp changed is left out. */
const trial = { ...CIRCUIT, ramp: { share: 0.2, since: (SECOND + 3) * 1_000, limit: 0.21 }, trial: { share: 0.34 } };

describe('a recovering circuit', () => {
  it.each<[string, Seconds]>([
    ['no calls', []],
    [
      'no failures',
      [
        [10, 0],
        [20, 0],
        [40, 0],
      ],
    ],
    [
      'failures that every dependency has',
      [
        [10, 0],
        [19, 1],
        [38, 2],
        [76, 4],
      ],
    ],
  ])('grows: %s', (_, seconds) => {
    expect(judge(seconds)).toBe('grow');
  });

  it('grows at a steady rate that fewer calls have had as well', () => {
    const known = { ...CIRCUIT, reference: { successes: 180, failures: 120 } };
    const seconds: Seconds = [
      [60, 40],
      [90, 60],
      [180, 120],
    ];
    expect(judge(seconds, known)).toBe('grow');
  });

  it('shrinks to what was carried where more calls have brought failures', () => {
    const verdict = judge([
      [50, 0],
      [75, 0],
      [100, 0],
      [150, 100],
    ]);
    // The share has grown to 0.65, and 60 % of the calls were served.
    expect(verdict).toMatchObject({ ramp: { limit: expect.closeTo(0.65 * 0.6, 1) } });
  });

  it('makes a trial where nothing is known of fewer calls', () => {
    const verdict = judge([
      [10, 0],
      [15, 25],
    ]);
    expect(verdict).toMatchObject({
      ramp: { limit: expect.closeTo(0.256 * 0.45, 1) },
      trial: { share: expect.closeTo(0.256, 2) },
    });
  });

  it('returns to its share when a trial shows that fewer calls fail as often', () => {
    const verdict = judge(
      [
        [0, 0],
        [0, 0],
        [60, 40],
        [60, 40],
        [36, 24],
        [36, 24],
        [0, 0],
      ],
      trial,
    );
    expect(verdict).toMatchObject({ ramp: { share: 0.34 } });
    expect(verdict).not.toHaveProperty('trial');
    expect(verdict).not.toHaveProperty('ramp.limit');
  });

  it('keeps to what was carried when a trial relieves the dependency', () => {
    const verdict = judge(
      [
        [0, 0],
        [0, 0],
        [60, 40],
        [60, 40],
        [60, 0],
        [60, 0],
        [0, 0],
      ],
      trial,
    );
    expect(verdict).toMatchObject({ ramp: trial.ramp });
    expect(verdict).not.toHaveProperty('trial');
  });

  it.each<[string, Seconds]>([
    [
      'nearly all calls fail',
      [
        [10, 0],
        [0, 20],
      ],
    ],
    [
      'most calls fail with fewer calls as well',
      [
        [30, 70],
        [45, 105],
        [67, 150],
        [100, 230],
      ],
    ],
  ])('is down: %s', (_, seconds) => {
    const known = { ...CIRCUIT, reference: seconds.length > 2 ? { successes: 12, failures: 28 } : CIRCUIT.reference };
    expect(judge(seconds, known)).toBe('down');
  });
});
