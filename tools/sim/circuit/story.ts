import { type CircuitPolicy, DEFAULT_CIRCUIT_POLICY } from '../../../lambdas/contract/circuit-policy.ts';
import { Fleet, type FleetOptions } from './fleet.ts';
import { seeded } from './virtual-time.ts';

/** Short times, so that a run sees the circuit open and close several times. */
const POLICY: CircuitPolicy = {
  ...DEFAULT_CIRCUIT_POLICY,
  openForMs: 2_000,
  probeAgainAfterMs: 1_000,
  probeLeaseMs: 2_500,
};
const WORKERS = 50;

/**
 * A time in which a share of the calls fails and a share of the requests doesn't reach the table; or an operator's
 * decision.
 */
export type Phase =
  | { readonly ms: number; readonly failing: number; readonly unreachable?: number }
  | { readonly force: 'open' | 'closed'; readonly forMs: number };

/** Fifty instances whose calls are slow, endless or crash now and then. */
export function fleetOf(options: Pick<FleetOptions, 'seed'> & Partial<FleetOptions>): Fleet {
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

export async function live(fleet: Fleet, story: readonly Phase[]): Promise<void> {
  for (const phase of story) {
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

/** Repairs the dependency and the table, and waits until the circuit is closed, at most so many milliseconds. */
export async function heal(fleet: Fleet, withinMs = RECOVERS_WITHIN_MS): Promise<void> {
  fleet.failing = fleet.unreachable = 0;
  await fleet.time.advance(withinMs, () => fleet.table.kind === 'closed');
}

/** Lives a story to its end. @returns the promises that were broken */
export async function brokenPromises(fleet: Fleet, story: readonly Phase[]): Promise<readonly string[]> {
  await live(fleet, story);
  await heal(fleet);
  const stuck = fleet.table.kind === 'closed' ? [] : [`stuck: ${fleet.table.kind} a minute after all was well`];
  await fleet.time.advance(2_000);
  await fleet.checkCounts();
  return [...stuck, ...fleet.violations];
}

/**
 * A story of 2 to 6 phases. The same seed always gives the same one. In every third, the table is unreachable at times.
 */
export function randomStory(seed: number): readonly Phase[] {
  const random = seeded(seed);
  const oneOf = <T>(...values: readonly [T, ...T[]]): T => values[Math.floor(random() * values.length)] ?? values[0];
  const isTableFaulty = seed % 3 === 0;
  return Array.from({ length: 2 + Math.floor(random() * 5) }, (): Phase => {
    if (!isTableFaulty && random() < 1 / 9) return { force: oneOf('open', 'closed'), forMs: 1_000 + random() * 3_000 };
    const unreachable = isTableFaulty ? oneOf(0, 0.05, 0.5, 1) : 0;
    return { ms: 500 + Math.floor(random() * 4_500), failing: oneOf(0, 0, 0.1, 0.4, 0.7, 1, 1), unreachable };
  });
}
