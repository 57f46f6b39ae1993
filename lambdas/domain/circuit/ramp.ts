import type { Ramp } from './circuit-state.ts';

/** Initial share. Waiting calls return at a known pace, so a tenth of them stays small. */
export const INITIAL_SHARE = 0.1;
/** A step of long calls takes long, so their ramp begins at up to this many times that share. */
const MOST_AT_FIRST = 2;
/** Part of what the dependency has carried at which a circuit that has opened again continues. */
const RESUMED = 0.8;
/** Minimum share. Below it, too few calls would show the dependency's state. */
export const MIN_SHARE = 0.01;
/** Growth per second, before the dependency has reached its limit. */
const GROWTH = 1.8;
/** So much more slowly grows the share of a dependency that has been overloaded. */
const CARE = 2;
/** Times that calls take until a share shows what it does: they end at different times, and seconds are compared. */
const SHOWN_AFTER = 1.25;
/** More asks by this factor are worth a write. */
const OUTGROWN = 1.3;
/** The share from which on a ramp is nearly over. */
const NEARLY_OVER = 0.5;
/** Part of the limit at which the share starts again after an overload. */
const BACK_OFF = 0.95;
/** Seconds until the share reaches the limit again. */
const BACK_AT_LIMIT_S = 2;
/** Flat near the limit, steep far from it, as in TCP CUBIC: it keeps to what was carried, and soon finds more. */
const CURVE = (1 - BACK_OFF) / BACK_AT_LIMIT_S ** 3;
/** Time until instances have told how their calls ended. */
const TOLD_MS = 500;
/** A recovery waits no longer for the calls that a share has admitted. */
const LONGEST_CALL_MS = 30_000;
/** The longest ramp, in seconds, however long calls take. */
const LONGEST_RAMP_S = 50;
/** So many calls a second show at once what a share does. Fewer take longer to show it. */
const TELLING_PER_S = 40;
/** A recovery waits no longer for them, in seconds. */
const LONGEST_TELLING_S = 3;
/** Time at the full share in which an overload would show. */
const AT_FULL_SHARE_MS = 1_000;

/** The share at a time. Depends on time only, so successful calls need no writes. */
export function shareAt(ramp: Ramp, now: number): number {
  const { share, since, limit } = ramp;
  const seconds = Math.max(0, now - since) / (1_000 * slowness(ramp));
  if (limit === undefined) return Math.min(1, share * GROWTH ** seconds);
  return Math.min(1, Math.max(MIN_SHARE, limit * (1 + CURVE * (seconds - BACK_AT_LIMIT_S) ** 3)));
}

/** The share of as many calls as ask now. A dependency carries a number of calls, whatever number asks. */
export function shareOfAsks(ramp: Ramp, now: number, asks: number | undefined): number {
  const share = shareAt(ramp, now);
  return ramp.asks === undefined || asks === undefined ? share : Math.min(1, (share * ramp.asks) / Math.max(1, asks));
}

/** Takes the next time at which a call may pass; undefined if that is still to come. Times keep even distances. */
export function takeSlot(ramp: Ramp, now: number, perSecond: number): Ramp | undefined {
  const distance = 1_000 / perSecond;
  const slot = Math.min(ramp.slot ?? now, now + distance);
  return now < slot ? undefined : { ...ramp, slot: Math.max(slot, now - distance) + distance };
}

/** When the ramp is over: all calls pass, and have done so for long enough to show an overload. Epoch milliseconds. */
export function rampEnd(ramp: Ramp): number {
  return ramp.since + Math.ceil(lengthOf(ramp) * slowness(ramp));
}

/** The length of the ramp if calls end at once, in milliseconds. */
function lengthOf({ share, limit }: Ramp): number {
  const seconds =
    limit === undefined ? Math.log(1 / share) / Math.log(GROWTH) : BACK_AT_LIMIT_S + Math.cbrt((1 / limit - 1) / CURVE);
  return Math.max(0, seconds) * 1_000 + AT_FULL_SHARE_MS;
}

