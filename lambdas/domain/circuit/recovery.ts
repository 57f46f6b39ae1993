import type { CircuitPolicy } from '../../contract/circuit-policy.ts';
import type { Recovering, Trial } from './circuit-state.ts';
import { divergence, evidenceAbove, requiredEvidence } from './evidence.ts';
import { newestFirst, settled } from './opening.ts';
import { backOff, MIN_SHARE, shareAt } from './ramp.ts';
import { type Bucket, calls, failureRate, secondOf, type Tally } from './tally.ts';

/** Time in which instances still admit by an old share, and after which they have told their successes. */
const SPREADS_MS = 500;
/** Evidence, in nats, that a rate has risen with the calls. */
const OVERLOAD_EVIDENCE = 7;
/** Calls that show how far the share must shrink. */
const LEAST_CALLS = 20;
/** Calls at the usual rate that weigh against a small sample. */
const PRIOR_CALLS = 5;
/** Rise of the failure rate that is not an overload. */
const TOLERATED_RISE = 0.08;
/** Failure rate at or above which the dependency is down, not just overloaded. */
const OUTAGE_RATE = 0.9;
/** So many fewer calls show what the dependency fails without overload. */
const FAR_FEWER = 0.6;
/** More calls than this, and they show nothing. */
const FEWER = 0.8;
/** A rate below this part of the rate before is a relief. */
const RELIEVED = 0.75;
/** Healthy calls that are assumed until calls have shown better. */
const ASSUMED: Tally = { successes: 20, failures: 0 };
/** Calls that prove a reference. */
const PROVEN_CALLS = 100;
/** Calls that a reference remembers, so that it can follow a change of the dependency. */
const REFERENCE_CALLS = 500;
/** Evidence, in nats, that ends a trial. */
const TRIAL_EVIDENCE = 2.5;
/** The same against a proven reference. */
const PROOF_EVIDENCE = 10;
/** A rate below this says nothing new. */
const LEAST_RATE = 0.02;

/** What the calls of a recovering circuit show. `grow`: nothing that speaks against it. */
export type Verdict = Recovering | 'down' | 'grow';

interface Judged {
  readonly now: number;
  readonly buckets: readonly Bucket[];
  /** Failure rate that opens the circuit. */
  readonly rate: number;
}

/** First second whose calls were admitted by the current ramp, in epoch seconds. */
export function firstSecond({ since, ramp }: Recovering): number {
  return ramp.since === since ? secondOf(since) : secondOf(ramp.since + SPREADS_MS) + 1;
}

/**
 * Judges the calls since the last change of the ramp. Shrinks the share only for failures that more traffic brings: the
 * rate must be higher than with fewer calls. Where nothing is known of fewer calls, a trial shows it.
 */
export function judgeRecovery(circuit: Recovering, judged: Judged, policy: CircuitPolicy): Verdict {
  const verdict = circuit.trial ? concluded(circuit, circuit.trial, judged) : 'grow';
  if (verdict !== 'grow') return verdict;
  const reference = referenceOf(circuit, judged);
  for (const sample of suffixes(circuit, judged.buckets, policy)) {
    const isFailing = isConvincing(sample, judged.rate, policy);
    if (isFailing && isDown(circuit, { ...judged, sample, reference })) return 'down';
    if (circuit.trial && !isProven(reference)) continue;
    if (isFailing || (calls(sample) >= LEAST_CALLS && isOverloaded(sample, reference))) {
      return relieved(circuit, { ...judged, sample, reference });
    }
  }
  return 'grow';
}

/** Half of the evidence suffices: the circuit was open a moment ago. */
function isConvincing(sample: Tally, rate: number, { minimumCalls, confidence }: CircuitPolicy): boolean {
  return calls(sample) >= minimumCalls / 2 && evidenceAbove(rate, sample) >= requiredEvidence(confidence) / 2;
}

interface Sampled extends Judged {
  readonly sample: Tally;
  /** Calls when there were fewer. */
  readonly reference: Tally;
}

function isDown({ ramp }: Recovering, { now, rate, sample, reference }: Sampled): boolean {
  const isMinimal = shareAt(ramp, now) <= 2 * MIN_SHARE;
  const isAsBadWithFewer = calls(reference) >= LEAST_CALLS && failureRate(reference) >= rate;
  return failureRate(sample) >= OUTAGE_RATE || isMinimal || isAsBadWithFewer;
}

/** Shrinks the share to what the dependency has carried; or, as a trial, so far that the next calls show whether it helps. */
function relieved(circuit: Recovering, { now, sample, reference }: Sampled): Recovering {
  const share = shareAt(circuit.ramp, now);
  const usual = failureRate(reference);
  const overloaded = (sample.failures + PRIOR_CALLS * usual) / (calls(sample) + PRIOR_CALLS);
  const carried = (1 - overloaded) / (1 - usual);
  const most = isProven(reference) ? 1 : FAR_FEWER;
  return {
    ...circuit,
    reference: limited(reference),
    ramp: backOff(share * Math.min(carried, most), now),
    trial: { share },
  };
}

