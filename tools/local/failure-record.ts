import { randomUUID } from 'node:crypto';

/** What Lambda tells an on-failure destination of an event that it gave up. */
export function failureRecord(functionArn: string, condition: string, approximateInvokeCount: number): object {
  return {
    version: '1.0',
    timestamp: new Date().toISOString(),
    requestContext: { requestId: randomUUID(), functionArn, condition, approximateInvokeCount },
    responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
  };
}
