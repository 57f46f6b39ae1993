import { DAY_MS } from './time.ts';

/** Time budget of the hot tier for one failure, in milliseconds. No attempt starts and no delay ends after it. */
export const HOT_BUDGET_MS = 2_000;

/** Timeout of your conflict resolver function, in milliseconds. */
export const RESOLVER_MS = 5_000;

/** Rounds (fetch, compare, resubmit) per cycle. */
export const MAX_CONFLICT_ROUNDS = 3;

/** Questions per cycle. Each decision may come too late, because the state may change again. */
export const MAX_QUESTIONS = 5;

/**
 * Receives of a message before SQS moves it to the dead-letter queue. Applies only while its failure can't be stored.
 */
export const MAX_RECEIVE_COUNT = 5;

/** Characters of the excerpt of an error in the ledger, unless the config says otherwise, and at most. */
export const DEFAULT_EXCERPT = 200;
export const MAX_EXCERPT = 500;

/** How long the ledger keeps a failure after its last change, in milliseconds, unless the config says otherwise. */
export const DEFAULT_RETENTION_MS = 30 * DAY_MS;

/**
 * Bytes of a failure with its operations, from which an item of its own keeps it. DynamoDB bills each write by the size
 * of the whole item, so a larger failure would be paid for at each change of state.
 */
export const LARGE_OPERATION_BYTES = 2_048;