/**
 * Compares what the trial shows with what an overload would: as many successes as before, of fewer calls. Otherwise the
 * rate stays, and is the dependency's own.
 */
function concluded(circuit: Recovering, { share }: Trial, { now, buckets }: Judged): Verdict {
  const from = firstSecond(circuit);
  const whole = buckets.filter(({ second }) => second >= from && second < secondOf(now - SPREADS_MS));
  const seen = whole.reduce<Tally>(pool, NOTHING);
  if (calls(seen) === 0) return 'grow';
  const { trial, ...others } = circuit;
  const before = busiest(buckets, secondOf(circuit.ramp.since));
  const evidence = evidenceAgainstOverload(seen, calls(seen) / whole.length, before);
  const isKnown = isProven(circuit.reference);
  if (evidence >= PROOF_EVIDENCE || (evidence > 0 && !isKnown && calls(seen) >= PROVEN_CALLS)) {
    return { ...others, reference: limited(pool(before, seen)), ramp: { share, since: now } };
  }
  if (evidence > -TRIAL_EVIDENCE && calls(seen) < PROVEN_CALLS) return 'grow';
  return isKnown ? others : { ...others, reference: limited(pool(circuit.reference, seen)) };
}

/** Likelihood ratio, in nats. An overload has as many successes of fewer calls; a dependency of its own rate has fewer. */
function evidenceAgainstOverload(seen: Tally, callsPerSecond: number, before: Tally): number {
  const fewer = callsPerSecond / Math.max(1, calls(before));
  // Callers have become more meanwhile, so the trial shows nothing.
  if (fewer > FEWER || failureRate(seen) < RELIEVED * failureRate(before)) return 0;
  const steady = Math.max(LEAST_RATE, failureRate(before));
  const overload = Math.max(LEAST_RATE, 1 - (1 - steady) / fewer);
  return seen.failures * Math.log(steady / overload) + seen.successes * Math.log((1 - steady) / (1 - overload));
}

function isProven(reference: Tally): boolean {
  return calls(reference) >= PROVEN_CALLS;
}

/** G-test of two samples: the evidence, in nats, that one rate can't explain both. */
function isOverloaded(sample: Tally, reference: Tally): boolean {
  const [high, low] = [failureRate(sample), failureRate(reference)];
  if (calls(reference) === 0 || high - low <= TOLERATED_RISE) return false;
  const both = failureRate(pool(sample, reference));
  return calls(sample) * divergence(high, both) + calls(reference) * divergence(low, both) >= OVERLOAD_EVIDENCE;
}

/** What the dependency fails with fewer calls. An overload that nobody has noticed yet must not hide the next one. */
function referenceOf(circuit: Recovering, { now, buckets }: Judged): Tally {
  const callsPerSecond = calls(busiest(buckets, secondOf(now)));
  const from = firstSecond(circuit);
  const lately = buckets
    .filter(({ second }) => second >= from && second < secondOf(now - SPREADS_MS))
    .filter((bucket) => calls(bucket) <= FAR_FEWER * callsPerSecond)
    .reduce<Tally>(pool, NOTHING);
  const known = calls(circuit.reference) < calls(ASSUMED) ? pool(circuit.reference, ASSUMED) : circuit.reference;
  return isOverloaded(lately, known) ? known : pool(known, lately);
}

/** Calls of a second or the one before, whichever had more. */
function busiest(buckets: readonly Bucket[], of: number): Tally {
  const [last, before] = [of, of - 1].map((second) => buckets.find((bucket) => bucket.second === second) ?? NOTHING);
  return calls(last ?? NOTHING) > calls(before ?? NOTHING) ? (last ?? NOTHING) : (before ?? NOTHING);
}

/** The newest second's calls, those of the newest two seconds, and so on. */
function suffixes(circuit: Recovering, buckets: readonly Bucket[], policy: CircuitPolicy): readonly Tally[] {
  const from = firstSecond(circuit);
  let told = NOTHING;
  let unsettled = 0;
  return newestFirst(buckets)
    .filter(({ second }) => second >= from)
    .map((bucket) => {
      told = pool(told, bucket);
      unsettled += bucket.newest ?? 0;
      return settled(told, unsettled, policy);
    });
}

const NOTHING: Tally = { successes: 0, failures: 0 };

function pool(one: Tally, other: Tally): Tally {
  return { successes: one.successes + other.successes, failures: one.failures + other.failures };
}

function limited(tally: Tally): Tally {
  const scale = Math.min(1, REFERENCE_CALLS / Math.max(1, calls(tally)));
  return { successes: tally.successes * scale, failures: tally.failures * scale };
}
