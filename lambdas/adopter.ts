import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { env, envNumber, mustGet } from './adapters/environment.ts';
import { adoptBatch } from './adapters/lane/adopt-batch.ts';
import { rejectsKeeper } from './adapters/lane/rejects.ts';
import { withSafeErrors } from './adapters/telemetry.ts';

const sqs = new SQSClient();
const QueueUrl = env('LANE_QUEUE_URL');
const ports = {
  settings: mustGet(env('DEPENDENCY')),
  retentionMs: envNumber('RETENTION_MS'),
  now: Date.now,
  async send(MessageBody: string) {
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));
  },
  keepRejected: rejectsKeeper(sqs, env('REJECTS_QUEUE_URL')),
};

/** Forwards messages of your dead-letter queue to the lane of their dependency. */
export const handler = withSafeErrors(async (event: unknown): Promise<SQSBatchResponse> => {
  const { Records } = event as SQSEvent;
  return adoptBatch(Records, ports);
});
