import { calls, failureRate, type Tally } from './tally.ts';

/** Share of calls that a recovering circuit admits, over time. */
export interface Ramp {
  /** Share at `since`, 0 to 1. */
  readonly share: number;
  /** Epoch milliseconds. */
  readonly since: number;
  /** The dependency has reached its limit since, so the share grows more slowly. */
  readonly shrunk: boolean;
}

/** Initial share. Waiting calls retry spread over seconds, so a tenth of them stays small. */
export const INITIAL_SHARE = 0.1;
/** Minimum share. Below it, too few calls would show the dependency's state. */
export const MIN_SHARE = 0.01;
/** Growth per second, before the dependency has reached its limit. */
const GROWTH = 1.5;
/** Growth per second after that. Still grows, because fewer callers wait over time and the same share admits less. */
const GROWTH_AFTER_SHRINKING = 1.25;
/** Failure rate that doesn't indicate overload. */
const TOLERATED_FAILURE_RATE = 0.05;

/** The share at a time. Depends on time only, so successful calls need no writes. */
export function shareAt({ share, since, shrunk }: Ramp, now: number): number {
  const growth = shrunk ? GROWTH_AFTER_SHRINKING : GROWTH;
  return Math.min(1, share * growth ** (Math.max(0, now - since) / 1_000));
}

/** After failures, reduces the share to what the dependency handled, less a tenth. */
export function shrinkAfterFailures(ramp: Ramp, now: number, tally: Tally, minimumCalls: number): Ramp {
  const rate = failureRate(tally);
  if (calls(tally) < minimumCalls || rate <= TOLERATED_FAILURE_RATE) return ramp;
  return { ...ramp, share: Math.max(MIN_SHARE, shareAt(ramp, now) * (1 - rate) * 0.9), since: now, shrunk: true };
}
