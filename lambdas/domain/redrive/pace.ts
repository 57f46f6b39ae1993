/** Default time after which the rate doubles, in milliseconds. */
const DOUBLES_EVERY_MS = 3_000;
/** Initial rate, in messages per second. */
const INITIAL_RATE = 1;

interface PaceOptions {
  /** Final rate, in messages per second. */
  readonly rate: number;
  /** Milliseconds until the rate doubles. @default 3000 */
  readonly doublesEveryMs?: number | undefined;
}

/**
 * Rate limiter with a slow start: begins at one message per second and doubles at intervals up to the final rate. A
 * dependency that has just recovered can't take all messages at once.
 */
export class Pace {
  readonly #rate: number;
  readonly #doublesEveryMs: number;
  #since: number;
  #nextAt: number;

  constructor({ rate, doublesEveryMs = DOUBLES_EVERY_MS }: PaceOptions, now: number) {
    this.#rate = rate;
    this.#doublesEveryMs = doublesEveryMs;
    this.#since = this.#nextAt = now;
  }

  /** Starts again at the initial rate. */
  restart(now: number): void {
    this.#since = this.#nextAt = now;
  }

  /** The rate at a time, in messages per second. */
  rateAt(now: number): number {
    const doublings = Math.floor(Math.max(0, now - this.#since) / this.#doublesEveryMs);
    // Limits the exponent: 30 doublings reach any rate, and larger powers overflow.
    return Math.min(this.#rate, INITIAL_RATE * 2 ** Math.min(doublings, 30));
  }

  /**
   * Reserves a number of messages.
   *
   * @returns the time at which they may be sent, in epoch milliseconds
   */
  take(messages: number, now: number): number {
    const at = Math.max(now, this.#nextAt);
    this.#nextAt = at + (messages * 1_000) / this.rateAt(at);
    return at;
  }
}
