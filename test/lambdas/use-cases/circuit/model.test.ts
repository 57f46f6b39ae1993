import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_CIRCUIT_POLICY } from '../../../../lambdas/contract/circuit-policy.ts';
import { brokenPromises, fleetOf, heal, live } from '../../../../tools/sim/circuit/story.ts';

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

describe('a shared circuit, whatever the order of events', () => {
  it('lets nothing but three probes pass while it is open, loses no count, and closes in the end', async () => {
    await fc.assert(
      fc.asyncProperty(seed, phases, async (any, schedule) => {
        const fleet = fleetOf({ seed: any });
        expect(await brokenPromises(fleet, schedule)).toEqual([]);
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
        const faulty = schedule.map(([phase, share]) => ({ ...phase, unreachable: share }));
        expect(await brokenPromises(fleet, faulty)).toEqual([]);
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
        // A crashed prober holds its place for its lease and for the skew of two clocks: 12.5 s, several times over.
        await heal(fleet, 600_000);
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
