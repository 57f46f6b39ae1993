/**
 * What others do against overload, each instance on its own: the peers of the shared circuit. A refused caller waits as
 * after a failure.
 */
export interface Limiter {
  /** Whether a call may go out. @param now milliseconds */
  admits(now: number): boolean;
  /** @param tookMs duration of the call, in milliseconds */
  ended(isGood: boolean, now: number, tookMs: number): void;
}

export type LimiterName = keyof typeof LIMITERS;

/** The newest requests, by second. */
class Recent {
  readonly #seconds = new Map<number, { requests: number; good: number }>();
  readonly #windowMs: number;

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  count(now: number, what: 'requests' | 'good'): void {
    const second = Math.floor(now / 1_000);
    const counts = this.#seconds.get(second) ?? { requests: 0, good: 0 };
    counts[what]++;
    this.#seconds.set(second, counts);
  }

  sums(now: number): { readonly requests: number; readonly good: number } {
    const sums = { requests: 0, good: 0 };
    for (const [second, { requests, good }] of this.#seconds) {
      if (second * 1_000 < now - this.#windowMs) this.#seconds.delete(second);
      else {
        sums.requests += requests;
        sums.good += good;
      }
    }
    return sums;
  }
}

/** Google's SRE book, "Handling Overload": refuses what exceeds twice the accepts of the last two minutes. */
function clientThrottling(random: () => number): Limiter {
  const recent = new Recent(120_000);
  return {
    admits(now) {
      const { requests, good } = recent.sums(now);
      recent.count(now, 'requests');
      return random() >= Math.max(0, (requests - 2 * good) / (requests + 1));
    },
    ended: (isGood, now) => isGood && recent.count(now, 'good'),
  };
}

/**
 * Envoy's admission control with its defaults: a success rate below 95 % in 30 s refuses in proportion, 80 % at most.
 */
function admissionControl(random: () => number): Limiter {
  const recent = new Recent(30_000);
  return {
    admits(now) {
      const { requests, good } = recent.sums(now);
      return random() >= Math.min(0.8, Math.max(0, (requests - good / 0.95) / (requests + 1)));
    },
    ended(isGood, now) {
      recent.count(now, 'requests');
      if (isGood) recent.count(now, 'good');
    },
  };
}

/**
 * Additive increase, multiplicative decrease of the calls in flight: one more for each full round, nine tenths of them
 * after a failure.
 */
function aimd(): Limiter {
  let limit = 20;
  let inFlight = 0;
  return {
    admits() {
      if (inFlight >= Math.floor(limit)) return false;
      inFlight++;
      return true;
    },
    ended(isGood) {
      inFlight--;
      limit = isGood ? limit + 1 / limit : Math.max(1, limit * 0.9);
    },
  };
}

/**
 * A gradient limit of the calls in flight, as Netflix' Gradient2 with its defaults. The limit shrinks as far as calls
 * take longer than usual, and grows by a queue of four.
 */
function gradient(): Limiter {
  let limit = 20;
  let inFlight = 0;
  let usualMs: number | undefined;
  return {
    admits() {
      if (inFlight >= Math.floor(limit)) return false;
      inFlight++;
      return true;
    },
    ended(_isGood, _now, tookMs) {
      usualMs = usualMs === undefined ? tookMs : usualMs + (tookMs - usualMs) * (2 / (GRADIENT_WINDOW + 1));
      if (usualMs / tookMs > 2) usualMs *= 0.9;
      const isUsed = inFlight >= limit / 2;
      inFlight--;
      if (!isUsed) return;
      const slope = Math.max(0.5, Math.min(1, usualMs / tookMs));
      limit = Math.max(20, Math.min(200, 0.8 * limit + 0.2 * (limit * slope + 4)));
    },
  };
}

/** Calls that make the usual duration. */
const GRADIENT_WINDOW = 600;

export const LIMITERS = {
  'client throttling': clientThrottling,
  'admission control': admissionControl,
  AIMD: aimd,
  gradient,
} satisfies Record<string, (random: () => number) => Limiter>;
