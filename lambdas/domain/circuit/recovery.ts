import type { CircuitPolicy } from '../../contract/circuit-policy.ts';
import type { Ramp, Recovering } from './circuit-state.ts';
import { divergence, evidenceAbove, requiredEvidence } from './evidence.ts';
import { backOff, callTime, carefulRamp, isOutgrown, MIN_SHARE, ofAsks, ofCalls, shareOfAsks } from './ramp.ts';
import { backTo, comparable, newestParts, newestSeconds, type Sample } from './samples.ts';
import { type Bucket, calls, failureRate, type Part, partOf, secondOf, type Tally } from './tally.ts';

/** Time in which instances still admit by an old share, and after which they have told their successes. */
const SPREADS_MS = 500;
/** Evidence, in nats, that a rate has risen with the calls. */
const OVERLOAD_EVIDENCE = 5;
/** Calls that show how far the share must shrink. */
const LEAST_CALLS = 20;
/** Calls at the usual rate that weigh against a small sample. */
const PRIOR_CALLS = 5;
/** Rise of the failure rate that is not an overload. */
const TOLERATED_RISE = 0.08;
/** Failure rate at or above which the dependency is down, not just overloaded. */
const OUTAGE_RATE = 0.9;
/** So many fewer calls show whether fewer help. */
const FAR_FEWER = 0.6;
/** Healthy calls that are assumed until calls have shown better. */
const ASSUMED: Tally = { successes: 8, failures: 0 };
/** Calls that prove a usual rate. */
const PROVEN_CALLS = 100;
/** Seconds that are compared. Older ones say little about a dependency that still warms up. */
export const COMPARED_SECONDS = 20;
/** Calls that start together may fail together, so a shorter time shows no outage. */
const BURST_MS = 200;
/** The share keeps at least this part of the most that was carried lately. */
const AT_LEAST = 0.9;
const LATELY_SECONDS = 3;
/** No second has more successes than the dependency carries, so the best of many shows it best. */
const REMEMBERED_SECONDS = 10;
/** A limit below this part of what the dependency carried at its start came too early. */
const TOO_EARLY = 0.88;
/** More calls than this part, and they show nothing. */
const FEWER = 0.8;
/** A rate below this part of the rate with more calls is a relief. */
const RELIEVED = 0.75;
/** A rate below this says nothing new. */
const LEAST_RATE = 0.02;
/** Evidence, in nats, that fewer calls don't help. */
const STEADY_EVIDENCE = 5;
/** More calls than the dependency carries by this factor are too many. */
const TOO_MANY = 1.15;

/** What the calls of a recovering circuit show. `grow`: nothing that speaks against it. */
export type Verdict = Recovering | 'down' | 'grow';

interface Judged {
  readonly now: number;
  readonly buckets: readonly Bucket[];
  /** The same by parts of the newest seconds. @default [] */
  readonly parts?: readonly Part[];
  /** Failure rate that opens the circuit. */
  readonly rate: number;
  /** Calls per second that ask, if that is known. */
  readonly asks?: number | undefined;
  /** Calls per second that ask as long as callers stand in the line. @default 0 */
  readonly pace?: number;
}

/** What the seconds so far show of the dependency. */
interface Known {
  /** Calls of the seconds without overload. */
  readonly usual: Tally;
  /** The lowest failure rate of the seconds with few calls: the dependency's own, 0 to below 1. */
  readonly own: number;
  /** Calls per second that it carries, if a second had more. */
  readonly capacity?: number;
}

/** First second whose calls were admitted by the current ramp, in epoch seconds. */
export function firstSecond({ since, ramp }: Recovering): number {
  return ramp.since === since ? secondOf(since) : secondOf(ramp.since + SPREADS_MS + callTime(ramp)) + 1;
}

/**
 * Judges the calls since the last change of the ramp. Shrinks the share only for failures that more traffic brings: the
 * rate must be higher than in seconds with fewer calls.
 */
export function judgeRecovery(circuit: Recovering, judged: Judged, policy: CircuitPolicy): Verdict {
  if (isFallen(circuit, judged, policy)) return 'down';
  const known = whatIsKnown(judged);
  for (const sample of suffixes(circuit, judged, policy)) {
    const isFailing = isConvincing(sample, judged.rate, policy);
    if (isFailing && isDown(circuit, judged, known)) return 'down';
    const before = { ...known, usual: known.capacity === undefined ? usualBefore(sample, judged) : known.usual };
    if (isFailing || (calls(sample) >= LEAST_CALLS && riseEvidence(sample, before.usual) >= OVERLOAD_EVIDENCE)) {
      return relieved(circuit, judged, sample, before);
    }
  }
  return adjusted(circuit, judged, known);
}

/** Whether nearly all of the newest calls fail. A fall in the middle of an overload would else show late. */
function isFallen({ since }: Recovering, { now, buckets, parts = [], rate }: Judged, policy: CircuitPolicy): boolean {
  const seconds = newestSeconds(buckets.filter(({ second }) => second > secondOf(since)));
  const bySecond = backTo(seconds, Number.POSITIVE_INFINITY, policy.minimumCalls / 2);
  const byPart = newestParts(parts.filter(({ part }) => part > partOf(since)));
  return [...byPart, ...bySecond].some((sample) => {
    const told = comparable(sample, policy);
    const isBurst = sample.begin > now - BURST_MS;
    return !isBurst && failureRate(told) >= OUTAGE_RATE && isConvincing(told, rate, policy);
  });
}

