/** No attempt begins, and no delay ends, later than this after the worker took the failure up. */
export const HOT_BUDGET_MS = 2_000;

/** How long your function that resolves conflicts may take, in milliseconds. */
export const RESOLVER_MS = 5_000;

/** Rounds of fetch, compare, resubmit that one cycle has. */
export const MAX_ROUNDS = 3;

/** Questions that one cycle has: whoever decides may always be too late. */
export const MAX_QUESTIONS = 5;

/** How often a message is received, at most, until it goes to the dead-letter queue, if its failure could not be stored. */
export const MAX_RECEIVE_COUNT = 5;
