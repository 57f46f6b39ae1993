/** Prices in US dollars, on demand, in us-east-1; other regions differ by up to a half. */
export const PRICES = {
  /** A request to Lambda. */
  lambdaRequest: 0.2 / 1_000_000,
  /** A second of a gigabyte of Lambda, arm64. */
  lambdaGbSecond: 0.0000133334,
  /** A state transition of a Standard state machine. */
  transition: 25 / 1_000_000,
  /** A request to SQS; FIFO queues cost a quarter more. */
  sqsRequest: 0.4 / 1_000_000,
  dynamodbWrite: 0.625 / 1_000_000,
  dynamodbRead: 0.125 / 1_000_000,
  /** A GB of logs taken in. */
  logsGb: 0.5,
} as const;