/** Half of the evidence suffices: the circuit was open a moment ago. */
function isConvincing(sample: Tally, rate: number, { minimumCalls, confidence }: CircuitPolicy): boolean {
  return calls(sample) >= minimumCalls / 2 && evidenceAbove(rate, sample) >= requiredEvidence(confidence) / 2;
}

/** Whether fewer calls don't help, or can't be. */
function isDown({ ramp }: Recovering, { now, rate, asks }: Judged, { usual }: Known): boolean {
  const isMinimal = shareOfAsks(ramp, now, asks) <= 2 * MIN_SHARE;
  const isAsBadWithFewer = ramp.limit !== undefined && failureRate(usual) >= rate;
  return isMinimal || isAsBadWithFewer;
}

/** Shrinks the share to what the dependency has carried; or so far that the next calls show whether it helps. */
function relieved(circuit: Recovering, judged: Judged, sample: Tally, { usual, own }: Known): Recovering {
  const { now, asks } = judged;
  const share = shareOfAsks(circuit.ramp, now, asks);
  const rate = failureRate(usual);
  const overloaded = (sample.failures + PRIOR_CALLS * rate) / (calls(sample) + PRIOR_CALLS);
  const carried = (1 - overloaded) / (1 - rate);
  const most = calls(usual) >= PROVEN_CALLS ? 1 : FAR_FEWER;
  const next = share * Math.min(carried, most);
  if (asks === undefined) return continuing(circuit, backOff(next, now));
  const all = Math.max(1, asks);
  const lately = callsFor(carriedLately(circuit, judged), own);
  const isNew = wholeSeconds(judged.buckets, now).length === 0;
  const ever = isNew ? Number.POSITIVE_INFINITY : Math.max(lately, callsFor(circuit.carried ?? 0, own));
  // The counted calls bound the limit: a share of asks that arrive late says less.
  return continuing(circuit, limitedTo(Math.max(AT_LEAST * lately, Math.min(all * share, ever, all * next)), judged));
}

/**
 * Keeps to the capacity that shows only over several seconds. Continues at full speed where fewer calls have not
 * helped.
 */
function adjusted(circuit: Recovering, judged: Judged, { usual, own, capacity }: Known): Verdict {
  const { now, asks, buckets } = judged;
  const { ramp } = circuit;
  const carriedThen = callsFor(toldSince(circuit, judged), own);
  if (isTooEarly(ramp, carriedThen)) return continuing(circuit, limitedTo(carriedThen, judged));
  const from = firstSecond(circuit);
  const since = wholeSeconds(buckets, now).filter(({ second }) => second >= from);
  if (since.length === 0) return 'grow';
  const share = shareOfAsks(ramp, now, asks);
  if (capacity === undefined) {
    const isSteady = ramp.limit !== undefined && steadyEvidence(aroundChange(circuit, judged)) >= STEADY_EVIDENCE;
    if (isSteady) return continuing(circuit, carefulRamp(share, judged));
    return asks !== undefined && isOutgrown(ramp, now, asks) ? { ...circuit, ramp: ofAsks(ramp, asks) } : 'grow';
  }
  const carried = callsFor(Math.max(capacity, AT_LEAST * carriedLately(circuit, judged)), own);
  const isStill = riseEvidence(newestSeconds(since)[0] ?? NOTHING, usual) > 0;
  if (asks === undefined || !isStill || share * asks <= TOO_MANY * carried) return 'grow';
  return continuing(circuit, limitedTo(carried, judged));
}

/** Calls of which so many succeed if the others fail at the dependency's own rate. */
function callsFor(successes: number, own: number): number {
  return successes / (1 - own);
}

/** Most successes in a second around the last change of the ramp, whose calls were not all told by then. */
function toldSince({ ramp }: Recovering, { now, buckets }: Judged): number {
  const changed = secondOf(ramp.since);
  const around = wholeSeconds(buckets, now).filter(({ second }) => Math.abs(second - changed) <= 1);
  return Math.max(0, ...around.map(({ successes }) => successes));
}

/** Whether a limit is too low, because instances had not told all calls of that time. */
function isTooEarly({ limit, asks }: Ramp, carriedThen: number): boolean {
  return limit !== undefined && asks !== undefined && limit * asks < TOO_EARLY * carriedThen;
}

/** The ramp around a number of calls. In a lull of those who wait, few ask, and yet the ramp is not nearly over. */
function limitedTo(carried: number, { now, asks = 1, pace = 0 }: Pick<Judged, 'now' | 'asks' | 'pace'>): Ramp {
  const all = Math.max(1, asks, pace, carried);
  return backOff(carried / all, now, all);
}

function continuing(circuit: Recovering, ramp: Ramp): Recovering {
  return { ...circuit, ramp: ofCalls(ramp, circuit.ramp.callMs) };
}

