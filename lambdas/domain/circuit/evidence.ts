import { calls, failureRate, type Tally } from './tally.ts';

/** Even where only complete failure may open a circuit, a finite sample must be able to prove it. */
const MAX_RATE = 0.9;

/**
 * Evidence that a dependency fails more often than `rate`, in nats. Chernoff's bound: a dependency that fails at `rate`
 * shows a sample like this with a probability of at most e^-evidence. Exact for every size of the sample and every
 * rate.
 *
 * @returns below 0 if the sample's rate is below `rate`
 */
export function evidenceAbove(rate: number, tally: Tally): number {
  const observed = failureRate(tally);
  if (calls(tally) === 0 || observed < rate) return -1;
  return calls(tally) * divergence(observed, Math.min(rate, MAX_RATE));
}

/** Evidence, in nats, that suffices for a confidence of 0 to below 1. */
export function requiredEvidence(confidence: number): number {
  return -Math.log(1 - confidence);
}

/**
 * Kullback-Leibler divergence of a coin that shows heads at `observed` from one that shows it at `expected`, in nats.
 */
export function divergence(observed: number, expected: number): number {
  return part(observed, expected) + part(1 - observed, 1 - expected);
}

function part(observed: number, expected: number): number {
  return observed === 0 ? 0 : observed * Math.log(observed / expected);
}
