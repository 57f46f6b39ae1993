import { randomUUID } from 'node:crypto';

/** The record of an abandoned event that Lambda sends to an on-failure destination. */
export function failureRecord(functionArn: string, condition: string, approximateInvokeCount: number): object {
  return {
    version: '1.0',
    timestamp: new Date().toISOString(),
    requestContext: { requestId: randomUUID(), functionArn, condition, approximateInvokeCount },
    responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
  };
}
