import { describe, expect, it } from 'vitest';
import type { Recovering } from '../../../../lambdas/domain/circuit/circuit-state.ts';
import { rampEnd } from '../../../../lambdas/domain/circuit/ramp.ts';

import { CIRCUIT, judge, reduced, SECOND, type Seconds } from './judging.ts';

const RAMP: Seconds = [
  [18, 12],
  [29, 19],
  [46, 31],
  [74, 49],
  [118, 79],
];

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
    ['a steady rate of 40 percent', RAMP],
    [
      'a rate that falls while the calls grow',
      [
        [5, 5],
        [12, 8],
        [40, 10],
        [90, 5],
      ],
    ],
  ])('grows: %s', (_, seconds) => {
    expect(judge(seconds)).toBe('grow');
  });

  it('shrinks to what was carried where more calls have brought failures', () => {
    const verdict = judge([
      [50, 0],
      [75, 0],
      [100, 0],
      [150, 100],
    ]);
    // The share has grown to 1, and 60 % of the calls were served.
    expect(verdict).toMatchObject({ ramp: { limit: expect.closeTo(0.6, 1) } });
  });

  it('shrinks by two fifths where nothing is known of fewer calls', () => {
    const verdict = judge([
      [10, 0],
      [15, 25],
    ]);
    expect(verdict).toMatchObject({ ramp: { limit: expect.closeTo(0.324 * 0.444, 3) } });
  });

  it('shrinks by no more where the first moments of a recovery fail', () => {
    const { ramp } = judge([[10, 25]], CIRCUIT, { asks: 1_000, atMs: 400 }) as Recovering;
    expect((ramp.limit ?? 0) * (ramp.asks ?? 0)).toBeGreaterThan(40);
  });

  it('grows where a dependency of few calls has failed 45 percent of them from the start', () => {
    expect(judge([[22, 18]])).toBe('grow');
  });

  it('shrinks where the first calls were too many already, and their failures are not hidden by themselves', () => {
    const seconds: Seconds = [
      [3, 6],
      [4, 7],
      [3, 8],
      [4, 8],
    ];
    expect(judge(seconds, CIRCUIT, { asks: 70 })).toMatchObject({
      kind: 'recovering',
      ramp: { limit: expect.any(Number) },
    });
  });

  it('lets its end wait for the calls that ask, if more ask than when it began', () => {
    const circuit: Recovering = { ...CIRCUIT, ramp: { ...CIRCUIT.ramp, share: 0.6, asks: 60 } };
    const verdict = judge(
      [
        [30, 0],
        [50, 0],
      ],
      circuit,
      { asks: 240 },
    );
    expect(verdict).toMatchObject({ ramp: { share: expect.closeTo(0.15), since: CIRCUIT.ramp.since, asks: 240 } });
  });

  it('remembers how many calls that was, if it knows how many ask', () => {
    const { ramp } = judge(
      [
        [50, 0],
        [75, 0],
        [100, 0],
        [150, 100],
      ],
      CIRCUIT,
      { asks: 250 },
    ) as Recovering;
    // As many as were carried in the best second.
    expect(ramp.asks).toBe(250);
    expect((ramp.limit ?? 0) * 250).toBeGreaterThan(150 * 0.9);
    expect((ramp.limit ?? 0) * 250).toBeLessThan(150 * 1.25);
  });

  it('goes by those who stand in the line in a lull, so that the ramp is not over before they ask', () => {
    const seconds: Seconds = [
      [50, 0],
      [75, 0],
      [100, 0],
      [150, 100],
    ];
    const of = (pace: number) => (judge(seconds, CIRCUIT, { asks: 250, pace }) as Recovering).ramp;
    expect(of(1_000).asks).toBe(1_000);
    expect((of(1_000).limit ?? 0) * 1_000).toBeCloseTo((of(0).limit ?? 0) * 250);
    expect(rampEnd(of(1_000))).toBeGreaterThan(rampEnd(of(0)) + 1_000);
  });

  it('keeps to what the dependency carried where it knows the asks late', () => {
    const seconds: Seconds = [
      [50, 0],
      [75, 0],
      [100, 0],
      [150, 100],
    ];
    const { ramp } = judge(seconds, CIRCUIT, { asks: 100 }) as Recovering;
    expect((ramp.limit ?? 0) * (ramp.asks ?? 0)).toBeCloseTo(150 * 0.9);
  });

  it('raises a limit that came before instances had told the calls of its second', () => {
    const seconds: Seconds = [
      [50, 0],
      [90, 0],
      [150, 30],
      [95, 0],
      [95, 0],
    ];
    const { ramp } = judge(seconds, reduced(2, 0.4, 250), { asks: 250 }) as Recovering;
    expect((ramp.limit ?? 0) * (ramp.asks ?? 0)).toBeCloseTo(150);
    // As before, where it was right; and where the calls of that second are still not told.
    expect(judge(seconds, reduced(2, 0.58, 250), { asks: 250 })).toBe('grow');
    expect(judge(seconds.slice(0, 3), reduced(2, 0.4, 250), { asks: 250, atMs: 200 })).toBe('grow');
  });

  it('lets as many more calls pass as the dependency fails for good', () => {
    const seconds = (failures: number): Seconds => [
      ...Array.from({ length: 4 }, () => [40, failures] as const),
      [60, 60],
    ];
    const carried = (failures: number) => {
      const { ramp } = judge(seconds(failures), CIRCUIT, { asks: 120 }) as Recovering;
      return (ramp.limit ?? 0) * (ramp.asks ?? 0);
    };
    expect(carried(0)).toBeCloseTo(60);
    expect(carried(10)).toBeGreaterThan(60 * 1.1);
    expect(carried(10)).toBeLessThanOrEqual(60 / 0.8);
  });

  it('keeps to the capacity that only several seconds show', () => {
    const seconds: Seconds = [
      [20, 0],
      [30, 0],
      [30, 10],
      [30, 10],
      [30, 10],
      [30, 10],
      [26, 5],
      [0, 0],
    ];
    const verdict = judge(seconds, reduced(5, 0.4, 100), { asks: 100 });
    expect(verdict).toMatchObject({ ramp: { limit: expect.closeTo(0.3, 1) } });
  });

  it('grows again, with care, where fewer calls fail as often', () => {
    const seconds: Seconds = [
      [60, 40],
      [120, 80],
      [120, 80],
      [60, 40],
      [60, 40],
      [60, 40],
      [0, 0],
    ];
    const verdict = judge(seconds, reduced(2, 0.2)) as Recovering;
    expect(verdict.ramp).toEqual({ share: expect.any(Number), since: (SECOND + 6) * 1_000 + 999, careful: true });
  });

  it('keeps its limit where fewer calls have failed only while the dependency still warmed up', () => {
    const warmingUp: Seconds = [[40, 40], [50, 40], [60, 30], ...Array.from({ length: 6 }, () => [90, 0] as const)];
    const since: Seconds = [
      [150, 20],
      [150, 15],
      [120, 0],
      [120, 0],
      [120, 0],
      [0, 0],
    ];
    expect(judge([...warmingUp, ...since], reduced(11, 0.5))).toBe('grow');
  });

  it('keeps its limit where fewer calls have helped', () => {
    const seconds: Seconds = [
      [60, 40],
      [60, 40],
      [60, 0],
      [60, 0],
      [60, 0],
      [60, 0],
      [0, 0],
    ];
    expect(judge(seconds, reduced(1, 0.2))).toBe('grow');
  });

  it.each<[string, Seconds, Recovering]>([
    [
      'nearly all calls of the newest second fail',
      [
        [10, 0],
        [0, 20],
      ],
      CIRCUIT,
    ],
    [
      'they do for several seconds of few calls',
      [
        [4, 0],
        [5, 0],
        [0, 5],
        [0, 6],
      ],
      CIRCUIT,
    ],
    [
      'they do after the share was reduced in this second',
      [
        [50, 0],
        [60, 40],
        [0, 60],
      ],
      reduced(2, 0.2),
    ],
    [
      'fewer calls fail as often',
      [
        [30, 70],
        [40, 100],
        [40, 100],
        [20, 50],
        [20, 50],
      ],
      reduced(1, 0.1),
    ],
    [
      'most calls fail at the least share',
      [
        [0, 0],
        [0, 0],
        [2, 30],
      ],
      reduced(0, 0.01),
    ],
  ])('is down: %s', (_, seconds, circuit) => {
    expect(judge(seconds, circuit)).toBe('down');
  });

  it('does not take the first moments of a second for an outage, because calls that begin together fail together', () => {
    const seconds: Seconds = [
      [100, 0],
      [100, 3],
      [0, 30],
    ];
    expect(judge(seconds, CIRCUIT, { atMs: 150 })).toBe('grow');
    expect(judge(seconds, CIRCUIT, { atMs: 250 })).toBe('down');
  });
});
