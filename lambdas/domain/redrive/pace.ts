/** How long the rate stays what it is until it doubles. */
const DOUBLES_EVERY_MS = 3_000;
/** Messages a second to begin with, unless fewer are asked for. */
const FIRST_RATE = 1;

export interface PaceOptions {
  /** Messages a second that it comes to. */
  readonly rate: number;
  /** Milliseconds until the rate doubles. @default 3000 */
  readonly doublesEveryMs?: number | undefined;
}

/**
 * How fast messages go out: one a second to begin with, and twice as many every few seconds, up to a rate. What has just come back to
 * life would not live through all of them at once.
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

  /** Begins small again. */
  restart(now: number): void {
    this.#since = this.#nextAt = now;
  }

  /** Messages a second. */
  rateAt(now: number): number {
    const doublings = Math.floor(Math.max(0, now - this.#since) / this.#doublesEveryMs);
    // Beyond that any rate is reached, and powers become infinite.
    return Math.min(this.#rate, FIRST_RATE * 2 ** Math.min(doublings, 30));
  }

  /** When so many messages may go out, in epoch milliseconds; they are counted from then on. */
  take(messages: number, now: number): number {
    const at = Math.max(now, this.#nextAt);
    this.#nextAt = at + (messages * 1_000) / this.rateAt(at);
    return at;
  }
}
