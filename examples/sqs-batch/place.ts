import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import { type ReportSource, reportedRecords } from '@backstop-cdk/backstop/report';
import type { Context, SQSEvent, SQSRecord } from 'aws-lambda';

class AnswerError extends Error {
  override readonly name = 'AnswerError';
  readonly statusCode: number;

  constructor(statusCode: number) {
    super(`the API answered ${statusCode}`);
    this.statusCode = statusCode;
  }
}

const HEADERS = { 'content-type': 'application/json' };

type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/**
 * Places the orders of a batch. Those that fail for good, or at their last receive, are Backstop's from here. The
 * others return to the queue.
 */
export function placing(fetch: Fetch, options: { readonly reports?: ReportSource } = {}) {
  const place = async ({ messageId, body }: SQSRecord) => {
    const headers = { ...HEADERS, 'idempotency-key': messageId };
    const { ok, status } = await fetch(`${process.env.ORDERS_URL}/orders`, { method: 'POST', headers, body });
    if (!ok) throw new AnswerError(status);
  };
  const handleRecord = reportedRecords(
    place,
    ({ messageId, body }) => ({
      dependency: 'orders',
      id: messageId,
      operation: { path: '/orders', headers: { ...HEADERS, 'idempotency-key': messageId }, body },
    }),
    { ...options, lastReceive: 3 },
  );
  return (event: SQSEvent, context: Context) => {
    const processor = new BatchProcessor(EventType.SQS);
    return processPartialResponse(event, handleRecord, processor, { context, throwOnFullBatchFailure: false });
  };
}

export const handler = placing(fetch);
