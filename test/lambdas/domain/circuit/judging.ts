import { DEFAULT_CIRCUIT_POLICY as POLICY } from '../../../../lambdas/contract/circuit-policy.ts';
import type { Recovering } from '../../../../lambdas/domain/circuit/circuit-state.ts';
import { backOff } from '../../../../lambdas/domain/circuit/ramp.ts';
import { judgeRecovery } from '../../../../lambdas/domain/circuit/recovery.ts';

/** Start of the recovery, in epoch seconds. */
export const SECOND = 1_000_000;
export const CIRCUIT: Recovering = {
  kind: 'recovering',
  since: SECOND * 1_000,
  trippedAt: SECOND * 1_000 - 30_000,
  baseline: 0,
  probes: [],
  ramp: { share: 0.1, since: SECOND * 1_000 },
};

export type Seconds = readonly (readonly [successes: number, failures: number])[];

/** Judges in the last second, by default at its end. The first pair is the first second. */
export function judge(
  seconds: Seconds,
  circuit = CIRCUIT,
  { asks, pace, atMs = 999 }: { asks?: number; pace?: number; atMs?: number } = {},
) {
  const buckets = seconds.map(([successes, failures], n) => ({ second: SECOND + n, successes, failures }));
  const now = (SECOND + seconds.length - 1) * 1_000 + atMs;
  return judgeRecovery(circuit, { now, buckets, rate: 0.5, asks, ...(pace !== undefined && { pace }) }, POLICY);
}

/** The share was reduced in the given second. */
export function reduced(second: number, carried: number, asks?: number): Recovering {
  return { ...CIRCUIT, ramp: backOff(carried, (SECOND + second) * 1_000, asks) };
}
