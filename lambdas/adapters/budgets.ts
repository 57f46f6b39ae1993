/**
 * How long a request to an AWS service may take. The SDK's defaults have no time limit, so that one lost packet could
 * hold a call's result until its lease is over.
 */
export interface Budget {
  /** Most tries, the first one included. */
  readonly tries: number;
  /** Longest time to connect, in milliseconds. A part of {@link requestMs}. */
  readonly connectMs: number;
  /** Longest time of one try, in milliseconds. */
  readonly requestMs: number;
}

/** DynamoDB. Three requests and one for a secret fit in the grace of a call's lease. */
export const DYNAMODB: Budget = { tries: 2, connectMs: 300, requestMs: 550 };
/** Secrets Manager, within a call's lease. */
export const SECRETS: Budget = { tries: 2, connectMs: 300, requestMs: 600 };
/** The bucket of large bodies, within a call's lease. 5 MB take a tenth of a second in the region. */
export const BODIES: Budget = { tries: 2, connectMs: 300, requestMs: 1_200 };
/** The table of circuits: if it can't be reached, calls pass, and must not wait for long. */
export const CIRCUITS: Budget = { tries: 2, connectMs: 300, requestMs: 700 };
/** What the health endpoint reads, for a caller who waits. */
export const HEALTH: Budget = { tries: 2, connectMs: 500, requestMs: 2_000 };
/** Queues, executions, buses and topics: outside of leases. A long poll takes up to 2 s of it. */
export const MESSAGING: Budget = { tries: 3, connectMs: 1_000, requestMs: 3_000 };

/** The bus and the queue of reports, while somebody waits for the function that reports. */
export const REPORTS: Budget = { tries: 2, connectMs: 500, requestMs: 1_500 };

/** The bucket of large bodies, while somebody waits for the function that reports. */
export const BODY_REPORTS: Budget = { tries: 2, connectMs: 500, requestMs: 3_000 };

/** Longest pause of the SDK before the second try; it doubles with each further try. In milliseconds. */
const PAUSE_MS = 100;

/** Longest time of a request with all its tries, in milliseconds. Pauses after a throttled try may be longer. */
export function longestMs({ tries, requestMs }: Budget): number {
  return tries * requestMs + (2 ** (tries - 1) - 1) * PAUSE_MS;
}

/** Options by which a client of the SDK keeps to a budget. */
export function within({ tries, connectMs, requestMs }: Budget) {
  return {
    maxAttempts: tries,
    requestHandler: {
      connectionTimeout: connectMs,
      requestTimeout: requestMs,
      throwOnRequestTimeout: true,
      // Covers the answer's body, which the other limits do not.
      socketTimeout: requestMs,
    },
  };
}
