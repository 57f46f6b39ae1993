/** On-demand prices in US dollars in us-east-1. Other regions differ by up to 50 %. */
export const PRICES = {
  /** One request to Lambda. */
  lambdaRequest: 0.2 / 1_000_000,
  /** One GB-second of Lambda on arm64. */
  lambdaGbSecond: 0.0000133334,
  /** One state transition of a Standard state machine. */
  transition: 25 / 1_000_000,
  /** One request to SQS. FIFO queues cost 25 % more. */
  sqsRequest: 0.4 / 1_000_000,
  dynamodbWrite: 0.625 / 1_000_000,
  dynamodbRead: 0.125 / 1_000_000,
  /** One GB of logs. */
  logsGb: 0.5,
} as const;
