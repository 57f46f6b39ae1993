import { describe, expect, it } from 'vitest';
import { adoptDeadLetter } from '../../../../lambdas/domain/boundary/foreign-dead-letter.ts';
import { classify } from '../../../../lambdas/domain/classification/classify.ts';
import { NOW } from '../../../support/samples.ts';

type Attributes = Readonly<Record<string, string>>;

function adopt(body: string, kind: 'lambda' | 'queue', attributes: Attributes = {}) {
  const messageAttributes = Object.fromEntries(
    Object.entries(attributes).map(([name, stringValue]) => [name, { dataType: 'String', stringValue }]),
  );
  const system = { SentTimestamp: String(NOW) };
  const eventSourceARN = 'arn:aws:sqs:us-east-1:111122223333:dead';
  return adoptDeadLetter({ messageId: 'm-1', body, eventSourceARN, messageAttributes, attributes: system }, 'x', kind);
}

/** AWS Lambda Developer Guide, "Capturing records of Lambda asynchronous invocations". */
const RECORD = {
  version: '1.0',
  timestamp: '2026-03-01T11:59:00.000Z',
  requestContext: {
    requestId: 'r-1',
    functionArn: 'arn:aws:lambda:us-east-1:111122223333:function:resize:$LATEST',
    condition: 'RetriesExhausted',
    approximateInvokeCount: 3,
  },
  responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
};
const recordOf = (payload: string) =>
  `${JSON.stringify({ ...RECORD, responsePayload: { errorType: 'ValueError', errorMessage: 'no' } }).slice(0, -1)},"requestPayload":${payload}}`;

describe("a record of Lambda's on-failure destination", () => {
  it.each(['{"order":1.000000000000000001}', 'null', '"text"'])('is the invocation with its payload: %s', (payload) => {
    expect(adopt(recordOf(payload), 'lambda')).toEqual({
      kind: 'failure',
      detail: {
        id: 'lambda-r-1',
        correlationId: 'r-1',
        dependency: 'x',
        occurredAt: RECORD.timestamp,
        operation: { method: 'POST', path: '/', body: payload },
        error: { name: 'ValueError', message: 'no', attempts: 3 },
      },
    });
  });

  it.each(['KinesisBatchInfo', 'DDBStreamBatchInfo'])('is kept with the reason if it holds no payload: %s', (info) => {
    const body = JSON.stringify({ ...RECORD, [info]: { shardId: 's', batchSize: 500 } });
    expect(adopt(body, 'lambda')).toMatchObject({ kind: 'reject', reason: { code: 'incomplete' } });
  });

  it('is kept with the reason if it says no time', () => {
    const { timestamp: _, ...record } = RECORD;
    const body = JSON.stringify({ ...record, requestPayload: {} });
    expect(adopt(body, 'lambda')).toMatchObject({ kind: 'reject', reason: { code: 'incomplete' } });
  });

  it('is the event itself where a function got it, and failed', () => {
    const adopted = adopt(recordOf('{}'), 'lambda', { RequestID: 'r-2', ErrorCode: '200', ErrorMessage: 'no' });
    expect(adopted).toMatchObject({ detail: { id: 'lambda-r-2', operation: { body: recordOf('{}') } } });
  });

  it('is the message itself in the dead-letter queue of a queue', () => {
    const adopted = adopt(recordOf('{}'), 'queue');
    expect(adopted).toMatchObject({ detail: { operation: { body: JSON.stringify(recordOf('{}')) } } });
  });
});

/** EventBridge Scheduler User Guide, "Configuring a schedule's dead-letter queue". */
const SCHEDULE = {
  ERROR_CODE: 'AWS.SimpleQueueService.NonExistentQueue',
  ERROR_MESSAGE: 'The specified queue does not exist for this wsdl version.',
  EXECUTION_ID: 'ad06616e51cdf74a',
  EXHAUSTED_RETRY_CONDITION: 'MaximumRetryAttempts',
  IS_PAYLOAD_TRUNCATED: 'false',
  RETRY_ATTEMPTS: '0',
  SCHEDULED_TIME: '2022-05-14T01:12:00Z',
  SCHEDULE_ARN: 'arn:aws:scheduler:us-west-2:123456789012:schedule/DLQ-test',
  TARGET_ARN: 'arn:aws:scheduler:::aws-sdk:sqs:sendMessage',
};
const CALL = { MessageBody: 'Hello, world!', QueueUrl: 'https://sqs.us-west-2.amazonaws.com/123456789012/jobs' };

describe('a message that a schedule could not deliver', () => {
  it.each([
    ['the body of its call', JSON.stringify(CALL), '"Hello, world!"', undefined],
    ['the body of its call, with the group', JSON.stringify({ ...CALL, MessageGroupId: 'g' }), '"Hello, world!"', 'g'],
    ['the message where it is no call', 'hello', '"hello"', undefined],
  ])('is %s, without what the schedule added', (_, message, body, resourceId) => {
    const adopted = adopt(message, 'queue', { ...SCHEDULE, Kind: 'k' });
    expect(adopted).toMatchObject({ kind: 'failure', detail: { error: { code: SCHEDULE.ERROR_CODE } } });
    const operation = adopted.kind === 'failure' && adopted.detail.operation;
    expect(operation).toEqual({ method: 'POST', path: '/', body, query: { Kind: 'k' }, resourceId });
  });

  it.each([
    [
      '{"order":1.000000000000000001}',
      JSON.stringify({ FunctionName: 'f', Payload: '{"order":1.000000000000000001}' }),
    ],
    ['{"order":1}', '{"order":1}'],
  ])('is the payload of the invocation: %s', (payload, message) => {
    expect(adopt(message, 'lambda', SCHEDULE)).toMatchObject({ detail: { operation: { body: payload } } });
  });

  it.each([
    ['its payload is cut', 'hel', { ...SCHEDULE, IS_PAYLOAD_TRUNCATED: 'true' }],
    ['its call sets more', JSON.stringify({ ...CALL, DelaySeconds: 60 }), SCHEDULE],
  ])('is kept with the reason if %s', (_, message, attributes) => {
    expect(adopt(message, 'queue', attributes)).toMatchObject({ kind: 'reject', reason: { code: 'incomplete' } });
  });

  it("leaves a sender's own attribute of such a name alone, where no schedule sent it", () => {
    const adopted = adopt('hello', 'queue', { EXECUTION_ID: 'mine' });
    expect(adopted).toMatchObject({ detail: { operation: { query: { EXECUTION_ID: 'mine' } } } });
  });
});

it('a 429 after several deliveries does not prove that the function never ran', () => {
  const adopted = adopt('{}', 'lambda', { RequestID: 'r', ErrorCode: '429', ErrorMessage: 'Rate exceeded' });
  const error = adopted.kind === 'failure' ? adopted.detail.error : undefined;
  const verdict = classify(error, { rules: [], refreshable: false, attempts: 0, now: NOW });
  expect(verdict).toMatchObject({ kind: 'throttled', effect: 'unknown' });
});
