import { ListQueuesCommand, ListQueueTagsCommand, SQSClient } from '@aws-sdk/client-sqs';
import { expect, it } from 'vitest';
import type { Deployment } from '../../../bin/session/deployment.ts';
import { leftQueues } from '../../../bin/session/left-queues.ts';

const url = (name: string) => `https://sqs.eu-west-1.amazonaws.com/111122223333/${name}`;
const LANE = { queueUrl: url('Shop-Payments'), deadLetterQueueUrl: url('Shop-PaymentsDead') };
const OWN = 'Shop/Pipeline';

/** Queues by name, each with the value of its tag and its messages. */
function sqsOf(queues: Readonly<Record<string, { readonly tag?: string | 'denied'; readonly messages: number }>>) {
  const asked: string[] = [];
  const answers = (command: { readonly input: { readonly QueueUrl?: string; readonly QueueNamePrefix?: string } }) => {
    if (command instanceof ListQueuesCommand) {
      const names = Object.keys(queues).filter((name) => name.startsWith(command.input.QueueNamePrefix ?? ''));
      return { QueueUrls: names.map(url) };
    }
    const name = command.input.QueueUrl?.replace(/^.*\//, '') ?? '';
    const { tag, messages } = queues[name] ?? { messages: 0 };
    if (command instanceof ListQueueTagsCommand) {
      asked.push(name);
      if (tag === 'denied') throw Object.assign(new Error('not authorized'), { name: 'AccessDeniedException' });
      return { Tags: tag === undefined ? undefined : { 'backstop:lane-part': tag } };
    }
    return { Attributes: { ApproximateNumberOfMessages: String(messages) } };
  };
  const send = async (command: never) => answers(command);
  return { sqs: Object.assign(new SQSClient({ region: 'eu-west-1' }), { send }) as SQSClient, asked };
}

const deployment = (stack: string) =>
  ({
    stack,
    lanes: [LANE],
    outputs: { ServiceName: OWN, RejectsQueueUrl: url('Shop-Rejects') },
  }) as unknown as Deployment;

it('finds queues of the pipeline that no lane has, and that hold messages', async () => {
  const { sqs, asked } = sqsOf({
    'Shop-Payments': { tag: `${OWN} queue`, messages: 5 },
    'Shop-PaymentsDead': { tag: `${OWN} dead-letters`, messages: 5 },
    'Shop-Rejects': { messages: 5 },
    'Shop-Removed': { tag: `${OWN} queue`, messages: 3 },
    'Shop-Unordered.fifo': { tag: `${OWN} ordered-queue`, messages: 1 },
    'Shop-Empty': { tag: `${OWN} dead-letters`, messages: 0 },
    'Shop-OfOthers': { messages: 5 },
    'Shop-OfAnotherPipeline': { tag: 'Shop2/Pipeline queue', messages: 5 },
    'Shop-Secret': { tag: 'denied', messages: 5 },
    'Other-Removed': { tag: `${OWN} queue`, messages: 5 },
  });
  expect(await leftQueues(sqs, deployment('Shop'))).toEqual([
    { name: 'Shop-Removed', url: url('Shop-Removed'), messages: 3 },
    { name: 'Shop-Unordered.fifo', url: url('Shop-Unordered.fifo'), messages: 1 },
  ]);
  expect(asked).not.toContain('Shop-Payments');
});

it('finds them although CloudFormation shortens the name of a long stack', async () => {
  const { sqs } = sqsOf({ 'ResiliencePipelineOfT-Removed': { tag: `${OWN} queue`, messages: 3 } });
  expect(await leftQueues(sqs, deployment('ResiliencePipelineOfTheShop'))).toHaveLength(1);
});
