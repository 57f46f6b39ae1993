import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { rejectsKeeper } from './shared/boundary/rejects.ts';
import { env, envNumber, mustGet } from './shared/environment.ts';
import { adoptBatch } from './shared/recovery/adopt-batch.ts';
import { guarded } from './shared/telemetry.ts';

const sqs = new SQSClient();
const QueueUrl = env('LANE_QUEUE_URL');
const tools = {
  settings: mustGet(env('DEPENDENCY')),
  retentionMs: envNumber('RETENTION_MS'),
  now: Date.now,
  async send(MessageBody: string) {
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));
  },
  keepRejected: rejectsKeeper(sqs, env('REJECTS_QUEUE_URL')),
};

/** Takes messages of a dead-letter queue that is not Backstop's into the lane of their dependency. */
export const handler = guarded(async (event: unknown): Promise<SQSBatchResponse> => {
  const { Records } = event as SQSEvent;
  return adoptBatch(Records, tools);
});
