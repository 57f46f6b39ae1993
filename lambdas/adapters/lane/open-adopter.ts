import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { MESSAGING, within } from '../budgets.ts';
import { env, envNumber, mustGet } from '../environment.ts';
import type { AdopterPorts } from './adopt-batch.ts';
import { rejectsKeeper } from './rejects.ts';

/** Opens the ports of an adopter, as the function's environment says. */
export function openAdopter(): AdopterPorts {
  const sqs = new SQSClient(within(MESSAGING));
  const QueueUrl = env('LANE_QUEUE_URL');
  return {
    settings: mustGet(env('DEPENDENCY')),
    retentionMs: envNumber('RETENTION_MS'),
    now: Date.now,
    async send(MessageBody) {
      await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));
    },
    keepRejected: rejectsKeeper(sqs, env('REJECTS_QUEUE_URL')),
  };
}
