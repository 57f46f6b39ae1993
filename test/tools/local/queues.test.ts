import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  ListMessageMoveTasksCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
  StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs';
import { App, CfnOutput, Stack } from 'aws-cdk-lib';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type LocalCloud, startCloud } from '../../../tools/local/cloud.ts';
import { VirtualClock } from '../../../tools/local/virtual-clock.ts';
import { onClock } from '../../support/on-clock.ts';

const folder = mkdtempSync(join(tmpdir(), 'queues-'));
let clock: VirtualClock;
let cloud: LocalCloud;
let sqs: SQSClient;

beforeAll(async () => {
  const app = new App({ outdir: folder, analyticsReporting: false });
  const stack = new Stack(app, 'Post');
  const dead = new Queue(stack, 'Dead');
  const lane = new Queue(stack, 'Lane', { deadLetterQueue: { queue: dead, maxReceiveCount: 1 } });
  for (const [name, queue] of Object.entries({ Dead: dead, Lane: lane, Other: new Queue(stack, 'Other') })) {
    new CfnOutput(stack, `${name}Url`, { value: queue.queueUrl });
    new CfnOutput(stack, `${name}Arn`, { value: queue.queueArn });
  }
  app.synth();
  clock = new VirtualClock();
  cloud = await clock.run(startCloud({ assembly: folder }));
  sqs = onClock(
    clock,
    new SQSClient({ endpoint: cloud.endpoint, region: 'us-east-1', credentials: cloud.credentials }),
  );
});

afterAll(async () => {
  await cloud?.stop();
  clock.uninstall();
  rmSync(folder, { recursive: true });
});

const url = (queue: string) => cloud.outputs[`${queue}Url`] ?? '';
const arn = (queue: string) => cloud.outputs[`${queue}Arn`] ?? '';

async function bodies(queue: string): Promise<string[]> {
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({ QueueUrl: url(queue), MaxNumberOfMessages: 10, MessageAttributeNames: ['All'] }),
  );
  return Messages.map(({ Body, MessageAttributes }) => `${Body} ${MessageAttributes?.kind?.StringValue}`);
}

describe('the redrive of a dead-letter queue', () => {
  beforeEach(async () => {
    for (const MessageBody of ['a', 'b', 'c']) {
      const MessageAttributes = { kind: { DataType: 'String', StringValue: 'letter' } };
      await sqs.send(new SendMessageCommand({ QueueUrl: url('Dead'), MessageBody, MessageAttributes }));
    }
  });

  it.each([
    ['to the queue that it names', { DestinationArn: 'Other' }, 'Other'],
    ['by default to the queue whose letters they are', {}, 'Lane'],
  ])('moves all messages, %s', async (_, { DestinationArn }: { DestinationArn?: string }, expected) => {
    await sqs.send(
      new StartMessageMoveTaskCommand({
        SourceArn: arn('Dead'),
        MaxNumberOfMessagesPerSecond: 5,
        DestinationArn: DestinationArn && arn(DestinationArn),
      }),
    );
    expect(await bodies(expected)).toEqual(['a letter', 'b letter', 'c letter']);
    expect(await bodies('Dead')).toEqual([]);
    const { Results } = await sqs.send(new ListMessageMoveTasksCommand({ SourceArn: arn('Dead') }));
    expect(Results).toMatchObject([
      { DestinationArn: arn(expected), Status: 'COMPLETED', ApproximateNumberOfMessagesMoved: 3 },
    ]);
  });

  it.each([
    ['a queue that nobody sends dead letters to', 'Other', 'UnsupportedOperation'],
    ['a queue that is not there', 'None', 'ResourceNotFoundException'],
  ])('is refused for %s', async (_, source, name) => {
    const SourceArn = arn(source) || arn('Dead').replace(/[^:]+$/, source);
    await expect(sqs.send(new StartMessageMoveTaskCommand({ SourceArn }))).rejects.toMatchObject({ name });
  });
});

it('gives a message that was sent with a delay only after that', async () => {
  const sent = new SendMessageCommand({ QueueUrl: url('Other'), MessageBody: 'later', DelaySeconds: 7 });
  await sqs.send(sent);
  expect(await bodies('Other')).toEqual([]);
  const waiting = new ReceiveMessageCommand({ QueueUrl: url('Other'), WaitTimeSeconds: 10 });
  const sentAt = Date.now();
  expect((await clock.run(sqs.send(waiting))).Messages?.map(({ Body }) => Body)).toEqual(['later']);
  expect(Date.now() - sentAt).toBe(7_000);
});
