interface BackoffOptions {
  /** Cap of the first delay, in milliseconds. */
  readonly initialDelayMs: number;
  /** Cap of every delay, in milliseconds. */
  readonly maxDelayMs: number;
  /** Returns a number from 0 (inclusive) to 1 (exclusive). */
  readonly random: () => number;
}

/**
 * Delay before an attempt, in milliseconds, with full jitter: random between 0 and a cap that doubles with each
 * attempt. `attempt` counts from 1.
 */
export function backoff(attempt: number, { initialDelayMs, maxDelayMs, random }: BackoffOptions): number {
  const cap = Math.min(maxDelayMs, initialDelayMs * 2 ** (attempt - 1));
  return Math.floor(random() * cap);
}
