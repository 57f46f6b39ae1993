import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CircuitPolicy, DEFAULT_CIRCUIT_POLICY } from '../../../../lambdas/contract/circuit-policy.ts';
import { Fleet, type FleetOptions } from './fleet.ts';

/** Short times, so that a run sees the circuit open and close several times. */
const POLICY: CircuitPolicy = {
  ...DEFAULT_CIRCUIT_POLICY,
  openForMs: 2_000,
  probeAgainAfterMs: 1_000,
  probeLeaseMs: 2_500,
};
const WORKERS = 50;

type Phase =
  | { readonly ms: number; readonly failing: number; readonly unreachable?: number }
  | { readonly force: 'open' | 'closed'; readonly forMs: number };

const seed = fc.integer();
const dependency = fc.record({
  ms: fc.integer({ min: 500, max: 5_000 }),
  failing: fc.constantFrom(0, 0, 0.1, 0.4, 0.7, 1, 1),
});
const operator = fc.record({
  force: fc.constantFrom('open' as const, 'closed' as const),
  forMs: fc.integer({ min: 1_000, max: 4_000 }),
});
const phases = fc.array(fc.oneof({ weight: 8, arbitrary: dependency }, { weight: 1, arbitrary: operator }), {
  minLength: 2,
  maxLength: 6,
});

function fleetOf(options: Pick<FleetOptions, 'seed'> & Partial<FleetOptions>): Fleet {
  return new Fleet({
    policy: POLICY,
    workers: WORKERS,
    everyMs: 2_000,
    travelMs: 150,
    slow: 0.2,
    endless: 0.03,
    crashes: 0.03,
    retries: 0.1,
    ...options,
  });
}

async function live(fleet: Fleet, schedule: readonly Phase[]): Promise<void> {
  for (const phase of schedule) {
    if ('force' in phase) {
      const { now } = fleet.time;
      const until = now + phase.forMs;
      void fleet.command({ type: 'forced', now, to: phase.force, until, reason: 'test', by: 'operator' });
    } else {
      fleet.failing = phase.failing;
      fleet.unreachable = phase.unreachable ?? 0;
      await fleet.time.advance(phase.ms);
    }
  }
}

/** Covers the open time, a lease of each crashed prober, the probes, and the slow ramp. */
const RECOVERS_WITHIN_MS = 60_000;

async function heal(fleet: Fleet): Promise<void> {
  fleet.failing = fleet.unreachable = 0;
  await fleet.time.advance(RECOVERS_WITHIN_MS, () => fleet.table.kind === 'closed');
}

describe('a shared circuit, whatever the order of events', () => {
  it('lets nothing but three probes pass while it is open, loses no count, and closes in the end', async () => {
    await fc.assert(
      fc.asyncProperty(seed, phases, async (any, schedule) => {
        const fleet = fleetOf({ seed: any });
        await live(fleet, schedule);
        await heal(fleet);
        expect(fleet.table.kind).toBe('closed');
        await fleet.time.advance(2_000);
        await fleet.checkCounts();
        expect(fleet.violations).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  it('does so while the table is out of reach now and then, and passes all calls meanwhile', async () => {
    const unreachable = fc.constantFrom(0, 0.05, 0.5, 1);
    const outages = fc.array(fc.tuple(dependency, unreachable), { minLength: 2, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(seed, outages, async (any, schedule) => {
        const fleet = fleetOf({ seed: any });
        await live(
          fleet,
          schedule.map(([phase, share]) => ({ ...phase, unreachable: share })),
        );
        await heal(fleet);
        expect(fleet.table.kind).toBe('closed');
        await fleet.time.advance(2_000);
        await fleet.checkCounts();
        expect(fleet.violations).toEqual([]);
      }),
      { numRuns: 40 },
    );
  });

  it('lets no more than three probes pass, though clocks are wrong by up to 5 s', async () => {
    await fc.assert(
      fc.asyncProperty(seed, phases, async (any, schedule) => {
        const fleet = fleetOf({ seed: any, skewMs: 5_000 });
        await live(fleet, schedule);
        await heal(fleet);
        expect(fleet.table.kind).toBe('closed');
        expect(fleet.violations.filter((violation) => violation.includes('probes at once'))).toEqual([]);
      }),
      { numRuns: 40 },
    );
  });

  it('is never stuck, though every other caller crashes', async () => {
    await fc.assert(
      fc.asyncProperty(seed, async (any) => {
        const fleet = fleetOf({ seed: any, crashes: 0.5 });
        await live(fleet, [{ ms: 6_000, failing: 1 }]);
        expect(fleet.table.kind).not.toBe('closed');
        await heal(fleet);
        expect(fleet.table.kind).toBe('closed');
        expect(fleet.violations).toEqual([]);
      }),
      { numRuns: 50 },
    );
  });

  it('lets three probes through at a time while the dependency is down, and does not give up', async () => {
    await fc.assert(
      fc.asyncProperty(seed, async (any) => {
        const fleet = fleetOf({ seed: any });
        await live(fleet, [{ ms: 6_000, failing: 1 }]);
        const before = fleet.calls;
        await live(fleet, [{ ms: 60_000, failing: 1 }]);
        // The circuit half-opens at most once a second, with at most three probes each time.
        expect(fleet.calls - before).toBeLessThanOrEqual(180);
        expect(fleet.calls - before).toBeGreaterThan(0);
      }),
      { numRuns: 10 },
    );
  });
});

describe('fifty instances whose calls fail', () => {
  async function callsUntilOpen(any: number, failing: number, isEven = false): Promise<number> {
    const times = { policy: DEFAULT_CIRCUIT_POLICY, everyMs: 500, travelMs: 20 };
    const fleet = fleetOf({ seed: any, crashes: 0, retries: 0, slow: 0, endless: 0, isEven, ...times });
    fleet.failing = failing;
    await fleet.time.advance(60_000, () => fleet.table.kind !== 'closed');
    expect(fleet.table.kind).toBe('open');
    return fleet.calls;
  }

  it('open the circuit within 100 calls where all fail', async () => {
    await fc.assert(
      fc.asyncProperty(seed, async (any) => {
        expect(await callsUntilOpen(any, 1)).toBeLessThanOrEqual(100);
      }),
      { numRuns: 50 },
    );
  });

  it.each([
    [0.9, 200],
    [0.8, 400],
    [0.7, 800],
  ])('open it within a few hundred where %d of them fail', async (failing, most) => {
    for (let any = 0; any < 5; any++)
      expect(await callsUntilOpen(any, failing, any % 2 === 0)).toBeLessThanOrEqual(most);
  });

  it.each([0.2, 0.4, 0.45])('keep it closed where %d of them fail', async (failing) => {
    const fleet = fleetOf({ seed: 7, policy: DEFAULT_CIRCUIT_POLICY, everyMs: 500, travelMs: 20 });
    fleet.failing = failing;
    await fleet.time.advance(120_000, () => fleet.table.kind !== 'closed');
    expect(fleet.table.kind).toBe('closed');
  });
});
