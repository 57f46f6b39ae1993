import type { Clock } from '../../lambdas/contract/time.ts';

/** A `Date` header has no parts of a second. */
const RESOLUTION_MS = 1_000;

/** A clock by the time of AWS, which is what queues and tables write down. */
export interface AwsClock {
  readonly now: Clock;
  /** Learns from an answer. @param date its `Date` header */
  learn(date: string | undefined, sentAt: number, receivedAt: number): void;
}

/**
 * Corrects the clock of this machine by the answers of AWS. A laptop may be minutes ahead: it would redrive what has
 * just died again. Each answer narrows the range of the difference; where that contains 0, nothing is corrected.
 */
export function awsClock(own: Clock = Date.now): AwsClock {
  let [least, most] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  return {
    now() {
      const isKnown = Number.isFinite(least);
      const differs = isKnown && (least > 0 || most < 0);
      return own() + (differs ? Math.round((least + most) / 2) : 0);
    },
    learn(date = '', sentAt, receivedAt) {
      const at = Date.parse(date);
      if (Number.isNaN(at)) return;
      const [low, high] = [at - receivedAt, at + RESOLUTION_MS - sentAt];
      // Somebody has set the clock since, or the services differ.
      const isOther = low > most || high < least;
      [least, most] = isOther ? [low, high] : [Math.max(least, low), Math.min(most, high)];
    },
  };
}
