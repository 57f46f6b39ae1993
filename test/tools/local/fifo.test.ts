import { ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { expect, it, onTestFinished } from 'vitest';
import { startCloud } from '../../../tools/local/cloud.ts';
import { VirtualClock } from '../../../tools/local/virtual-clock.ts';
import { onClock } from '../../support/on-clock.ts';
import { writeAssembly } from './fixture/write-assembly.ts';

/** Prints its input. On request, hides a message for a second and fails it at its first receive. */
const HANDLER = `
const { AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID, QUEUE } = process.env;
const headers = {
  authorization: 'AWS4-HMAC-SHA256 Credential=' + AWS_ACCESS_KEY_ID + '/20000101/us-east-1/sqs/aws4_request',
  'x-amz-target': 'AmazonSQS.ChangeMessageVisibility',
  'content-type': 'application/x-amz-json-1.0',
};
export const handler = async ({ Records }) => {
  const batchItemFailures = [];
  for (const { messageId, receiptHandle, body, attributes } of Records) {
    console.log(JSON.stringify({ body, ...attributes }));
    if (!body.includes('comes back') || attributes.ApproximateReceiveCount !== '1') continue;
    const change = { QueueUrl: QUEUE, ReceiptHandle: receiptHandle, VisibilityTimeout: 1 };
    await fetch(AWS_ENDPOINT_URL, { method: 'POST', headers, body: JSON.stringify(change) });
    batchItemFailures.push({ itemIdentifier: messageId });
  }
  return { batchItemFailures };
};`;

function template(withFunction: boolean) {
  const queue = {
    Type: 'AWS::SQS::Queue',
    Properties: { FifoQueue: true, DeduplicationScope: 'messageGroup', FifoThroughputLimit: 'perMessageGroupId' },
  };
  const fn = {
    Type: 'AWS::Lambda::Function',
    Properties: {
      Code: { S3Bucket: 'local', S3Key: '1.zip' },
      Handler: 'index.handler',
      Runtime: 'nodejs24.x',
      Timeout: 10,
      Environment: { Variables: { QUEUE: { Ref: 'Queue' } } },
    },
  };
  const source = {
    Type: 'AWS::Lambda::EventSourceMapping',
    Properties: {
      EventSourceArn: { 'Fn::GetAtt': ['Queue', 'Arn'] },
      FunctionName: { Ref: 'Function' },
      BatchSize: 1,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    },
  };
  return {
    // Without a shorter visibility timeout, a failed message returns after an hour.
    Resources: {
      Queue: { ...queue, Properties: { ...queue.Properties, VisibilityTimeout: 3_600 } },
      ...(withFunction ? { Function: fn, Source: source } : {}),
    },
    Outputs: { Url: { Value: { Ref: 'Queue' } } },
  };
}

async function start({ withFunction }: { readonly withFunction: boolean }) {
  const log: string[] = [];
  const assembly = writeAssembly({ Post: template(withFunction) }, HANDLER);
  const clock = new VirtualClock();
  onTestFinished(() => clock.uninstall());
  const cloud = await clock.run(startCloud({ assembly, onLog: ({ text }) => log.push(text) }));
  onTestFinished(() => cloud.stop());
  const sqs = onClock(
    clock,
    new SQSClient({ endpoint: cloud.endpoint, region: 'us-east-1', credentials: cloud.credentials }),
  );
  const QueueUrl = cloud.outputs.Url ?? '';
  const put = (MessageBody: string, MessageGroupId: string, MessageDeduplicationId = MessageBody) =>
    sqs.send(new SendMessageCommand({ QueueUrl, MessageBody, MessageGroupId, MessageDeduplicationId }));
  const receive = async () => {
    const request = { QueueUrl, MaxNumberOfMessages: 10, MessageSystemAttributeNames: ['All' as const] };
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand(request));
    return Messages;
  };
  return { clock, put, receive, log };
}

it('gives out no message of a group while another of it is in work, and drops what was sent twice', async () => {
  const { put, receive } = await start({ withFunction: false });
  await put('first', 'a');
  await put('second', 'a');
  await put('again', 'a', 'first');
  await put('elsewhere', 'b');
  const messages = await receive();
  expect(messages.map(({ Body }) => Body)).toEqual(['first', 'elsewhere']);
  expect(messages[0]?.Attributes).toMatchObject({
    MessageGroupId: 'a',
    MessageDeduplicationId: 'first',
    SequenceNumber: expect.stringMatching(/^\d+$/),
  });
  expect(await receive()).toEqual([]);
});

it('lets a function hide a message for a time of its own, and keeps its group waiting for that long', async () => {
  const { clock, put, log } = await start({ withFunction: true });
  await put('this comes back', 'a');
  await put('this waits', 'a');
  await put('this does not', 'b');
  const received = () => log.map((line) => JSON.parse(line));
  await clock.until(() => expect(received()).toHaveLength(4));
  const ofGroup = received().filter(({ MessageGroupId }) => MessageGroupId === 'a');
  expect(ofGroup.map(({ body, ApproximateReceiveCount }) => [body, ApproximateReceiveCount])).toEqual([
    ['this comes back', '1'],
    ['this comes back', '2'],
    ['this waits', '1'],
  ]);
});
