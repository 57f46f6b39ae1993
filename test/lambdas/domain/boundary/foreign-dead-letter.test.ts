import { describe, expect, it } from 'vitest';
import { adoptDeadLetter } from '../../../../lambdas/domain/boundary/foreign-dead-letter.ts';
import { classify } from '../../../../lambdas/domain/classification/classify.ts';

function verdictOf(attributes: Readonly<Record<string, string>>) {
  const letter = {
    messageId: 'm-1',
    body: '{}',
    attributes: { SentTimestamp: '1772366400000' },
    messageAttributes: Object.fromEntries(
      Object.entries(attributes).map(([name, stringValue]) => [name, { dataType: 'String', stringValue }]),
    ),
    eventSourceARN: 'arn:aws:sqs:eu-west-1:111111111111:dead',
  };
  const adopted = adoptDeadLetter(letter, 'shop', 'queue');
  if (adopted.kind !== 'failure') throw new Error(adopted.reason.message);
  return classify(adopted.detail.error, { rules: [], refreshable: false, attempts: 0, now: 0 });
}

/** EventBridge User Guide, "Using dead-letter queues to process undelivered events". */
describe('a message that EventBridge could not deliver', () => {
  it.each([
    ['CONNECTION_FAILURE', 'transient', 'unknown'],
    ['CROSS_ACCOUNT_INGESTION_FAILED', 'transient', 'unknown'],
    ['CROSS_REGION_INGESTION_FAILED', 'transient', 'unknown'],
    ['ERROR_FROM_TARGET', 'transient', 'unknown'],
    ['EVENTS_IN_BATCH_REQUEST_REJECTED', 'transient', 'unknown'],
    ['FAILED_TO_ASSUME_ROLE', 'permanent', 'none'],
    ['INTERNAL_ERROR', 'transient', 'unknown'],
    ['INVALID_JSON', 'permanent', 'none'],
    ['INVALID_PARAMETER', 'permanent', 'none'],
    ['NO_PERMISSIONS', 'permanent', 'none'],
    ['NO_RESOURCE', 'permanent', 'none'],
    ['RESOURCE_ALREADY_EXISTS', 'conflict', 'none'],
    ['RESOURCE_LIMIT_EXCEEDED', 'throttled', 'none'],
    ['RESOURCE_MODIFICATION_COLLISION', 'transient', 'none'],
    ['SDK_CLIENT_ERROR', 'transient', 'unknown'],
    ['THIRD_ACCOUNT_HOP_DETECTED', 'permanent', 'none'],
    ['THIRD_REGION_HOP_DETECTED', 'permanent', 'none'],
    ['THROTTLING', 'throttled', 'none'],
    ['TIMEOUT', 'transient', 'unknown'],
    ['TRANSIENT_ASSUME_ROLE', 'transient', 'none'],
    ['UNKNOWN', 'transient', 'unknown'],
  ])('for %s is %s, effect %s', (code, kind, effect) => {
    const verdict = verdictOf({
      ERROR_CODE: code,
      RETRY_ATTEMPTS: '0',
      ERROR_MESSAGE: 'Access denied. Connection timed out.',
    });
    expect(verdict).toMatchObject({ kind, effect, rule: expect.stringMatching(/^eventbridge-/) });
  });

  it.each([
    ['0', 'none'],
    ['1', 'unknown'],
    ['185', 'unknown'],
  ])('after %s further deliveries has the effect %s', (retries, effect) => {
    const verdict = verdictOf({ ERROR_CODE: 'THROTTLING', RETRY_ATTEMPTS: retries });
    expect(verdict).toMatchObject({ kind: 'throttled', effect });
  });

  const uncounted: readonly Record<string, string>[] = [{}, { RETRY_ATTEMPTS: 'many' }];
  it.each(uncounted)('after an unknown number of deliveries has an unknown effect: %j', (more) => {
    expect(verdictOf({ ERROR_CODE: 'THROTTLING', ...more })).toMatchObject({ kind: 'throttled', effect: 'unknown' });
  });

  it('for a code that is new is tried once', () => {
    expect(verdictOf({ ERROR_CODE: 'SOMETHING_NEW' })).toMatchObject({ kind: 'transient', effect: 'unknown' });
  });
});

describe('a message that Lambda or SNS gave up', () => {
  it('had several tries, of which the last one proves nothing', () => {
    const verdict = verdictOf({ ErrorCode: '429', ErrorMessage: 'Rate exceeded' });
    expect(verdict).toMatchObject({ kind: 'throttled', effect: 'unknown' });
  });
});

describe('a message that is not the event of a function', () => {
  const SOURCE = { DeadLetterQueueSourceArn: 'arn:aws:sqs:eu-west-1:111111111111:jobs' };
  const NOTIFICATION = { Type: 'Notification', MessageId: 'n-1', TopicArn: 'arn:aws:sns:x', Message: '{}' };
  const adopt = (kind: 'lambda' | 'queue', body: object, attributes = {}, names: readonly string[] = []) =>
    adoptDeadLetter(
      {
        messageId: 'm-1',
        body: JSON.stringify(body),
        attributes: { SentTimestamp: '1772366400000', ...attributes },
        messageAttributes: Object.fromEntries(names.map((name) => [name, { dataType: 'String', stringValue: 'x' }])),
        eventSourceARN: 'arn:aws:sqs:eu-west-1:111111111111:dead',
      },
      'shop',
      kind,
    );

  it.each([
    ['of the queue that the function reads', { order: 1 }, SOURCE, []],
    ['of that queue, with attributes of its sender', { order: 1 }, SOURCE, ['tenant']],
    ['that SNS could not deliver', NOTIFICATION, {}, ['ErrorCode', 'ErrorMessage', 'RequestID']],
  ])('is rejected, since the function would find nothing in it to do: one %s', (_, body, attributes, names) => {
    expect(adopt('lambda', body, attributes, names)).toMatchObject({ kind: 'reject', reason: { code: 'incomplete' } });
    expect(adopt('queue', body, attributes, names)).toMatchObject({ kind: 'failure' });
  });

  it.each([
    ['that Lambda has put there', { order: 1 }, {}, ['RequestID', 'ErrorCode', 'ErrorMessage']],
    ['that Lambda has put there, and SQS moved on', { order: 1 }, SOURCE, ['RequestID']],
    ['that EventBridge has put there', { order: 1 }, {}, ['ERROR_CODE']],
    ['with members of a notification', { Type: 'Notification', TopicArn: 'x' }, {}, []],
  ])('is none: one %s', (_, body, attributes, names) => {
    expect(adopt('lambda', body, attributes, names)).toMatchObject({ kind: 'failure' });
  });
});
