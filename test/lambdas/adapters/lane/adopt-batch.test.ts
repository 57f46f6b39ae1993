import type { SQSMessageAttribute, SQSRecord } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { adoptBatch } from '../../../../lambdas/adapters/lane/adopt-batch.ts';
import type { Rejected } from '../../../../lambdas/adapters/lane/rejects.ts';
import type { Failure } from '../../../../lambdas/contract/failure.ts';
import { classify } from '../../../../lambdas/domain/classification/classify.ts';
import { digest } from '../../../../lambdas/domain/digest.ts';
import { awsSettings, NOW } from '../../../support/samples.ts';

const SOURCE = 'arn:aws:sqs:us-east-1:111122223333:jobs-dead';
const attribute = (stringValue: string, dataType = 'String'): SQSMessageAttribute => ({ stringValue, dataType });

interface DeadLetter {
  readonly messageId?: string;
  readonly body?: string;
  readonly attributes?: Readonly<Record<string, string>>;
  readonly messageAttributes?: Readonly<Record<string, SQSMessageAttribute>>;
}

function record({
  messageId = 'm-1',
  body = '{"job":1}',
  attributes = {},
  messageAttributes = {},
}: DeadLetter): SQSRecord {
  const system = { ApproximateReceiveCount: '1', SenderId: 's', ApproximateFirstReceiveTimestamp: '0' };
  return {
    messageId,
    body,
    messageAttributes,
    eventSourceARN: SOURCE,
    receiptHandle: 'r',
    md5OfBody: '',
    eventSource: 'aws:sqs',
    awsRegion: 'us-east-1',
    attributes: { ...system, SentTimestamp: String(NOW - 60_000), ...attributes },
  };
}

/** Adopts dead letters, and says where each is then. */
async function adopt(
  deadLetters: readonly DeadLetter[],
  kind: 'lambda' | 'queue' = 'queue',
  refused: readonly string[] = [],
) {
  const sent: Failure[] = [];
  const rejected: Rejected[] = [];
  const { batchItemFailures } = await adoptBatch(deadLetters.map(record), {
    settings: awsSettings(kind),
    retentionMs: 30 * 86_400_000,
    now: () => NOW,
    send: async (body) => {
      if (refused.some((text) => body.includes(text))) throw new Error('SQS does not answer');
      sent.push(JSON.parse(body));
    },
    keepRejected: async (each) => void rejected.push(each),
  });
  return { sent, rejected, failed: batchItemFailures.map(({ itemIdentifier }) => itemIdentifier) };
}

const adoptOne = async (deadLetter: DeadLetter, kind: 'lambda' | 'queue' = 'queue') =>
  (await adopt([deadLetter], kind)).sent[0];

