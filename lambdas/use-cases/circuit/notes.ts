import { turnOf } from '../../domain/circuit/admission.ts';
import { partOf } from '../../domain/circuit/tally.ts';

/**
 * What an instance notes about failures until it tells the table. An instance of a healthy dependency needs none.
 */
export interface FailureNotes {
  /** Successes before the newest failure. */
  successes: number;
  failures: number;
  /** Durable retries among all calls. */
  retries: number;
  /** A failure is the reason to tell now, so what an instance tells ends with it. */
  endsWithFailure: boolean;
  /** Epoch milliseconds: the failure that the table holds as this instance's newest. */
  told?: number;
}

export function noFailures(told?: number): FailureNotes {
  return { successes: 0, failures: 0, retries: 0, endsWithFailure: false, ...(told !== undefined && { told }) };
}

/**
 * Changes of the table's newest failures, and the time of this instance's own afterwards. An instance that tells its
 * successes at once as well has none.
 */
export function newestFailure(
  { endsWithFailure, told }: FailureNotes,
  now: number,
  isBusy: boolean,
): { readonly changes: readonly (readonly [at: number, by: number])[]; readonly told?: number } {
  if (isBusy && endsWithFailure && told !== undefined && partOf(told) === partOf(now)) return { changes: [], told };
  const settled = told === undefined ? [] : [[told, -1] as const];
  return isBusy && endsWithFailure ? { changes: [...settled, [now, 1]], told: now } : { changes: settled };
}

/** Counts of calls that ask during an outage. */
export interface Asks {
  readonly asks: number;
  /** Those that were refused. */
  readonly waits: number;
}

/** What an instance knew at a time. */
interface Look extends Asks {
  readonly at: number;
  /** Its own asks until then. */
  readonly own: number;
}

/** Calls that ask during an outage, as one instance knows them. */
export class AskNotes {
  /** Asks of all instances when this one last looked. */
  #known: Asks;
  #knownAt: number;
  /** Asks since, of this instance. */
  #asks = 0;
  #waits = 0;
  /** Asks that wait for their decision. */
  #pending = 0;
  #waitsPerMs = 0;
  #allPerMs: number | undefined;
  /** Asks of this instance lately; and in the time of `#allPerMs`, in which its part of all is known. */
  #perMs = 0;
  #ownPerMs = 0;
  #own = 0;
  #askedAt: number;
  /** Calls that may pass at once. */
  #tokens = 0;
  #decidedAt: number;
  /** What this instance saw when it last looked, and a moment later: the rate is that since one of them. */
  #seen: Look;
  #next: Look | undefined;

  constructor(known: Asks, now: number) {
    this.#known = known;
    this.#seen = { ...known, at: now, own: 0 };
    this.#knownAt = this.#askedAt = this.#decidedAt = now;
  }

  ask(now: number): void {
    this.#asks++;
    this.#own++;
    this.#pending++;
    const passed = Math.max(0, now - this.#askedAt);
    this.#perMs = this.#perMs * Math.exp(-passed / SMOOTHING_MS) + 1 / SMOOTHING_MS;
    this.#askedAt = now;
  }

  /** Decides on a call while a share of the calls passes: 0 passes first, 1 last. */
  turn(share: number, now: number, random: () => number): number {
    this.#pending = Math.max(0, this.#pending - 1);
    // The table has counted this ask, so its place is its own. Otherwise others may have the same.
    const isCounted = this.#asks === 0;
    if (this.#perMs < OFTEN_PER_MS) return isCounted ? turnOf(this.#known.asks - this.#pending) : random();
    const passed = Math.max(0, now - this.#decidedAt);
    this.#decidedAt = now;
    // Where a wave of asks begins, it has the same part of them as before, and all parts admit as many calls as before.
    const perMs = share * (this.#allPerMs === undefined ? this.#perMs : this.#ownPerMs);
    this.#tokens = Math.min(Math.max(LEAST_BURST, perMs * BURST_MS), this.#tokens + perMs * passed);
    if (this.#tokens < 1) return LAST;
    this.#tokens--;
    return 0;
  }

  refuse(): void {
    this.#waits++;
  }

  /** Asks of all instances per second lately; undefined before two looks at the table. */
  get perSecond(): number | undefined {
    return this.#allPerMs === undefined ? undefined : this.#allPerMs * 1_000;
  }

  /** Whether a call may wait without a look at the table: where many instances wait, some of them look. */
  mayWait(random: () => number): boolean {
    const may = this.#allPerMs !== undefined && random() * this.#allPerMs > LOOKS_PER_S * this.#perMs;
    if (may) this.#pending = Math.max(0, this.#pending - 1);
    return may;
  }

  /** Whether a call may ask for a probe: a few of many are enough. */
  maySeekProbe(random: () => number): boolean {
    return this.#allPerMs === undefined || random() * this.#allPerMs < SEEKERS_PER_MS;
  }

  /** Whether all instances together ask so seldom that the table can count each ask at once. */
  get isSeldom(): boolean {
    return this.#allPerMs !== undefined && this.#allPerMs < SELDOM_PER_MS;
  }

  get isUntold(): boolean {
    return this.#asks > 0;
  }

  /** Refusals of all instances until now: those of the others continue as before. */
  waits(now: number): number {
    return this.#known.waits + Math.max(this.#waits, this.#waitsPerMs * Math.min(now - this.#knownAt, FORESEEN_MS));
  }

  /** Takes the counts to tell. */
  take(): Asks {
    const taken = { asks: this.#asks, waits: this.#waits };
    this.#asks = this.#waits = 0;
    return taken;
  }

  restore({ asks = 0, waits = 0 }: Partial<Asks>): void {
    this.#asks += asks;
    this.#waits += waits;
  }

  learn({ asks, waits }: Asks, now: number): void {
    this.#known = { asks, waits };
    this.#knownAt = now;
    const passed = now - this.#seen.at;
    if (passed >= 0 && passed < LEAST_MS) {
      if (now - (this.#next?.at ?? this.#seen.at) >= NEXT_MS) this.#next = { asks, waits, at: now, own: this.#own };
      return;
    }
    this.#waitsPerMs = Math.max(0, waits - this.#seen.waits) / Math.max(LEAST_MS, passed);
    this.#allPerMs = Math.max(0, asks - this.#seen.asks) / Math.max(LEAST_MS, passed);
    this.#ownPerMs = (this.#own - this.#seen.own) / Math.max(LEAST_MS, passed);
    const look = { asks, waits, at: now, own: this.#own };
    this.#seen = this.#next ?? look;
    this.#next = this.#next && look;
  }
}

/** Time for which others continue as before. */
const FORESEEN_MS = 2_000;
/** Time over which an instance smooths the rate of its asks. */
const SMOOTHING_MS = 1_000;
/** Asks of one instance that are enough to pace them on its own; below, all instances pace theirs together. */
const OFTEN_PER_MS = 5 / 1_000;
/** Asks of all instances that are so few that the table can count each at once. */
const SELDOM_PER_MS = 200 / 1_000;
/** Looks at the table per second, of all instances that wait. */
const LOOKS_PER_S = 45;
/** Calls that ask for a probe. */
const SEEKERS_PER_MS = 60 / 1_000;
/** Time of which unused calls may pass later. */
const BURST_MS = 250;
/** The same in calls. With one, the time from its turn until the next ask would be lost, a fifth of all calls. */
const LEAST_BURST = 1.5;
const LAST = 1 - Number.EPSILON;

/** Shorter times say little about a rate. */
const LEAST_MS = 900;
/** Time after which another look is worth noting. */
const NEXT_MS = 300;
