import { calls, failureRate, type Tally } from './tally.ts';

/** The share of calls that a recovering circuit admits. */
export interface Ramp {
  /** Share at `since`, 0 to 1. */
  readonly share: number;
  /** Epoch milliseconds. */
  readonly since: number;
  /** It has met the dependency's limit, and grows slowly from now on. */
  readonly shrunk: boolean;
}

/** Share with which the ramp begins: those who waited ask spread over seconds, so that a tenth of them is far from all. */
export const FIRST_SHARE = 0.1;
/** Share below which it never shrinks: nobody would learn any more how the dependency is. */
export const LEAST_SHARE = 0.01;
/** Factor by which the share grows in a second: at first, and after it has met the dependency's limit. */
const GROWTH = 1.5;
/** Those who wait grow fewer, and with them what the same share lets through; slower growth would leave the dependency idle. */
const GROWTH_AFTER_SHRINKING = 1.25;
/** Share of failures that is no sign of too many calls. */
const TOLERATED = 0.05;

/** It grows with time alone, so that nobody has to write while calls succeed. */
export function shareAt({ share, since, shrunk }: Ramp, now: number): number {
  const growth = shrunk ? GROWTH_AFTER_SHRINKING : GROWTH;
  return Math.min(1, share * growth ** (Math.max(0, now - since) / 1_000));
}

/** After failures the share goes back to what the dependency has carried, less a tenth. */
export function shrunk(ramp: Ramp, now: number, tally: Tally, minimumCalls: number): Ramp {
  const rate = failureRate(tally);
  if (calls(tally) < minimumCalls || rate <= TOLERATED) return ramp;
  return { ...ramp, share: Math.max(LEAST_SHARE, shareAt(ramp, now) * (1 - rate) * 0.9), since: now, shrunk: true };
}
