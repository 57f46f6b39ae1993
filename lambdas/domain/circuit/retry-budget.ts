/** A dependency's tokens for durable retries. */
export interface RetryBudget {
  /** Below 0 where tokens to come are spent already. */
  readonly tokens: number;
  /** Epoch milliseconds up to which tokens were added. */
  readonly at: number;
  /** Traffic up to which tokens were added. */
  readonly traffic: number;
}

export interface RetryBudgetPolicy {
  /** Tokens for each normal call, 0 to 1. */
  readonly share: number;
  /** Tokens a second, whatever the traffic; above 0. */
  readonly perSecond: number;
}

export interface Draw {
  readonly budget: RetryBudget;
  /** Epoch milliseconds at which the retry may be made: now, or when its token will be there without any traffic. */
  readonly at: number;
}

/** As many seconds of tokens can be saved up, at least one token. */
const SAVED_SECONDS = 10;

/**
 * Takes a token for one durable retry. Where there is none it is paid in advance, so that retries that come in faster than
 * tokens do are put one behind the other, each waiting once. A budget never drawn from is full.
 */
export function draw(
  budget: RetryBudget | undefined,
  { now, traffic }: { readonly now: number; readonly traffic: number },
  { share, perSecond }: RetryBudgetPolicy,
): Draw {
  const earned = budget ? Math.max(0, traffic - budget.traffic) * share : 0;
  const most = Math.max(1, perSecond * SAVED_SECONDS, earned);
  const before = budget ? budget.tokens + earned + (perSecond * Math.max(0, now - budget.at)) / 1_000 : most;
  const tokens = Math.min(most, before) - 1;
  // Clocks of instances differ; what one has added up to is not added again by another that is behind.
  const upTo = Math.max(now, budget?.at ?? now);
  const at = tokens >= 0 ? now : upTo + Math.ceil((-tokens / perSecond) * 1_000);
  return { budget: { tokens, at: upTo, traffic }, at };
}