/**
 * Compares the seconds with fewer calls with those with more, wherever the difference is the clearest. An overload has
 * a higher failure rate with more calls; a dependency's own rate is the same with both.
 */
function whatIsKnown({ now, buckets }: Judged): Known {
  const seconds = wholeSeconds(buckets, now).toSorted((one, other) => calls(one) - calls(other));
  const all = seconds.reduce<Tally>(pool, NOTHING);
  let best = { evidence: 0, fewer: all, from: 0 };
  let fewer = NOTHING;
  let own = failureRate(withAssumed(all));
  seconds.forEach((second, n) => {
    const more = { successes: all.successes - fewer.successes, failures: all.failures - fewer.failures };
    const evidence = riseEvidence(more, fewer);
    if (evidence > best.evidence) best = { evidence, fewer, from: n };
    fewer = pool(fewer, second);
    own = Math.min(own, failureRate(pool(fewer, ASSUMED)));
  });
  if (best.evidence < OVERLOAD_EVIDENCE) return { usual: withAssumed(all), own };
  const successes = all.successes - best.fewer.successes;
  const usual = withAssumed(best.fewer);
  return { usual, own, capacity: successes / (seconds.length - best.from) };
}

/** Calls before a sample. Those of the sample itself would hide its rise. */
function usualBefore({ begin }: Sample, { now, buckets }: Judged): Tally {
  const before = wholeSeconds(buckets, now).filter(({ second }) => second * 1_000 < begin);
  return withAssumed(before.reduce<Tally>(pool, NOTHING));
}

function withAssumed(tally: Tally): Tally {
  return calls(tally) < PROVEN_CALLS ? pool(tally, ASSUMED) : tally;
}

/** Seconds whose calls are all told. */
function wholeSeconds(buckets: readonly Bucket[], now: number): readonly Bucket[] {
  const end = secondOf(now - SPREADS_MS);
  return buckets.filter(
    (bucket) => bucket.second < end && bucket.second >= end - COMPARED_SECONDS && calls(bucket) > 0,
  );
}

/**
 * Seconds since as long before the last change of the ramp as it is past. An overload of earlier, when a dependency
 * that warms up carried less, would look like a rate of its own.
 */
function aroundChange({ ramp }: Recovering, { now, buckets }: Judged): readonly Bucket[] {
  const from = secondOf(2 * ramp.since - now);
  return wholeSeconds(buckets, now).filter(({ second }) => second >= from);
}

/** Most successes in one of the last seconds. */
function carriedLately({ ramp }: Recovering, { now, buckets }: Judged): number {
  // Shrunk again so soon: a dependency that carries less than before shows in the newest seconds only.
  const isAgain = now - ramp.since < 1_000 * LATELY_SECONDS + callTime(ramp);
  const from = secondOf(now) - (isAgain ? LATELY_SECONDS : REMEMBERED_SECONDS);
  return Math.max(0, ...buckets.filter(({ second }) => second >= from).map(({ successes }) => successes));
}

/**
 * Likelihood ratio, in nats, of a rate of the dependency's own against an overload, by the half of the seconds with
 * fewer calls. An overload has as many successes in them.
 */
function steadyEvidence(seconds: readonly Bucket[]): number {
  const sorted = seconds.toSorted((one, other) => calls(one) - calls(other));
  const half = Math.floor(sorted.length / 2);
  const fewer = sorted.slice(0, half).reduce<Tally>(pool, NOTHING);
  const more = sorted.slice(-half).reduce<Tally>(pool, NOTHING);
  const steady = Math.max(LEAST_RATE, failureRate(more));
  const ratio = calls(fewer) / Math.max(1, calls(more));
  if (half === 0 || ratio > FEWER || failureRate(fewer) < RELIEVED * failureRate(more)) return 0;
  const overload = Math.max(LEAST_RATE, 1 - (1 - steady) / ratio);
  return fewer.failures * Math.log(steady / overload) + fewer.successes * Math.log((1 - steady) / (1 - overload));
}

/** G-test of two samples: the evidence, in nats, that `fewer` has a lower rate. */
function riseEvidence(more: Tally, fewer: Tally): number {
  const [high, low] = [failureRate(more), failureRate(fewer)];
  if (calls(fewer) === 0 || high - low <= TOLERATED_RISE) return 0;
  const both = failureRate(pool(more, fewer));
  return calls(more) * divergence(high, both) + calls(fewer) * divergence(low, both);
}

/** The newest seconds' calls that the current ramp has admitted. */
function suffixes(circuit: Recovering, { now, buckets }: Judged, policy: CircuitPolicy): readonly Sample[] {
  const from = firstSecond(circuit);
  const begun = buckets.filter(({ second }) => second >= from && now >= second * 1_000 + BURST_MS);
  return newestSeconds(begun).map((sample) => ({ ...sample, ...comparable(sample, policy) }));
}

const NOTHING: Tally = { successes: 0, failures: 0 };

function pool(one: Tally, other: Tally): Tally {
  return { successes: one.successes + other.successes, failures: one.failures + other.failures };
}
