import { writeFailure } from '../../lambdas/domain/boundary/failure-json.ts';
import { FAILURE } from '../../test/lambdas/domain/boundary/failure-samples.ts';

const detail: Readonly<Record<string, unknown>> = JSON.parse(writeFailure(FAILURE));
const invocation = {
  timestamp: '2026-03-01T11:59:00.000Z',
  requestContext: {
    requestId: '1b2c3d4e-0000-4000-8000-000000000000',
    functionArn: 'f:$LATEST',
    condition: 'RetriesExhausted',
  },
  requestPayload: { order: 7 },
  responsePayload: { errorType: 'TimeoutError', errorMessage: 'too late', trace: [] },
};
const execution = {
  executionArn: 'arn:aws:states:us-east-1:111122223333:execution:Import:file-7',
  name: 'file-7',
  status: 'FAILED',
  stopDate: 1_772_366_340_000,
  input: '{"order":1}',
  error: 'Lambda.TooManyRequestsException',
  redriveCount: 0,
};

/** One valid message of each kind that a lane accepts. */
export const SEEDS: readonly unknown[] = [
  detail,
  { version: '0', 'detail-type': 'Operation Failed', source: 'my.shop', detail },
  { 'detail-type': 'Lambda Function Invocation Result - Failure', source: 'lambda', detail: invocation },
  { version: '1.0', ...invocation },
  { 'detail-type': 'Step Functions Execution Status Change', source: 'aws.states', detail: execution },
  { kind: 'backstop-dead-letter', version: 1, id: 'order-42', cycle: 1, dependency: 'shop' },
];