describe('a message of another dead-letter queue', () => {
  it('is a failure of its queue, with all that the message had', async () => {
    const messageAttributes = { Kind: attribute('größer'), n: attribute('5', 'Number') };
    const id = `sqs-${digest(`${SOURCE}\nm-1`)}`;
    expect(await adoptOne({ messageAttributes, attributes: { MessageGroupId: 'g' } })).toEqual({
      id,
      correlationId: id,
      dependency: 'target',
      adopted: true,
      occurredAt: new Date(NOW - 60_000).toISOString(),
      operation: {
        method: 'POST',
        path: '/',
        body: '{"job":1}',
        query: { Kind: 'größer', 'n:Number': '5' },
        resourceId: 'g',
      },
      error: { name: 'MessageNotConsumedError' },
    });
  });

  it.each(['{"job": 1.000000000000000001, "job":12345678901234567890}', '"\\ud800"', '[1e-400]'])(
    'is the invocation with the payload as it came: %s',
    async (payload) => {
      const passed: string[] = [];
      await adoptBatch([record({ body: ` ${payload}\n` })], {
        settings: awsSettings('lambda'),
        retentionMs: 30 * 86_400_000,
        now: () => NOW,
        send: async (body) => void passed.push(body),
        keepRejected: () => Promise.reject(new Error('rejected')),
      });
      expect(passed).toEqual([expect.stringContaining(`"body":${payload}}`)]);
    },
  );

  it('keeps attributes of the types that senders make up', async () => {
    const messageAttributes = {
      timestamp: attribute('1764000000000', 'Number.java.lang.Long'),
      tags: attribute('["a"]', 'String.Array'),
      picture: { dataType: 'Binary.png', binaryValue: 'AA==' },
    };
    expect((await adoptOne({ messageAttributes }))?.operation.query).toEqual({
      'timestamp:Number.java.lang.Long': '1764000000000',
      'tags:String.Array': '["a"]',
      'picture:Binary.png': 'AA==',
    });
  });

  it('goes by its trace, where it has one', async () => {
    const attributes = { AWSTraceHeader: 'Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1' };
    expect((await adoptOne({ attributes }))?.correlationId).toBe('1-5759e988-bd862e3fe1be46a994272793');
  });

  it('is the invocation that Lambda gave up, under the id that a destination would have given it', async () => {
    const messageAttributes = {
      RequestID: attribute('req-1'),
      ErrorCode: attribute('200', 'Number'),
      ErrorMessage: attribute('boom'),
    };
    expect(await adoptOne({ messageAttributes }, 'lambda')).toMatchObject({
      id: 'lambda-req-1',
      correlationId: 'req-1',
      operation: { method: 'POST', path: '/', body: { job: 1 } },
      error: { name: 'FunctionError', message: 'boom' },
    });
  });

  it.each([
    [
      'SNS',
      { ErrorCode: attribute('429', 'Number'), ErrorMessage: attribute('slow') },
      { statusCode: 429, message: 'slow', attempts: 3 },
    ],
    [
      'EventBridge',
      { ERROR_CODE: attribute('NO_PERMISSIONS'), ERROR_MESSAGE: attribute('no'), RULE_ARN: attribute('r') },
      { name: 'EventDeliveryError', code: 'NO_PERMISSIONS', message: 'no', attempts: 3 },
    ],
  ])('says why %s gave it up, and keeps that out of the message', async (_, messageAttributes, error) => {
    const failure = await adoptOne({ messageAttributes });
    expect(failure?.error).toEqual(error);
    expect(failure?.operation).not.toHaveProperty('query');
  });

  it.each<[string, DeadLetter, 'lambda' | 'queue', string]>([
    ['that is too large', { body: 'x'.repeat(300_000) }, 'queue', 'too-large'],
    [
      'with an attribute that has no value',
      { messageAttributes: { b: { dataType: 'Binary' } } },
      'queue',
      'invalid-field',
    ],
    ['that no function takes', { body: 'text' }, 'lambda', 'malformed-json'],
    ['that is too old', { attributes: { SentTimestamp: String(NOW - 40 * 86_400_000) } }, 'queue', 'too-old'],
  ])('%s is kept as it came, with the reason', async (_, deadLetter, kind, code) => {
    const { sent, rejected, failed } = await adopt([deadLetter], kind);
    expect({ sent, failed }).toEqual({ sent: [], failed: [] });
    expect(rejected).toMatchObject([{ reason: { code }, dependency: 'target', event: record(deadLetter).body }]);
    expect(rejected[0]?.attributes).toEqual(deadLetter.messageAttributes);
  });

  it('stays where it is until the lane has it, and harms no other', async () => {
    const deadLetters = ['a', 'b', 'c'].map((text) => ({ messageId: `m-${text}`, body: `job ${text}` }));
    const { sent, failed } = await adopt(deadLetters, 'queue', ['job b']);
    expect(failed).toEqual(['m-b']);
    expect(sent.map(({ operation }) => operation.body)).toEqual(['job a', 'job c']);
  });

  it('does not overtake the one before it in its group', async () => {
    const deadLetters = [
      { messageId: 'm-a', body: 'job a', attributes: { MessageGroupId: 'g' } },
      { messageId: 'm-b', body: 'job b', attributes: { MessageGroupId: 'g' } },
      { messageId: 'm-c', body: 'job c', attributes: { MessageGroupId: 'h' } },
    ];
    const { sent, failed } = await adopt(deadLetters, 'queue', ['job a']);
    expect(failed).toEqual(['m-a', 'm-b']);
    expect(sent.map(({ operation }) => operation.body)).toEqual(['job c']);
  });
});

describe('a message that Backstop has sent, and that comes back', () => {
  const back = (id: string) => adoptOne({ messageAttributes: { 'backstop-failure-id': attribute(id) } });

  it.each([
    ['order-1', 'order-1.again1'],
    ['order-1.again1', 'order-1.again2'],
    ['x'.repeat(64), `sqs-${digest('x'.repeat(64))}.again1`],
    ['order-1#undo#0', `sqs-${digest('order-1#undo#0')}.again1`],
  ])('of %s is the failure %s', async (id, expected) => {
    expect((await back(id))?.id).toBe(expected);
  });

  it.each([
    ['order-1', 'unknown-once', 60_000],
    ['order-1.again1', 'unknown-once', 600_000],
    ['order-1.again2', 'sqs-sent-back', undefined],
    ['order-1.again7', 'sqs-sent-back', undefined],
  ])('after %s is %s, and left alone for %s ms', async (id, rule, wait) => {
    const failure = await back(id);
    const verdict = classify(failure?.error ?? {}, { rules: [], refreshable: false, attempts: 0, now: NOW });
    expect({ rule: verdict.rule, wait: verdict.retryAfterMs }).toEqual({ rule, wait });
  });
});
