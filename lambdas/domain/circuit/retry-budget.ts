/** Token bucket for a dependency's durable retries. */
export interface RetryBudget {
  /** Negative if future tokens are already spent. */
  readonly tokens: number;
  /** Epoch milliseconds: tokens by time are added up to here. */
  readonly at: number;
  /** Call count: tokens by traffic are added up to here. */
  readonly traffic: number;
}

/** Refill rates of a retry budget. */
export interface RetryBudgetPolicy {
  /** Tokens per normal call, 0 to 1. */
  readonly share: number;
  /** Tokens per second, independent of traffic. Above 0. */
  readonly perSecond: number;
}

/** Result of drawing one token. */
interface Draw {
  readonly budget: RetryBudget;
  /** Earliest time of the retry, in epoch milliseconds: now, or when its token arrives without further traffic. */
  readonly at: number;
}

/** Seconds of `perSecond` that the bucket can hold. It always holds at least one token. */
const CAPACITY_SECONDS = 10;

/**
 * Takes one token for a durable retry. An empty bucket sells future tokens, so excess retries queue up and each waits
 * once. A new bucket is full.
 */
export function drawToken(
  budget: RetryBudget | undefined,
  { now, traffic }: { readonly now: number; readonly traffic: number },
  { share, perSecond }: RetryBudgetPolicy,
): Draw {
  const earned = budget ? Math.max(0, traffic - budget.traffic) * share : 0;
  const most = Math.max(1, perSecond * CAPACITY_SECONDS, earned);
  const before = budget ? budget.tokens + earned + (perSecond * Math.max(0, now - budget.at)) / 1_000 : most;
  const tokens = Math.min(most, before) - 1;
  // Clocks differ between instances. Never move `at` back, or a late clock would add the same tokens again.
  const addedUntil = Math.max(now, budget?.at ?? now);
  const at = tokens >= 0 ? now : addedUntil + Math.ceil((-tokens / perSecond) * 1_000);
  return { budget: { tokens, at: addedUntil, traffic }, at };
}
