import { ListQueuesCommand, ListQueueTagsCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { queueDepth } from '../../lambdas/adapters/health/queue-depth.ts';
import { LANE_PART_TAG, LANE_PARTS, lanePartValue } from '../../lambdas/contract/lane-tag.ts';
import type { Deployment } from './deployment.ts';

/** A queue that its lane has left behind, with messages that nothing reads. */
export interface LeftQueue {
  readonly name: string;
  readonly url: string;
  /** Messages in it, those in flight included. */
  readonly messages: number;
}

/**
 * CloudFormation shortens the name of a stack in the names of its queues. It keeps these many characters in any case.
 */
const KEPT_OF_NAME = 20;

/**
 * Finds queues with messages that no lane has any more. They are those of a removed or renamed dependency, and the
 * ordered queue of a lane that has become unordered. SQS deletes their messages after days.
 */
export async function leftQueues(sqs: SQSClient, deployment: Deployment): Promise<readonly LeftQueue[]> {
  const { stack, lanes, outputs } = deployment;
  const known = new Set([
    ...lanes.flatMap(({ queueUrl, orderedQueueUrl, deadLetterQueueUrl }) => [
      queueUrl,
      orderedQueueUrl,
      deadLetterQueueUrl,
    ]),
    ...Object.values(outputs),
  ]);
  const values = new Set(LANE_PARTS.map((part) => lanePartValue(outputs.ServiceName ?? '', part)));
  const others = (await queuesNamed(sqs, stack.slice(0, KEPT_OF_NAME))).filter((url) => !known.has(url));
  const found = await Promise.all(
    others.map(async (url): Promise<readonly LeftQueue[]> => {
      if (!values.has((await laneTag(sqs, url)) ?? '')) return [];
      const { waiting, inFlight } = await queueDepth(sqs, url);
      const messages = waiting + inFlight;
      return messages > 0 ? [{ name: url.slice(url.lastIndexOf('/') + 1), url, messages }] : [];
    }),
  );
  return found.flat();
}

async function queuesNamed(sqs: SQSClient, QueueNamePrefix: string): Promise<readonly string[]> {
  const urls: string[] = [];
  let NextToken: string | undefined;
  do {
    const page = await sqs.send(new ListQueuesCommand({ QueueNamePrefix, MaxResults: 1_000, NextToken }));
    urls.push(...(page.QueueUrls ?? []));
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  return urls;
}

/** Undefined for a queue of others, which the operator's policy doesn't let the tool look into. */
async function laneTag(sqs: SQSClient, QueueUrl: string): Promise<string | undefined> {
  try {
    const { Tags = {} } = await sqs.send(new ListQueueTagsCommand({ QueueUrl }));
    return Tags[LANE_PART_TAG];
  } catch (error) {
    if (error instanceof Error && /^(?:AccessDenied|QueueDoesNotExist)/.test(error.name)) return undefined;
    throw error;
  }
}
