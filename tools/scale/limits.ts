/**
 * Quotas on rates in us-east-1. AWS raises all but the partition on request.
 *
 * Those of Step Functions are from the last edition of its guide on GitHub, of June 2022. The current page says that a
 * new account has fewer transitions at first, and may allow more than that edition.
 *
 * Sources:
 * {@link https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html EventBridge},
 * {@link https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html Lambda},
 * {@link https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html DynamoDB},
 * {@link https://github.com/awsdocs/aws-step-functions-developer-guide/blob/f578176/doc_source/limits-overview.md}
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
