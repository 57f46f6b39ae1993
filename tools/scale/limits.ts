/**
 * Quotas on rates in us-east-1. AWS raises all but the partition on request.
 *
 * Those of Step Functions are of the {@link https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html},
 * in the last edition of the guide whose text AWS published, of June 2022. The page says that a new account has fewer
 * transitions at first, and may allow more than this edition.
 */
export const LIMITS = {
  puts: { what: 'EventBridge: `PutEvents`', perSecond: 10_000 },
  invocations: { what: 'EventBridge: deliveries', perSecond: 18_750 },
  concurrency: { what: 'Lambda: invocations at once', perSecond: 1_000 },
  starts: { what: 'Step Functions: `StartExecution`', perSecond: 300, burst: 1_300 },
  transitions: { what: 'Step Functions: transitions', perSecond: 1_500, burst: 5_000 },
  writes: { what: 'DynamoDB: write units of the ledger', perSecond: 40_000 },
} as const;

export type LimitName = keyof typeof LIMITS;

/** Milliseconds. A request to DynamoDB from a function, with what the function computes around it. */
export const REQUEST_MS = 10;
/** Milliseconds. A call to the dependency. */
export const CALL_MS = 100;
/** Milliseconds. The mean of the waits between two calls of the worker. */
export const HOT_WAIT_MS = 100;