/** The ramp after an overload, around the share that the dependency has carried. */
export function backOff(carried: number, now: number, asks?: number): Ramp {
  const limit = Math.min(1, Math.max(MIN_SHARE, carried));
  return { share: Math.max(MIN_SHARE, limit * BACK_OFF), since: now, limit, ...(asks !== undefined && { asks }) };
}

/** What is known of a dependency that answers again. */
interface Answering {
  /** Calls per second that it has carried in this outage. @default 0 */
  readonly carried?: number | undefined;
  /** How long a call takes, in milliseconds. */
  readonly callMs?: number | undefined;
  /** Calls per second that ask. */
  readonly asks?: number | undefined;
}

/** The ramp of a dependency that answers again. It continues near what it has carried before it fell again. */
export function firstRamp(now: number, { carried = 0, callMs, asks }: Answering = {}): Ramp {
  const timed = ofCalls({ share: INITIAL_SHARE, since: now }, callMs);
  const initial = INITIAL_SHARE * Math.min(MOST_AT_FIRST, Math.max(1, callSeconds(timed)));
  if (asks === undefined) return { ...timed, share: initial };
  const all = Math.max(1, asks);
  const resumed = Math.min(1, (RESUMED * carried) / all);
  // A recovery that has carried so little was short, or too much for the dependency: nobody knows which.
  const share = resumed < initial ? Math.max(MIN_SHARE, Math.sqrt(resumed * initial)) : resumed;
  if (carried > 0) return { ...timed, share, asks: all };
  return tellsLate(initial * all) ? { ...timed, share: initial, asks: all } : { ...timed, share: initial };
}

/** The ramp of a dependency that has been overloaded, and whose failures are its own. */
export function carefulRamp(
  share: number,
  { now, asks, pace = 0 }: { readonly now: number; readonly asks?: number | undefined; readonly pace?: number },
): Ramp {
  if (asks === undefined) return { share, since: now, careful: true };
  const all = Math.max(1, asks, pace);
  return { share: Math.max(MIN_SHARE, (share * asks) / all), since: now, asks: all, careful: true };
}

/** Whether so few calls a second begin a ramp that it must grow more slowly. */
function tellsLate(perSecond: number): boolean {
  return perSecond < TELLING_PER_S;
}

/** The same ramp for calls that take so long. */
export function ofCalls(ramp: Ramp, callMs: number | undefined): Ramp {
  return callMs === undefined ? ramp : { ...ramp, callMs };
}

/** Time after which the calls that a share admits have ended, in milliseconds. */
export function callTime({ callMs = 0 }: Pick<Ramp, 'callMs'>): number {
  return Math.min(callMs, LONGEST_CALL_MS);
}

/** Whether so many more calls ask now that the ramp would end long before all of them pass. */
export function isOutgrown(ramp: Ramp, now: number, asks: number): boolean {
  return ramp.asks !== undefined && asks >= OUTGROWN * ramp.asks && shareAt(ramp, now) >= NEARLY_OVER;
}

/** The same number of calls at any time, as shares of so many asks. */
export function ofAsks(ramp: Ramp, asks: number): Ramp {
  const by = (ramp.asks ?? asks) / asks;
  const limit = ramp.limit === undefined ? {} : { limit: ramp.limit * by };
  return { ...ramp, share: ramp.share * by, ...limit, asks };
}

/** Seconds until a share shows what it does. A ramp that grew faster would be far too high by then. */
function slowness(ramp: Ramp): number {
  const shown = Math.max(1, SHOWN_AFTER * callSeconds(ramp), tellingSeconds(ramp)) * (ramp.careful ? CARE : 1);
  return shown <= 1 ? 1 : Math.max(1, Math.min(shown, (LONGEST_RAMP_S * 1_000) / lengthOf(ramp)));
}

/** Seconds until calls have ended and are told. */
function callSeconds(ramp: Pick<Ramp, 'callMs'>): number {
  return (callTime(ramp) + TOLD_MS) / 1_000;
}

/** Seconds in which the first calls of a share show anything. A limit is known already. */
function tellingSeconds({ share, asks, limit }: Ramp): number {
  if (asks === undefined || limit !== undefined) return 1;
  return Math.min(LONGEST_TELLING_S, TELLING_PER_S / (share * asks));
}
