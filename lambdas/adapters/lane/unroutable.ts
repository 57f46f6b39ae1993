import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import * as v from 'valibot';
import { UNROUTABLE } from '../../contract/events.ts';
import { MESSAGING, within } from '../budgets.ts';
import { env, loadDependencies } from '../environment.ts';

const Addressed = v.object({ detail: v.object({ dependency: v.string() }) });

/** Opens what keeps events without a lane, as the function's environment says. */
export function openUnroutable(): (event: unknown) => Promise<void> {
  const sqs = new SQSClient(within(MESSAGING));
  const QueueUrl = env('REJECTS_QUEUE_URL');
  const dependencies = loadDependencies();
  return async (event) => {
    if (hasLane(event, dependencies)) return;
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify({ reason: UNROUTABLE, event }) }));
  };
}

/** Whether the rule of a lane matches the event. */
export function hasLane(event: unknown, dependencies: Pick<ReadonlyMap<string, unknown>, 'has'>): boolean {
  return v.is(Addressed, event) && dependencies.has(event.detail.dependency);
}
